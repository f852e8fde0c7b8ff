//! What the golden texts show of the line.

use docde_domain::line::{self, LineDay, LineState, LiveSlot, Reception, Ticket, USUAL_PRIORITY};
use docde_domain::people::Channel;

use super::{at, doctor, id};

pub(super) fn ticket() -> Ticket {
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
        notes: docde_domain::line::Notes::default(),
    }
}

pub(super) fn line_state() -> LineState {
    let reception = Reception::Paused { until: Some(at(60_000)) };
    let line = LineDay {
        next_number: 13,
        version: 40,
        reception,
        last_called: Some(id(7)),
        ..LineDay::default()
    };
    LineState { day: (doctor(), "2027-01-15".parse().expect("a day")), line }
}
