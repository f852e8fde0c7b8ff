//! One connection over which numbers are taken, each for another account, with the answer waited for.

use domain::ids::{AccountId, DoctorId, IdempotencyKey, RequestId};
use rand::{RngExt, SeedableRng};
use rand_distr::Exp1;
use rand_pcg::Pcg64Mcg;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

use super::calls;
use super::line_plan::Plan;
use crate::http::{Connection, member};
use crate::inbox::micros;
use crate::run_plan::Pace;
use crate::tally::{AnswerKind, ClientTally, float};
use crate::world::Account;

/// Asks for an outcome that did not come with the answer; each waits for half a minute.
const MAX_ASKS: u32 = 3;

/// A client before and while it runs.
#[derive(Debug)]
pub struct Client {
    plan: Arc<Plan>,
    address: String,
    connection: Connection,
    random: Pcg64Mcg,
    tally: ClientTally,
}

impl Client {
    pub fn new(plan: &Arc<Plan>, index: usize, connection: Connection) -> Self {
        let salt = u64::try_from(index).unwrap_or(0);
        Self {
            plan: Arc::clone(plan),
            address: plan.targets.http_of(index).to_owned(),
            connection,
            random: Pcg64Mcg::seed_from_u64(plan.run.wrapping_add(salt)),
            tally: ClientTally::default(),
        }
    }

    /// Takes numbers until the plan's length has passed, or nobody is left.
    pub async fn run(mut self, started: Instant) -> ClientTally {
        let (plan, deadline) = (Arc::clone(&self.plan), started + self.plan.length);
        let mut due = started;
        loop {
            if let Pace::Open { per_second } = plan.pace {
                let mean = float(plan.clients as u64) / per_second.max(0.001);
                let gap: f64 = self.random.sample(Exp1);
                due += Duration::from_secs_f64(mean * gap);
                if due < deadline {
                    tokio::time::sleep_until(due.into()).await;
                }
            } else {
                due = Instant::now();
            }
            if due >= deadline {
                return self.tally;
            }
            let Some((account, doctor)) = plan.crowd.next() else { return self.tally };
            self.take(account, doctor, due).await;
        }
    }

    /// One number, from the moment that it was due to its outcome.
    async fn take(&mut self, account: &Account, doctor: DoctorId, due: Instant) {
        let key = format!("{:016x}-{}", self.plan.run, doctor.uuid().simple());
        let id = request_id(account.id, &key);
        let body = format!(r#"{{"doctor_id":"{doctor}"}}"#);
        let post = calls::post(&self.address, &account.token, "/v1/receptions", &key, &body);
        let mut kind = self.exchange(&post, AnswerKind::of).await;
        let get = calls::get(&self.address, &account.token, &format!("/v1/requests/{id}"));
        for _ in 0..MAX_ASKS {
            if kind != AnswerKind::Accepted {
                break;
            }
            kind = self.exchange(&get, read).await;
        }
        let now = Instant::now();
        if kind != AnswerKind::Failed {
            self.tally.answers.push(micros(now.saturating_duration_since(due)));
        }
        self.tally.last = Some(now);
        self.tally.count(kind, id);
    }

    async fn exchange(&mut self, request: &[u8], of: fn(u16, &str) -> AnswerKind) -> AnswerKind {
        let answer = self.connection.exchange(request).await;
        answer.map_or(AnswerKind::Failed, |answer| of(answer.status, answer.body))
    }
}

/// What reading a request says of it. One that was accepted stays so, whatever a read comes to.
fn read(status: u16, body: &str) -> AnswerKind {
    match (status, member(body, "state")) {
        (200, Some(state @ ("confirmed" | "rejected" | "expired"))) => {
            AnswerKind::Decided { confirmed: state == "confirmed" }
        }
        _ => AnswerKind::Accepted,
    }
}

fn request_id(account: AccountId, key: &str) -> Uuid {
    IdempotencyKey::parse(key).map_or(Uuid::nil(), |key| RequestId::of(account, &key).uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_that_knows_no_outcome_leaves_the_request_accepted() {
        let decided = |confirmed| AnswerKind::Decided { confirmed };
        assert_eq!(read(200, r#"{"state":"confirmed"}"#), decided(true));
        assert_eq!(read(200, r#"{"state":"rejected"}"#), decided(false));
        assert_eq!(read(202, r#"{"state":"accepted"}"#), AnswerKind::Accepted);
        assert_eq!(read(404, "{}"), AnswerKind::Accepted);
    }
}
