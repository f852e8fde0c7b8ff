//! One client of a run: decides when to send, posts, reads the answer, and goes on. What its socket hears
//! is taken in elsewhere; the two meet in the inbox.

use domain::ids::{IdempotencyKey, RequestId};
use rand::{RngExt, SeedableRng};
use rand_distr::Exp1;
use rand_pcg::Pcg64Mcg;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::http::{Connection, RequestTemplate};
use crate::inbox::{Inbox, micros};
use crate::run_plan::{Pace, RunPlan};
use crate::slot_picker;
use crate::tally::{AnswerKind, ClientTally};

/// Times that one request is sent again at most.
const MAX_REPEATS: u32 = 3;

/// How long a client that was refused for load waits before it sends the same key again.
const BACK_OFF: Duration = Duration::from_millis(100);

/// A client before and while it runs.
#[derive(Debug)]
pub struct Client {
    plan: Arc<RunPlan>,
    index: usize,
    connection: Connection,
    template: RequestTemplate,
    inbox: Option<Arc<Inbox>>,
    random: Pcg64Mcg,
    outstanding: Option<Arc<Semaphore>>,
    tally: ClientTally,
    sent: u32,
}

impl Client {
    pub fn new(
        plan: &Arc<RunPlan>,
        index: usize,
        connection: Connection,
        template: RequestTemplate,
        inbox: Option<Arc<Inbox>>,
    ) -> Self {
        let outstanding = match plan.pace {
            Pace::Closed { outstanding } if inbox.is_some() => {
                Some(Arc::new(Semaphore::new(outstanding)))
            }
            _ => None,
        };
        let salt = u64::try_from(index).unwrap_or(0);
        let random = Pcg64Mcg::seed_from_u64(plan.run.wrapping_add(salt));
        Self {
            plan: Arc::clone(plan),
            index,
            connection,
            template,
            inbox,
            random,
            outstanding,
            tally: ClientTally::default(),
            sent: 0,
        }
    }

    /// Sends until the plan's length has passed.
    pub async fn run(mut self, started: Instant) -> ClientTally {
        let deadline = started + self.plan.length;
        let mut due = started;
        loop {
            let Some((at, permit)) = self.turn(&mut due, deadline).await else { break };
            if !self.send(at, permit).await {
                break;
            }
        }
        self.tally
    }

    /// Waits for the next turn: since when it counts, and the permit that it holds.
    async fn turn(
        &mut self,
        due: &mut Instant,
        deadline: Instant,
    ) -> Option<(Instant, Option<OwnedSemaphorePermit>)> {
        if let Pace::Open { per_second } = self.plan.pace {
            let clients = u32::try_from(self.plan.clients).unwrap_or(u32::MAX);
            // The gaps between independent arrivals are distributed exponentially.
            let mean = f64::from(clients) / per_second.max(0.001);
            let gap: f64 = self.random.sample(Exp1);
            *due += Duration::from_secs_f64(mean * gap);
            if *due >= deadline {
                return None;
            }
            tokio::time::sleep_until((*due).into()).await;
            return Some((*due, None));
        }
        let permit = match &self.outstanding {
            None => None,
            Some(semaphore) => match Arc::clone(semaphore).try_acquire_owned() {
                Ok(permit) => Some(permit),
                Err(_) => Some(
                    tokio::time::timeout_at(deadline.into(), Arc::clone(semaphore).acquire_owned())
                        .await
                        .ok()?
                        .ok()?,
                ),
            },
        };
        let now = Instant::now();
        if now < deadline { Some((now, permit)) } else { None }
    }

    /// One request to its answer; false when nothing is left to be asked for.
    async fn send(&mut self, at: Instant, permit: Option<OwnedSemaphorePermit>) -> bool {
        let plan = Arc::clone(&self.plan);
        let Some(wanted) = plan.slot_picker.next(&plan.demand, self.index, &mut self.random) else {
            return false;
        };
        let body = slot_picker::body(&plan.world, self.index, wanted);
        self.sent += 1;
        let key = format!("{:016x}-{:04x}-{:08x}", plan.run, self.index, self.sent);
        let id = self.request_id(&key);
        if let Some(inbox) = &self.inbox {
            inbox.expect(id, at, permit);
        }
        let request = self.template.booking(&key, &body);
        let mut kind = self.post(&request, at).await;
        for _ in 0..MAX_REPEATS {
            match kind {
                AnswerKind::Busy | AnswerKind::Unavailable if plan.repeats > 0.0 => {
                    tokio::time::sleep(BACK_OFF).await;
                }
                _ if plan.repeats > 0.0 && self.random.random_bool(plan.repeats.min(1.0)) => {}
                _ => break,
            }
            self.tally.repeats += 1;
            kind = kind.or(self.post(&request, at).await);
        }
        self.tally.count(kind, id);
        if let (Some(inbox), false) = (&self.inbox, kind == AnswerKind::Accepted) {
            inbox.forget(id);
        }
        true
    }

    fn request_id(&self, key: &str) -> Uuid {
        let account = self.plan.world.accounts.get(self.index);
        match (account, IdempotencyKey::parse(key)) {
            (Some(account), Ok(key)) => RequestId::of(account.id, &key).uuid(),
            _ => Uuid::nil(),
        }
    }

    async fn post(&mut self, request: &[u8], at: Instant) -> AnswerKind {
        let kind = match self.connection.exchange(request).await {
            Ok(answer) => AnswerKind::of(answer.status, answer.body),
            Err(_) => AnswerKind::Failed,
        };
        let now = Instant::now();
        if kind != AnswerKind::Failed {
            self.tally.answers.push(micros(now.saturating_duration_since(at)));
        }
        self.tally.last = Some(now);
        kind
    }
}
