//! Lines that are followed by their events, and read where those do not follow.

use super::*;
use domain::event::EventKind;
use domain::ids::{DoctorId, HospitalId, SessionId};
use domain::line::{Order, Status, What};
use domain::partition::PartitionId;
use domain::time::from_millis;
use futures_util::FutureExt;

struct Scene {
    hub: Arc<Hub>,
    places: Places,
    account: AccountId,
    day: DoctorDay,
    tickets: [TicketId; 2],
}

impl Scene {
    fn new() -> Self {
        let hub = Arc::new(Hub::new(&[0], 9, 9));
        let places = Places::new(Arc::clone(&hub), Clock::host());
        let day = (DoctorId::generate(), "2026-11-23".parse().unwrap());
        let tickets = [TicketId::generate(), TicketId::generate()];
        Self { hub, places, account: AccountId::generate(), day, tickets }
    }

    /// The second ticket is the listener's, the first is nobody's.
    fn standing(&self, n: usize, status: Status) -> Standing {
        Standing {
            id: self.tickets[n],
            account: (n == 1).then_some(self.account),
            number: u32::try_from(n).unwrap() + 1,
            priority: 100,
            key_at: from_millis(0),
            status,
            called_at: None,
        }
    }

    fn hear(&self, to: u64, what: What, standing: Standing) {
        let change = Happened { what, why: None, ticket: Some(standing) };
        let (hospital, at) = (HospitalId::generate(), from_millis(0));
        let event =
            LineEvent { hospital, at, from: to - 1, to, changes: vec![change], recent: None };
        self.places.hear(self.day, event);
    }

    fn read(&self, version: u64, statuses: [Status; 2]) {
        let all = [0, 1].map(|n| self.standing(n, statuses[n])).to_vec();
        let line = KnownLine { order: Order::new(version, all), ..KnownLine::default() };
        let wanted: Vec<DoctorDay> = self.places.lock().wanted.keys().copied().collect();
        self.places.take_in(&wanted, HashMap::from([(self.day, line)]));
    }

    fn wants(&self) -> bool {
        !self.places.lock().wanted.is_empty()
    }
}

/// What is told: version, look, reason.
fn told(states: &crate::states::States) -> Vec<(u64, String, String)> {
    let taken = states.take().now_or_never().unwrap_or_default();
    let reason = |tail: &str| {
        tail.split(r#""reason":""#).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    taken.iter().map(|one| (one.version, one.look.clone(), reason(&one.tail))).collect()
}

#[test]
fn a_line_follows_its_events_and_is_read_where_they_do_not_follow() {
    use Status::{Arrived, Booked, Cancelled, CheckedIn};
    let scene = Scene::new();
    let place =
        |version, look: &str, reason: &str| vec![(version, look.to_owned(), reason.to_owned())];
    scene.hear(1, What::Taken, scene.standing(0, Booked));
    assert!(!scene.wants(), "nobody listens");
    let registration = scene.hub.register(scene.account, SessionId::generate(), i64::MAX);
    scene.hub.open_states(registration.listener());
    scene.hear(2, What::Taken, scene.standing(1, Booked));
    assert!(scene.wants());
    // What happens while it is read, is kept; what the reading has seen already, is passed over.
    scene.hear(3, What::Arrived, scene.standing(0, Arrived));
    scene.hear(4, What::Called, scene.standing(0, CheckedIn));
    scene.read(1, [Booked, Booked]);
    assert!(scene.wants(), "older than what was heard");
    scene.read(3, [Arrived, Booked]);
    assert_eq!(told(&registration.states), place(4, "Waiting Some(0)", "called"));
    assert!(!scene.wants());
    scene.hear(4, What::Called, scene.standing(0, CheckedIn));
    scene.hear(6, What::Left, scene.standing(1, Cancelled));
    assert!(scene.wants() && told(&registration.states).is_empty(), "5 is missing");
    scene.read(6, [CheckedIn, Cancelled]);
    assert_eq!(told(&registration.states), place(6, "Left None", "left"));
    drop(registration);
    scene.places.sweep();
    assert!(scene.places.lock().known.is_empty(), "nobody listens any more");
}

/// A socket that came is told nothing older than what the database had when it came.
#[test]
fn whoever_comes_is_told_nothing_before_the_line_is_as_new_as_the_database() {
    use Status::{Arrived, Booked};
    let scene = Scene::new();
    let before = scene.hub.register(scene.account, SessionId::generate(), i64::MAX);
    scene.hub.open_states(before.listener());
    scene.hear(2, What::Taken, scene.standing(1, Booked));
    scene.read(2, [Booked, Booked]);
    let came = scene.hub.register(scene.account, SessionId::generate(), i64::MAX);
    scene.hear(3, What::Left, scene.standing(0, Status::Cancelled));
    let accounts = HashSet::from([scene.account]);
    scene.places.welcome(&[came.listener()], &accounts, vec![(scene.day, 5)]);
    assert!(told(&came.states).is_empty(), "3 may be older than what it saw elsewhere");
    scene.read(5, [Arrived, Booked]);
    assert_eq!(told(&came.states), [(5, "Waiting Some(1)".to_owned(), "present".to_owned())]);
    let again = scene.hub.register(scene.account, SessionId::generate(), i64::MAX);
    scene.places.welcome(&[again.listener()], &accounts, vec![(scene.day, 5)]);
    assert_eq!(told(&again.states).len(), 1, "the line is as new as the database");
    // Events for accounts are none of this.
    let event =
        || crate::frame::Told::new(PartitionId::new(0), 1, EventKind::Notice, from_millis(0), "{}");
    scene.hub.tell(PartitionId::new(0), 1, scene.account, event);
    assert!(told(&again.states).is_empty());
}
