//! The driver of a line's load: so many connections, closed or at a given rate, as the driver of bookings has them.

use platform::Failure;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

use super::client::Client;
use super::line_plan::Plan;
use crate::http::Connection;
use crate::tally::Tally;

/// A run whose connections are open.
pub struct ReadyLine {
    clients: Vec<Client>,
}

impl ReadyLine {
    pub async fn open(plan: Plan) -> Result<Self, Failure> {
        let plan = Arc::new(plan);
        let mut clients = Vec::with_capacity(plan.clients);
        for index in 0..plan.clients {
            let connection = Connection::open(plan.targets.http_of(index)).await?;
            clients.push(Client::new(&plan, index, connection));
        }
        Ok(Self { clients })
    }

    pub async fn run(self) -> Result<Tally, Failure> {
        let started = Instant::now();
        let mut running = JoinSet::new();
        for client in self.clients {
            running.spawn(client.run(started));
        }
        let mut tally = Tally::of(started, running).await?;
        tally.sort();
        Ok(tally)
    }
}
