//! What closing a time would end, and who stays: shown before it is done, and of a closing that is there.

use domain::closed_time::ClosedTime;
use domain::time::{self, Zone};
use serde_json::{Value, json};

use super::closings_store::{self, Booked, LiveTicket};
use crate::page::{self, Page};
use crate::problem::Problem;
use crate::state::App;

/// Tickets that are shown; a doctor's line of a day that has more shows them itself.
const MAX_TICKETS: u32 = 100;

/// A page of the bookings in the time, how many of all would end, and the numbers of today's lines if the time is of today.
pub(super) async fn shown(
    app: &App,
    time: &ClosedTime,
    zone: Zone,
    page: &Page,
) -> Result<Value, Problem> {
    let (after, limit) = (page.after()?, page.limit()?);
    let now = app.clock.now();
    let booked = closings_store::booked(&app.database, (time, zone), after, limit + 1).await?;
    let mut list = page::list(
        booked,
        limit,
        |booked| booked.id,
        |booked| view(&booked, zone),
        &time::show(now, zone),
    );
    list["ends"] = json!(closings_store::count_ending(&app.database, time, zone).await?);
    let today = time::day_of(now, zone);
    let of_today = (time.days.first_day..=time.days.last_day).contains(&today);
    let whose = (time.hospital_id, time.doctor_id);
    let tickets = if of_today {
        closings_store::live_tickets(&app.database, whose, today, MAX_TICKETS).await?
    } else {
        Vec::new()
    };
    list["tickets"] = tickets.iter().map(ticket).collect();
    Ok(list)
}

fn view(booked: &Booked, zone: Zone) -> Value {
    json!({
        "id": booked.id,
        "doctor_id": booked.doctor_id,
        "patient_id": booked.patient_id,
        "status": booked.status,
        "starts_at": time::show(booked.starts_at, zone),
        "ends_at": time::show(booked.ends_at, zone),
        "revision": booked.revision,
        "ends": booked.ends(),
    })
}

fn ticket(ticket: &LiveTicket) -> Value {
    let LiveTicket { id, doctor_id, number, status } = ticket;
    json!({"id": id, "doctor_id": doctor_id, "number": number, "status": status})
}
