//! The joint of the worker: each room has its line in what is kept, loaded, gathered and written. The shared part calls
//! only this. The order of [`write`] and [`write_last`] is the order in which locks are taken.

use domain::code::Code;
use domain::command::Command;
use domain::decision::{self, Change};
use domain::event::Notice;
use domain::facts::{Facts, Needs};
use domain::feed::{Entry, Feed};
use domain::ids::HospitalId;
use domain::known::Unasked;
use domain::parking::Discarded;
use domain::partition::PartitionId;
use domain::people::Sender;
use domain::time::Timestamp;
use platform::directory::Directory;
use platform::kv::Kv;
use sqlx::MySqlConnection;
use std::collections::BTreeSet;

use crate::script_store::Script;
use crate::stamp::Stamp;
use crate::{booking, closing, index_store, line, parking, people_store};

/// What rooms keep between the batches of a partition, true as of its last commit.
#[derive(Default)]
pub struct Caches {
    booking: booking::DayCache,
    closing: closing::KeptClosings,
}

/// What rooms will write.
#[derive(Debug, Default)]
pub struct RoomRows {
    booking: booking::Rows,
    line: line::Rows,
    closing: closing::Rows,
    /// Requests that an operator closes. Their rows are the shared part's.
    pub discarded: Vec<Discarded>,
}

/// What rooms have to say of a commit.
#[derive(Debug, Default)]
pub struct Changed {
    booking: booking::ChangedDays,
    line: line::ChangedLines,
    closing: closing::ChangedClosings,
    /// Of which the search index shows something that changed.
    hospitals: BTreeSet<HospitalId>,
}

impl Caches {
    /// Keeps what was committed.
    pub fn keep(&mut self, changed: &Changed) {
        self.booking.keep(&changed.booking);
        self.closing.keep(&changed.closing.0);
    }

    /// Forgets everything: it may be what was wrong.
    pub fn clear(&mut self) {
        self.booking.clear();
        self.closing.clear();
    }
}

/// Loads all that the decisions on `commands` will look at. What follows from a room's own rows joins the needs before
/// the shared facts are read.
pub async fn load(
    connection: &mut MySqlConnection,
    directory: &Directory,
    caches: &mut Caches,
    commands: &[&Command],
    now: Timestamp,
) -> Result<Facts, sqlx::Error> {
    let mut needs = decision::needs(commands.iter().copied());
    let mut facts = Facts::default();
    line::load_tickets(connection, &mut needs, &mut facts.line).await?;
    let (hospitals, of_closing) =
        (&needs.directory.hospitals, (&mut needs.closing, &mut facts.closing));
    closing::load(connection, directory, hospitals, of_closing, &mut caches.closing).await?;
    needs.meet();
    booking::load_bookings(connection, &mut needs, &mut facts.booking).await?;
    parking::load(connection, &needs, &mut facts.parking).await?;
    load_directory(directory, &mut needs, &mut facts).await?;
    closing::close_schedules(&mut facts.directory, &caches.closing);
    people_store::load(connection, &needs.people, &mut facts.people).await?;
    line::load(connection, &mut needs, &mut facts, now).await?;
    // Those of lines in which the next one is called: of doctors and patients that are read already.
    needs.meet();
    booking::load_bookings(connection, &mut needs, &mut facts.booking).await?;
    booking::load(connection, &needs, &mut facts, &mut caches.booking, now).await?;
    facts.meet(&needs).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(facts)
}

async fn load_directory(
    directory: &Directory,
    needs: &mut Needs,
    facts: &mut Facts,
) -> Result<(), sqlx::Error> {
    let facts = &mut facts.directory;
    let of_all: Vec<HospitalId> = needs.directory.doctors_of.iter().copied().collect();
    for hospital in &of_all {
        facts.doctors_of.insert(*hospital, BTreeSet::new());
    }
    for (hospital, doctor) in directory.doctors_of(&of_all).await? {
        needs.directory.doctors.insert(doctor);
        if let Ok(Some(doctors)) = facts.doctors_of.get_mut(&hospital) {
            doctors.insert(doctor);
        }
    }
    let (doctors, hospitals) = (&needs.directory.doctors, &needs.directory.hospitals);
    facts.doctors.ask(doctors.iter().copied());
    // Without a directory the batch waits, as without a database.
    let found = directory.doctors(doctors).await.map_err(|_| sqlx::Error::PoolTimedOut)?;
    for (id, doctor) in found {
        facts.zones.insert(doctor.hospital_id, doctor.zone());
        facts.doctors.insert(id, doctor);
    }
    let unknown: Vec<_> =
        hospitals.iter().copied().filter(|id| facts.zones.get(id).is_err()).collect();
    facts.zones.ask(unknown.iter().copied());
    for (id, zone) in directory.zones(&unknown).await? {
        facts.zones.insert(id, zone);
    }
    Ok(())
}

impl RoomRows {
    /// Takes in a decision's change.
    pub fn take(
        &mut self,
        change: &Change,
        command: &Command,
        facts: &Facts,
    ) -> Result<(), Unasked> {
        match change {
            Change::Booking(change) => self.booking.take(change, command, &facts.directory)?,
            Change::Line(change) => {
                self.line.take(change, command, &facts.people)?;
                if let Some(told) = change.attendance() {
                    let change = facts.booking.attended(told)?;
                    self.booking.take(&change, command, &facts.directory)?;
                }
            }
            Change::Closing(change) => {
                self.closing.take(change, command, facts)?;
                for ended in change.ended() {
                    // Whoever closed the time acts, also where a timer goes on with it.
                    let sender = Sender { caller: ended.closed_by, ..command.sender };
                    let command = Command { sender, ..command.clone() };
                    let change = facts.booking.ended(&ended)?;
                    self.booking.take(&change, &command, &facts.directory)?;
                }
            }
            Change::Discarded(discarded) => self.discarded.push((**discarded).clone()),
        }
        Ok(())
    }

    /// What the batch did, for services that listen to more than a request's own outcome.
    pub fn events(&self, facts: &Facts, now: Timestamp) -> Result<Vec<Notice>, Unasked> {
        self.line.events(&facts.line, now)
    }

    /// What the batch changes of that which rooms keep.
    pub fn changed(&self, facts: &Facts, caches: &Caches) -> Result<Changed, Unasked> {
        let booking =
            booking::ChangedDays::of(&self.booking.days, &facts.booking, &caches.booking)?;
        let line = line::ChangedLines::of(self.line.days(), &facts.line)?;
        let closing = closing::ChangedClosings::of(&self.closing);
        let mut hospitals = self.booking.hospitals.clone();
        hospitals.extend(self.closing.hospitals());
        Ok(Changed { booking, line, closing, hospitals })
    }
}

/// Writes what rooms change, room after room.
pub fn write(script: &mut Script, stamp: Stamp, rows: &RoomRows, changed: &Changed) {
    booking::write(script, stamp, &rows.booking, &changed.booking);
    line::write(script, stamp, &rows.line, &changed.line);
    closing::write(script, &rows.closing);
    index_store::raise(script, &changed.hospitals);
}

/// Writes what locks rows of other partitions, just before the commit: accounts' live tickets, then what stands under
/// the period keys.
pub async fn write_last(
    connection: &mut MySqlConnection,
    rows: &RoomRows,
) -> Result<(), sqlx::Error> {
    let mut script = Script::default();
    line::write_tickets(&mut script, &rows.line);
    script.run(connection).await?;
    booking::write_bookings(connection, &rows.booking).await?;
    Ok(())
}

/// What the breach of a unique key means to the sender; `None`: no room has such a key.
pub fn code_of(constraint: &str) -> Option<Code> {
    [booking::code_of, line::code_of].into_iter().find_map(|code_of| code_of(constraint))
}

/// Brings the caches of other services up to date after a commit.
pub async fn refresh_caches(kv: &Kv, partition: PartitionId, epoch: u64, changed: &Changed) {
    booking::refresh_availability(kv, partition, epoch, &changed.booking).await;
}

/// Counts what rooms measure.
pub fn count(partition: PartitionId, rows: &RoomRows) {
    line::count(partition, &rows.line);
}

/// Tells listeners what changed, besides events.
pub fn tell(changed: &Changed, feed: &mut Feed) {
    changed.booking.tell(feed);
    changed.closing.tell(feed);
    for hospital in &changed.hospitals {
        feed.push(Entry::Hospital { hospital: *hospital });
    }
}
