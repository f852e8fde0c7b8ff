//! The frame that tells a place.

use domain::ids::TicketId;
use domain::line::estimate::EstimateView;
use domain::line::{Ahead, Place, TicketState};
use domain::time::{Shown as ShownTime, Timestamp};
use serde::Serialize;
use std::sync::Arc;

use crate::states::Shown;

#[derive(Serialize)]
struct Members<'f> {
    r#type: &'static str,
    at: ShownTime,
    ticket_id: TicketId,
    state: TicketState,
    #[serde(skip_serializing_if = "Option::is_none")]
    ahead: Option<u32>,
    reason: &'f str,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate: Option<EstimateAt>,
}

#[derive(Serialize)]
struct EstimateAt {
    #[serde(flatten)]
    estimate: EstimateView,
    as_of: ShownTime,
}

/// `estimate` is of who waits.
pub fn place(
    ticket_id: TicketId,
    place: Place,
    estimate: Option<EstimateView>,
    version: u64,
    reason: &str,
    at: Timestamp,
) -> Arc<Shown> {
    let Place { state, ahead } = place;
    let (ahead, at) = (ahead.map(Ahead::total), ShownTime(at, chrono_tz::UTC));
    let estimate = estimate.map(|estimate| EstimateAt { estimate, as_of: at });
    let members =
        Members { r#type: "place", at, ticket_id, state, ahead, reason, version, estimate };
    let text = domain::json::json_text(&members);
    let tail = format!(r#"",{}"#, text.strip_prefix('{').unwrap_or("}"));
    Arc::new(Shown { of: ticket_id.uuid(), version, look: format!("{state:?} {ahead:?}"), tail })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::line::estimate::Wait;
    use serde_json::{Value, json};

    #[test]
    fn a_place_is_a_frame_that_says_as_of_when_and_what_is_unknown() {
        let at = domain::time::from_millis(0);
        let ahead = Some(Ahead { there: 2, absent: 1 });
        let waiting = Place { state: TicketState::Waiting, ahead };
        let ticket = TicketId::generate();
        let frame = |place: Place, wait: Option<EstimateView>| -> Value {
            serde_json::from_str(&super::place(ticket, place, wait, 7, "called", at).frame("c"))
                .unwrap()
        };
        let as_of = "1970-01-01T00:00:00+00:00";
        assert_eq!(
            frame(waiting, Some(EstimateView::from(Some(Wait { p50_s: 60, p90_s: 90 })))),
            json!({"id": "c", "type": "place", "at": as_of, "ticket_id": ticket, "state": "waiting", "ahead": 3,
                "reason": "called", "version": 7, "estimate": {"p50_s": 60, "p90_s": 90, "as_of": as_of}})
        );
        let unknown = frame(waiting, Some(EstimateView::from(None)));
        assert_eq!(
            unknown["estimate"],
            json!({"p50_s": null, "p90_s": null, "unknown": "too_few_consultations", "as_of": as_of})
        );
        let called = frame(Place { state: TicketState::Called, ahead: None }, None);
        assert_eq!(
            (&called["state"], called.get("ahead"), called.get("estimate")),
            (&json!("called"), None, None)
        );
    }
}
