//! What others than its patient did to a booking is told to the patient's account: each step once, under its code, with the
//! booking as it stood then; and no notice of a booking is without its step. That the socket told it too, `sockets` asks.

use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

use super::closings::CLOSED_BY_HOSPITAL;
use super::known::HOLD_OVER;
use super::rows::BookingStep;
use super::set::is_due;
use super::{Action, History, Rows};

/// Account, code, revision and status of the booking.
type Told = (Uuid, String, u64, String);

/// Steps that were not told, and what was told beside them.
pub fn of_bookings(history: &History, rows: &Rows) -> Vec<String> {
    let accounts: HashMap<Uuid, Uuid> =
        rows.bookings.iter().map(|row| (row.id, row.account)).collect();
    let due: HashSet<Uuid> =
        rows.requests.iter().filter(|row| is_due(row)).map(|row| row.id).collect();
    let code = |step: &BookingStep| match step.reason.as_deref() {
        // Where somebody took the time, the hold's account is told nothing: it was over.
        Some(HOLD_OVER) if due.contains(&step.request) => Some("HOLD_OVER"),
        Some(CLOSED_BY_HOSPITAL) => Some("BOOKING_CLOSED"),
        _ => match history.ops.get(&step.request).map(|op| &op.action) {
            Some(Action::StepBooking { step: "approve", .. }) => Some("BOOKING_APPROVED"),
            Some(Action::StepBooking { .. }) => Some("BOOKING_REFUSED"),
            _ => None,
        },
    };
    let mut wanted: BTreeMap<(Uuid, Uuid), Told> = BTreeMap::new();
    for step in &rows.booking_steps {
        if let Some(code) = code(step) {
            let account = accounts.get(&step.booking).copied().unwrap_or_default();
            let told = (account, code.to_owned(), step.revision.into(), step.after.clone());
            wanted.insert((step.request, step.booking), told);
        }
    }
    let mut faults = Vec::new();
    for event in rows.events.iter().filter(|event| event.kind == "notice") {
        let document = event.document.as_deref().unwrap_or_default();
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        let booking = &document["booking"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let Ok(id) = text(&booking["id"]).parse::<Uuid>() else { continue };
        let revision = booking["revision"].as_u64().unwrap_or_default();
        let told = (event.account, text(&document["code"]), revision, text(&booking["status"]));
        let due = wanted.remove(&(event.request, id));
        if due.as_ref() != Some(&told) {
            faults.push(format!("of {id} by {}: {told:?}, due was {due:?}", event.request));
        }
    }
    let missing =
        wanted.iter().map(|((request, id), due)| format!("of {id} by {request}: never {due:?}"));
    faults.extend(missing);
    faults
}
