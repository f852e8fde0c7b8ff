//! Samples that golden texts are made of.

use docde_domain::booking::{Booking, Status};
use docde_domain::closed_time::ClosedTime;
use docde_domain::closing::{CloseTime, Closing, ClosingReason, ClosingState};
use docde_domain::line::{
    self, ArriveBooking, Assign, LineDay, LineRule, LineState, LiveSlot, Notes, Reception,
    RuleChanges, Ticket, USUAL_PRIORITY,
};
use docde_domain::people::Channel;
use docde_domain::schedule::{Closure, Visit};

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

pub fn ticket() -> Ticket {
    Ticket {
        id: id(7),
        account_id: id(2),
        patient_id: Some(id(6)),
        booking_id: None,
        live_slot: Some(LiveSlot { account: id(2), number: 0 }),
        hospital_id: id(4),
        doctor_id: doctor(),
        day: "2027-01-15".parse().expect("a day"),
        number: 12,
        priority: USUAL_PRIORITY,
        key_at: at(500),
        status: line::Status::Booked,
        arrived_at: None,
        called_at: None,
        called_after: None,
        passed: 0,
        postponed: 0,
        identity_checked: false,
        request_id: id(1),
        channel: Channel::App,
        revision: 1,
        created_at: at(500),
        updated_at: at(500),
        sealed: None,
        notes: Notes::default(),
    }
}

pub fn line_state() -> LineState {
    let reception = Reception::Paused { until: Some(at(60_000)) };
    let line = LineDay {
        next_number: 13,
        version: 40,
        reception,
        last_called: Some(id(7)),
        calls: 5,
        ..LineDay::default()
    };
    LineState { day: (doctor(), "2027-01-15".parse().expect("a day")), line }
}

pub fn close_time() -> CloseTime {
    let day = "2026-11-23".parse().expect("a day");
    let clock = |text: &str| text.parse().expect("a time of day");
    let hours = Some((clock("13:00:00"), clock("15:30:00")));
    let (doctor_id, reason) = (Some(doctor()), ClosingReason::Leave);
    CloseTime { doctor_id, first_day: day, last_day: day, hours, reason }
}

pub fn closing() -> Closing {
    let CloseTime { doctor_id, first_day, last_day, hours, reason } = close_time();
    let days = Closure { first_day, last_day, hours };
    Closing {
        id: id(8),
        time: ClosedTime { hospital_id: id(4), doctor_id, days },
        reason,
        state: ClosingState::Ending,
        ended: 200,
        closed_by: id(2),
        revision: 1,
        closed_at: at(500),
        updated_at: at(500),
    }
}
