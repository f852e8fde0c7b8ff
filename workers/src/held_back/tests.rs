//! Who is held back, and who goes when.

use super::*;
use crate::intake::Frame;
use crate::rows::HeldBackRow;
use domain::booking::{Book, Cancel};
use domain::command::{BodyHash, Command, Kind};
use domain::ids::{AccountId, BookingId, DoctorId};
use domain::people::Sender;
use domain::schedule::Visit;
use domain::time::from_millis;
use uuid::Uuid;

fn hospital(number: u128) -> HospitalId {
    HospitalId::from_uuid(Uuid::from_u128(number))
}

fn frame(number: u128) -> Frame {
    let starts_at = from_millis(1_800_000_000_000);
    let (doctor_id, patient_id, sealed) = (DoctorId::generate(), None, None);
    let command = Command {
        request_id: RequestId::generate(),
        sender: Sender::patient(AccountId::generate()),
        hospital_id: hospital(number),
        accepted_at: starts_at,
        body_hash: BodyHash::of(b"x"),
        replay: false,
        first: true,
        kind: Book { doctor_id, starts_at, patient_id, visit: Visit::Return, sealed }.into(),
    };
    Frame { seq: 1, line: Vec::new(), command: Ok(command), trace: None }
}

fn item(frame: &Frame, held: Option<u64>) -> Item<'_> {
    Item { publisher: Uuid::nil(), frame, settled: None, held }
}

fn held(place: u64, number: u128) -> Held {
    Held { place, hospital: hospital(number), request: RequestId::generate() }
}

/// Hospital 1 is admitted two, the others any number.
fn two(of: HospitalId) -> Option<usize> {
    (of == hospital(1)).then_some(2)
}

fn ways(kept: &HeldBack, items: &[Item<'_>]) -> Vec<Way> {
    kept.ways(items, |_| true, two)
}

#[test]
fn beyond_its_number_a_hospital_is_held_back_and_no_other() {
    let frames = [1, 2, 1, 1, 2, 1].map(frame);
    let items: Vec<_> = frames.iter().map(|frame| item(frame, None)).collect();
    let found = ways(&HeldBack::new(Vec::new()), &items);
    assert_eq!(found, [Way::Decide, Way::Decide, Way::Decide, Way::Hold, Way::Decide, Way::Hold]);
}

#[test]
fn whoever_comes_later_goes_behind_those_that_are_held_back() {
    let kept = HeldBack::new(vec![held(4, 1), held(5, 1), held(6, 1)]);
    let frames = [1, 1, 1, 2].map(frame);
    let places = [Some(4), None, None, None];
    let items: Vec<_> =
        frames.iter().zip(places).map(|(frame, place)| item(frame, place)).collect();
    assert_eq!(ways(&kept, &items), [Way::Decide, Way::Hold, Way::Hold, Way::Decide]);
    // With the last of them in hand, one more is admitted.
    let kept = HeldBack::new(vec![held(6, 1)]);
    let places = [Some(6), None, None, None];
    let items: Vec<_> =
        frames.iter().zip(places).map(|(frame, place)| item(frame, place)).collect();
    assert_eq!(ways(&kept, &items), [Way::Decide, Way::Decide, Way::Hold, Way::Decide]);
    let cleared = kept.ways(&items, |_| true, |_| None);
    assert_eq!(cleared, [Way::Decide; 4]);
    let kept = HeldBack::new(vec![held(6, 1), held(7, 1)]);
    let still = kept.ways(&items, |_| true, |_| None);
    assert_eq!(still[1..3], [Way::Hold, Way::Hold], "also where nothing is set any more");
}

#[test]
fn a_retry_of_one_that_is_held_back_is_absorbed_and_one_that_is_decided_is_told() {
    let (known, again) = (frame(1), frame(1));
    let request = known.command.as_ref().unwrap().request_id;
    let kept = HeldBack::new(vec![Held { place: 1, hospital: hospital(1), request }]);
    let items = [item(&known, None), item(&again, None), item(&again, None)];
    assert_eq!(ways(&kept, &items), [Way::Absorb, Way::Hold, Way::Absorb]);
    let decided = kept.ways(&items[1..2], |_| false, two);
    assert_eq!(decided, [Way::Decide], "its document is told again");
    let gone = [item(&known, Some(9))];
    assert_eq!(ways(&kept, &gone), [Way::Settled], "a commit whose answer was lost");
}

#[test]
fn neither_staff_at_their_desk_nor_operators_are_held_back() {
    let kept = HeldBack::new(vec![held(1, 1)]);
    let mut frame = frame(1);
    let Ok(command) = &mut frame.command else { panic!("a command") };
    command.sender = Sender::operator(AccountId::generate());
    assert_eq!(ways(&kept, &[item(&frame, None)]), [Way::Decide]);
    let Ok(command) = &mut frame.command else { panic!("a command") };
    command.sender = Sender::patient(AccountId::generate());
    command.kind =
        Kind::from(Cancel { booking_id: BookingId::generate(), doctor_id: DoctorId::generate() });
    assert_eq!(ways(&kept, &[item(&frame, None)]), [Way::Hold], "a cancellation is one of them");
    let Ok(command) = &mut frame.command else { panic!("a command") };
    let doctor_id = DoctorId::generate();
    command.kind = domain::line::CallNext { doctor_id, after: None, calls: None }.into();
    assert_eq!(ways(&kept, &[item(&frame, None)]), [Way::Decide]);
}

#[test]
fn hospitals_take_turns_and_each_its_number() {
    let rows = [1, 1, 1, 2, 2, 2, 2, 3].iter().zip(1..).map(|(of, place)| held(place, *of));
    let mut kept = HeldBack::new(rows.collect());
    let mut pick = |room| kept.pick(room, two).places;
    assert_eq!(pick(4), [1, 2, 4, 5]);
    assert_eq!(pick(2), [8, 1], "whose turn it is comes first");
    assert_eq!(pick(100), [4, 5, 6, 7, 8, 1, 2]);
}

#[test]
fn those_that_an_owner_before_may_have_died_of_are_tried_with_care_once() {
    let mut kept = HeldBack::new((1..=6).map(|place| held(place, 1)).collect());
    assert_eq!(kept.pick(10, two), Picked { places: vec![1, 2], careful: true });
    let settled = |places: &[u64]| Rows { no_longer_held: places.to_vec(), ..Rows::default() };
    kept.keep(&settled(&[1, 2]));
    assert_eq!(kept.pick(10, two), Picked { places: vec![3, 4], careful: false });
    kept.keep(&settled(&[3, 4]));
    let new = held(0, 1);
    let row = HeldBackRow {
        hospital: new.hospital,
        request: new.request,
        publisher: Uuid::nil(),
        publisher_seq: 1,
        trace: None,
        frame: Vec::new(),
    };
    kept.keep(&Rows { held_back: vec![row], ..Rows::default() });
    assert_eq!((kept.count(), kept.next_place()), (3, 8));
    assert_eq!(kept.pick(10, |_| None).places, [5, 6, 7]);
}
