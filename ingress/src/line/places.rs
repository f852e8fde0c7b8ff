//! Places of tickets that wait, with the estimate of the wait: by the function of the line's order, which notifiers use
//! too.

use domain::directory::DoctorDay;
use domain::ids::TicketId;
use domain::line::estimate::PlaceView;
use platform::line::order_store;
use platform::line::row_store::ShownTicket;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

use crate::problem::Problem;
use crate::state::App;

/// Places by ticket.
pub(super) struct Places(HashMap<TicketId, PlaceView>);

impl Places {
    /// Of those of the tickets that wait. An account has few of them.
    pub async fn of(app: &App, found: &[ShownTicket]) -> Result<Self, Problem> {
        let waiting: Vec<_> = found.iter().filter(|found| found.ticket.status.waits()).collect();
        let days = waiting.iter().map(|found| (found.ticket.doctor_id, found.ticket.day));
        let days: Vec<DoctorDay> = days.collect::<BTreeSet<_>>().into_iter().collect();
        let lines = order_store::lines(&app.database, &days).await?;
        let now = app.clock.now();
        let place = |found: &&ShownTicket| {
            let ticket = &found.ticket;
            let line = lines.get(&(ticket.doctor_id, ticket.day))?;
            let ahead = line.order.place_of(ticket.id)?.ahead?;
            let wait = line.wait(line.outlook().as_ref(), ahead, now);
            Some((ticket.id, PlaceView::new(ahead, line.order.version, wait, now, found.zone)))
        };
        Ok(Self(waiting.iter().filter_map(place).collect()))
    }

    /// The ticket as clients see it.
    pub fn view(&self, found: &ShownTicket) -> Value {
        let mut view = found.view();
        if let Some(place) = self.0.get(&found.ticket.id) {
            view["place"] = json!(place);
        }
        view
    }
}
