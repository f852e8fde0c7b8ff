//! Only operators discard, once; the owner is told.

use super::*;
use crate::change::Change;
use crate::command::Command;
use crate::decision::{decide, needs};
use crate::facts::Facts;
use crate::outcome::{Confirmed, Outcome};
use crate::people::Sender;

fn discard(sender: Sender, target: RequestId) -> Command {
    Command {
        request_id: RequestId::generate(),
        sender,
        hospital_id: HospitalId::generate(),
        accepted_at: time::from_millis(1_800_000_000_000),
        body_hash: BodyHash::of(b"discard"),
        replay: false,
        first: false,
        kind: Discard { target }.into(),
    }
}

fn parked(target: RequestId) -> (Facts, Parked) {
    let document = crate::request::parked_unread(target, time::from_millis(1_800_000_000_000));
    let parked = Parked { owner: AccountId::generate(), body_hash: BodyHash::UNKNOWN, document };
    let mut facts = Facts::default();
    facts.parking.parked.ask([target]);
    facts.parking.parked.insert(target, parked.clone());
    (facts, parked)
}

#[test]
fn a_parked_request_is_discarded_once_and_by_operators_only() {
    let target = RequestId::generate();
    let (mut facts, parked) = parked(target);
    let command = discard(Sender::operator(parked.owner), target);
    assert!(needs([&command]).parking.requests.contains(&target));
    let stranger = discard(Sender::patient(parked.owner), target);
    let refused = decide(&facts, &stranger, command.accepted_at).unwrap();
    assert_eq!(refused.outcome.code(), Some(Code::Forbidden));

    let decision = decide(&facts, &command, command.accepted_at).unwrap();
    assert_eq!(decision.outcome, Outcome::Confirmed(Confirmed::Nothing));
    let [Change::Discarded(discarded)] = decision.changes.as_slice() else { panic!("one change") };
    assert_eq!((discarded.request, discarded.owner), (target, parked.owner));
    assert!(discarded.document.contains("DISCARDED"), "{}", discarded.document);
    facts.apply(&decision.changes[0], command.request_id).unwrap();
    let again = decide(&facts, &command, command.accepted_at).unwrap();
    assert_eq!(again.outcome.code(), Some(Code::NotFound));
}

#[test]
fn what_was_not_read_is_an_error() {
    let command = discard(Sender::operator(AccountId::generate()), RequestId::generate());
    assert!(decide(&Facts::default(), &command, command.accepted_at).is_err());
}
