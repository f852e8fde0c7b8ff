//! What decisions on bookings look at: bookings, a doctor's time in use, the times at which a patient is somewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::{Booking, BookingChange, Held, Status, Taken, TakenTime};
use crate::attendance::AttendanceChange;
use crate::directory::{self, DoctorDay};
use crate::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId};
use crate::known::{Known, Unasked};
use crate::people;
use crate::rules::NeedsOf;
use crate::time::{self, Timestamp};

/// A time at which a patient is somewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy {
    pub booking_id: BookingId,
    pub hospital_id: HospitalId,
    pub doctor_id: DoctorId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

/// The last step of a booking after its first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastStep {
    pub by: RequestId,
    /// `None`: staff, in this very batch.
    pub actor: Option<AccountId>,
    pub at: Timestamp,
    /// The status that it left.
    pub before: Status,
}

/// What is to be read, as far as the commands say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    pub bookings: BTreeSet<BookingId>,
    /// Bookings whose last step is asked for.
    pub steps: BTreeSet<BookingId>,
    /// Times in use of the doctor on the day of that start.
    pub starts: BTreeSet<(DoctorId, Timestamp)>,
    /// Whose times are asked for: patients, and the own persons of accounts.
    pub busy: BTreeSet<PatientId>,
    pub busy_own: BTreeSet<AccountId>,
    /// At whose hospitals the bookings of accounts are counted: of the patient's account, or of that one.
    pub counted: BTreeSet<(DoctorId, Option<PatientId>, AccountId)>,
    /// Accounts whose holds are asked for.
    pub holders: BTreeSet<AccountId>,
}

/// A hold of an account that lasts, or that was made in the last hour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccountHold {
    pub booking_id: BookingId,
    pub doctor_id: DoctorId,
    pub starts_at: Timestamp,
    pub held_at: Timestamp,
    /// While nobody has ended it, though it may be over.
    pub held: Option<Held>,
}

/// What follows from the needs once directory and people are read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reading {
    pub days: BTreeSet<DoctorDay>,
    pub patients: BTreeSet<PatientId>,
    /// Of which all open bookings are counted, where.
    pub accounts: BTreeSet<(AccountId, HospitalId)>,
}

impl Needs {
    /// The days and patients to read. A doctor who is not there has no days, and a rule says so before it looks.
    pub fn reading(
        &self,
        directory: &directory::Facts,
        people: &people::Facts,
    ) -> Result<Reading, Unasked> {
        let mut reading = Reading { patients: self.busy.clone(), ..Reading::default() };
        for (doctor, starts_at) in &self.starts {
            reading.days.extend(directory.doctor(*doctor)?.map(|doctor| doctor.day_of(*starts_at)));
        }
        for account in &self.busy_own {
            reading.patients.extend(people.own_patients.get(account)?);
        }
        for (doctor, patient, account) in &self.counted {
            let doctor = directory.doctor(*doctor)?;
            let Some(doctor) = doctor.filter(|doctor| doctor.max_open_account().is_some()) else {
                continue;
            };
            let account = match patient {
                Some(patient) => people.patient_account(*patient)?,
                None => Some(*account),
            };
            reading.accounts.extend(account.map(|account| (account, doctor.hospital_id)));
        }
        Ok(reading)
    }
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Facts {
    pub bookings: Known<BookingId, Booking>,
    pub steps: Known<BookingId, LastStep>,
    pub taken: Known<DoctorDay, TakenTime>,
    pub busy: Known<PatientId, Vec<Busy>>,
    /// Bookings that use a patient's time, of all people of an account.
    pub open: Known<(AccountId, HospitalId), BTreeSet<BookingId>>,
    /// Whose bookings these are.
    pub accounts: BTreeMap<PatientId, AccountId>,
    pub holds: Known<AccountId, Vec<AccountHold>>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            bookings: Known::new("a booking"),
            steps: Known::new("a booking's last step"),
            taken: Known::new("a doctor's time in use"),
            busy: Known::new("a patient's times"),
            open: Known::new("an account's open bookings"),
            accounts: BTreeMap::new(),
            holds: Known::new("an account's holds"),
        }
    }
}

impl Facts {
    /// What the found bookings lead to: their doctors, their patients and the time that they use.
    pub fn follow(&self, needs: &mut NeedsOf<'_, Needs>) {
        for (_, booking) in self.bookings.found() {
            needs.directory.doctors.insert(booking.doctor_id);
            needs.directory.hospitals.insert(booking.hospital_id);
            needs.people.patients.insert(booking.patient_id);
            needs.own.busy.insert(booking.patient_id);
            needs.own.starts.insert((booking.doctor_id, booking.starts_at));
        }
    }

    /// Makes a change part of the facts. `by` is the request that caused it.
    pub fn apply(
        &mut self,
        directory: &directory::Facts,
        change: &BookingChange,
        by: RequestId,
    ) -> Result<(), Unasked> {
        if let Some(before) = change.before() {
            self.give_back(directory, before)?;
        }
        let after = change.after();
        let (starts_at, ends_at) = (after.starts_at, after.ends_at);
        if after.status.uses_doctor_time() {
            let held_until = after.lasting().map(|held| held.until);
            let taken = Taken { seat: after.seat, starts_at, ends_at, request_id: by, held_until };
            if let Some(time) = self.time_of(directory, after)? {
                time.add(taken);
            }
        }
        if after.status.uses_patient_time()
            && let Some(busy) = self.busy.get_mut(&after.patient_id)?
        {
            let (booking_id, hospital_id, doctor_id) =
                (after.id, after.hospital_id, after.doctor_id);
            busy.push(Busy { booking_id, hospital_id, doctor_id, starts_at, ends_at });
        }
        if let Some(open) = self.open_beside(after)
            && after.status.uses_patient_time()
        {
            open.insert(after.id);
        }
        self.last_step(change, by);
        self.keep_hold(after);
        self.bookings.insert(after.id, after.clone());
        Ok(())
    }

    /// What a line's word changes of a booking. Whether it may, the line has asked before.
    pub fn attended(&self, change: &AttendanceChange) -> Result<BookingChange, Unasked> {
        let before = self.bookings.get(&change.booking_id)?.ok_or(Unasked("a booking"))?.clone();
        let (status, revision) = (change.to.into(), before.revision + 1);
        let after = Booking { status, revision, updated_at: change.at, ..before.clone() };
        Ok(BookingChange::Attended { before, after })
    }

    /// Where a booking's last step was asked for: it has another one now. Only a step of staff can be taken back.
    fn last_step(&mut self, change: &BookingChange, by: RequestId) {
        let id = change.after().id;
        if self.steps.get(&id).is_err() {
            return;
        }
        match change {
            BookingChange::Stepped { before, after, .. } => {
                let (actor, at) = (None, after.updated_at);
                self.steps.insert(id, LastStep { by, actor, at, before: before.status });
            }
            _ => self.steps.remove(id),
        }
    }

    /// Where the holds of its account were asked for: this one is among them, as it is now.
    fn keep_hold(&mut self, after: &Booking) {
        let Ok(Some(holds)) = self.holds.get_mut(&after.account_id) else { return };
        let held = after.lasting();
        if let Some(hold) = holds.iter_mut().find(|hold| hold.booking_id == after.id) {
            hold.held = held;
        } else if held.is_some() {
            let (booking_id, doctor_id, starts_at) = (after.id, after.doctor_id, after.starts_at);
            let held_at = after.created_at;
            holds.push(AccountHold { booking_id, doctor_id, starts_at, held_at, held });
        }
    }

    /// Where the bookings of its account at the hospital are counted.
    fn open_beside(&mut self, booking: &Booking) -> Option<&mut BTreeSet<BookingId>> {
        let account = *self.accounts.get(&booking.patient_id)?;
        self.open.get_mut(&(account, booking.hospital_id)).ok()?
    }

    fn give_back(
        &mut self,
        directory: &directory::Facts,
        booking: &Booking,
    ) -> Result<(), Unasked> {
        // One that used none has none to give: who has that seat now keeps it.
        if booking.status.uses_doctor_time()
            && let Some(time) = self.time_of(directory, booking)?
        {
            time.remove(booking.seat, booking.starts_at);
        }
        if booking.status.uses_patient_time()
            && let Some(busy) = self.busy.get_mut(&booking.patient_id)?
        {
            busy.retain(|busy| busy.booking_id != booking.id);
        }
        if let Some(open) = self.open_beside(booking) {
            open.remove(&booking.id);
        }
        Ok(())
    }

    /// The time in use on the booking's day; `None` for a doctor who has left.
    fn time_of(
        &mut self,
        directory: &directory::Facts,
        booking: &Booking,
    ) -> Result<Option<&mut TakenTime>, Unasked> {
        let Some(doctor) = directory.doctor(booking.doctor_id)? else { return Ok(None) };
        self.taken.get_mut(&doctor.day_of(booking.starts_at))
    }
}

impl Booking {
    /// The doctor's day that the booking lies on; `None` for a doctor who has left.
    pub fn doctor_day(&self, directory: &directory::Facts) -> Result<Option<DoctorDay>, Unasked> {
        let doctor = directory.doctor(self.doctor_id)?;
        Ok(doctor.map(|doctor| (self.doctor_id, time::day_of(self.starts_at, doctor.zone()))))
    }
}
