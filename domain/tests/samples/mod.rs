//! Samples that golden texts are made of.

use docde_domain::booking::{Booking, Status};
use docde_domain::line::{ArriveBooking, Assign, LineRule, RuleChanges};
use docde_domain::people::Channel;
use docde_domain::schedule::Visit;

use super::{at, doctor, id};

pub fn booking() -> Booking {
    Booking {
        id: id(5),
        account_id: id(2),
        patient_id: id(6),
        hospital_id: id(4),
        doctor_id: doctor(),
        seat: 1,
        starts_at: at(0),
        ends_at: at(1_800_000),
        status: Status::Booked,
        visit: Visit::First,
        request_id: id(1),
        channel: Channel::App,
        revision: 1,
        created_at: at(500),
        updated_at: at(500),
        sealed: None,
    }
}

pub fn arrival() -> ArriveBooking {
    let (booking_id, revision, identity_checked) = (id(5), None, false);
    ArriveBooking { booking_id, doctor_id: doctor(), revision, identity_checked }
}

pub fn rule_changes() -> RuleChanges {
    RuleChanges {
        late_minutes: Some(0),
        assign: Some(Assign::FewestAhead),
        cap_by_finish: Some(true),
        ..RuleChanges::default()
    }
}

pub fn line_rule() -> LineRule {
    let rule = LineRule::of_defaults(id(4));
    LineRule { revision: 1, rules: rule.rules.with(&rule_changes()), ..rule }
}
