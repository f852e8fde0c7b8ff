//! Samples that golden texts are made of.

use docde_domain::booking::{
    BookHeld, Booking, BookingStep, ExpireHold, HoldSlot, Status, StepBooking, StepReason,
};
use docde_domain::closed_time::ClosedTime;
use docde_domain::closing::{CloseTime, Closing, ClosingReason, ClosingState};
use docde_domain::code::Code;
use docde_domain::command::{Command, Kind};
use docde_domain::ids::{PatientId, TicketId};
use docde_domain::line::{
    self, ArriveBooking, Assign, CancelTicket, LineDay, LineRule, LineState, LiveSlot, Notes,
    Reason, Reception, RuleChanges, Step, StepTicket, TakeTicket, Ticket, USUAL_PRIORITY,
};
use docde_domain::outside::Outside;
use docde_domain::people::{Channel, Role, Sender};
use docde_domain::rejection::Rejection;
use docde_domain::schedule::{Break, Closure, Hours, Release, Slot, Terms, Visit};
use docde_domain::timetable::{Conflict, SetDayHours, TimetableState};

use super::{at, command, doctor, id};

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
        held: None,
    }
}

/// A time is held, booked, over.
pub fn holds() -> (HoldSlot, BookHeld, ExpireHold) {
    let (booking_id, doctor_id, sealed) = (id(5), doctor(), Some("k1.abc".to_owned()));
    (
        HoldSlot { doctor_id, starts_at: at(0), patient_id: None, visit: Visit::Return },
        BookHeld { booking_id, doctor_id, sealed },
        ExpireHold { booking_id, doctor_id },
    )
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

pub fn terms() -> Terms {
    let clock = |text: &str| text.parse().expect("a time of day");
    let lunch = Some((clock("12:30:00"), clock("14:00:00")));
    let hours = Hours { opens: clock("09:00:00"), closes: clock("18:00:00"), lunch };
    Terms {
        valid_from: "2026-12-01".parse().expect("a day"),
        valid_until: "2199-12-31".parse().expect("a day"),
        step: 15,
        first_visit_minutes: 30,
        return_visit_minutes: 15,
        seats: 2,
        release: Some(Release { days: 14, at: clock("08:00:00") }),
        cutoff: 60,
        notice: 120,
        horizon: Some(60),
        open_on_holidays: true,
        approval_hours: Some(24),
        hours: [Some(hours), None, None, None, None, None, None],
        breaks: vec![Break { weekday: 0, span: (clock("10:30:00"), clock("10:45:00")) }],
    }
}

pub fn timetable() -> TimetableState {
    let (starts_at, ends_at) = (at(0), at(1_800_000));
    let conflict = Conflict { booking_id: id(5), starts_at, ends_at, why: Outside::Hours };
    TimetableState::of(doctor(), 4, vec![conflict])
}

/// A director's command.
pub fn of_director(kind: impl Into<Kind>) -> Command {
    let (role, channel) = (Role::Director, Channel::Desk);
    Command { sender: Sender { role, channel, ..Sender::patient(id(2)) }, ..command(kind) }
}

pub fn day_hours() -> SetDayHours {
    let day = "2026-12-24".parse().expect("a day");
    SetDayHours { doctor_id: doctor(), revision: 4, day, hours: terms().hours[0] }
}

pub fn rejections() -> Vec<Rejection> {
    let slot = Slot { starts_at: at(0), ends_at: at(900_000) };
    vec![
        Rejection::new(Code::TooManyBookings),
        Rejection::at(Code::NotOpenYet, at(60_000)),
        Rejection::until(Code::Closed, at(60_000)),
        Rejection::invalid("patient_id"),
        Rejection::conflict(Status::Cancelled.as_str()),
        Rejection { alternatives: vec![(doctor(), slot)], ..Rejection::new(Code::SlotTaken) },
        Rejection::new(Code::SlotTaken),
    ]
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

pub fn take_ticket(patient_id: Option<PatientId>, sealed: Option<&str>) -> TakeTicket {
    let sealed = sealed.map(str::to_owned);
    TakeTicket { doctor_id: doctor(), patient_id, sealed, walk_in: false }
}

pub fn cancel_ticket() -> CancelTicket {
    CancelTicket { ticket_id: id::<TicketId>(7), doctor_id: doctor() }
}

pub fn step(step: Step, reason: Option<Reason>) -> StepTicket {
    StepTicket {
        ticket_id: id::<TicketId>(7),
        doctor_id: doctor(),
        revision: Some(3),
        step,
        reason,
    }
}

pub fn step_booking(step: BookingStep, reason: Option<StepReason>) -> StepBooking {
    StepBooking { booking_id: id(5), doctor_id: doctor(), revision: 2, step, reason }
}
