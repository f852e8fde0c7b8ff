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

use crate::drive::{Course, Pace};
use crate::http::{Caller, Connection};
use crate::inbox::{Inbox, micros};
use crate::tally::{Part, Verdict};
use crate::wishes;

/// Times that one request is sent again at most.
const MOST_REPEATS: u32 = 3;

/// How long a client that was refused for load waits before it sends the same key again.
const BACK_OFF: Duration = Duration::from_millis(100);

/// A client before and while it runs.
#[derive(Debug)]
pub struct Client {
    course: Arc<Course>,
    index: usize,
    connection: Connection,
    caller: Caller,
    inbox: Option<Arc<Inbox>>,
    random: Pcg64Mcg,
    outstanding: Option<Arc<Semaphore>>,
    part: Part,
    sent: u32,
}

impl Client {
    pub fn new(
        course: &Arc<Course>,
        index: usize,
        connection: Connection,
        caller: Caller,
        inbox: Option<Arc<Inbox>>,
    ) -> Self {
        let outstanding = match course.pace {
            Pace::Closed { outstanding } if inbox.is_some() => {
                Some(Arc::new(Semaphore::new(outstanding)))
            }
            _ => None,
        };
        let salt = u64::try_from(index).unwrap_or(0);
        let random = Pcg64Mcg::seed_from_u64(course.run.wrapping_add(salt));
        Self {
            course: Arc::clone(course),
            index,
            connection,
            caller,
            inbox,
            random,
            outstanding,
            part: Part::default(),
            sent: 0,
        }
    }

    /// Sends until the course's length has passed.
    pub async fn run(mut self, started: Instant) -> Part {
        let deadline = started + self.course.length;
        let mut due = started;
        loop {
            let Some((at, permit)) = self.turn(&mut due, deadline).await else { break };
            if !self.send(at, permit).await {
                break;
            }
        }
        self.part
    }

    /// Waits for the next turn: since when it counts, and the permit that it holds.
    async fn turn(
        &mut self,
        due: &mut Instant,
        deadline: Instant,
    ) -> Option<(Instant, Option<OwnedSemaphorePermit>)> {
        if let Pace::Open { per_second } = self.course.pace {
            let clients = u32::try_from(self.course.clients).unwrap_or(u32::MAX);
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

    /// One request to its answer; false when there is nothing left to wish for.
    async fn send(&mut self, at: Instant, permit: Option<OwnedSemaphorePermit>) -> bool {
        let course = Arc::clone(&self.course);
        let Some(wish) = course.wishes.next(&course.demand, self.index, &mut self.random) else {
            return false;
        };
        let body = wishes::body(&course.world, self.index, wish);
        self.sent += 1;
        let key = format!("{:016x}-{:04x}-{:08x}", course.run, self.index, self.sent);
        let id = self.request_id(&key);
        if let Some(inbox) = &self.inbox {
            inbox.expect(id, at, permit);
        }
        let request = self.caller.booking(&key, &body);
        let mut verdict = self.post(&request, at).await;
        for _ in 0..MOST_REPEATS {
            match verdict {
                Verdict::Busy | Verdict::Unavailable if course.repeats > 0.0 => {
                    tokio::time::sleep(BACK_OFF).await
                }
                _ if course.repeats > 0.0 && self.random.random_bool(course.repeats.min(1.0)) => {}
                _ => break,
            }
            self.part.repeats += 1;
            verdict = verdict.or(self.post(&request, at).await);
        }
        self.part.count(verdict, id);
        if let (Some(inbox), false) = (&self.inbox, verdict == Verdict::Accepted) {
            inbox.forget(id);
        }
        true
    }

    fn request_id(&self, key: &str) -> Uuid {
        let account = self.course.world.accounts.get(self.index);
        match (account, IdempotencyKey::parse(key)) {
            (Some(account), Ok(key)) => RequestId::of(account.id, &key).uuid(),
            _ => Uuid::nil(),
        }
    }

    async fn post(&mut self, request: &[u8], at: Instant) -> Verdict {
        let verdict = match self.connection.exchange(request).await {
            Ok(answer) => Verdict::of(answer.status, answer.body),
            Err(_) => Verdict::Failed,
        };
        let now = Instant::now();
        if verdict != Verdict::Failed {
            self.part.answers.push(micros(now.saturating_duration_since(at)));
        }
        self.part.last = Some(now);
        verdict
    }
}
