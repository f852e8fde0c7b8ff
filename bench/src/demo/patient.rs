//! One patient of the opening minute: a socket, a connection, a time to book, and retries. What happens to it is
//! counted on the board as the patient sees it.

use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

use domain::ids::{IdempotencyKey, RequestId};
use platform::Failure;

use super::board::Board;
use super::plan::{Repeats, Role};
use crate::http::{Connection, HttpAnswer, RequestTemplate, member};
use crate::inbox::{Inbox, ids, micros};
use crate::sockets::{self, Listener};
use crate::tally::AnswerKind;
use crate::targets::Targets;
use crate::world::Account;

/// How long a patient waits for a word before asking.
const OUTCOME_TIMEOUT: Duration = Duration::from_mins(1);

/// How often a patient who is asked to come again does so.
const MAX_TRIES: u32 = 20;

/// Before the release: connected and waiting.
pub struct Patient {
    account: Account,
    role: Role,
    address: String,
    connection: Connection,
    template: RequestTemplate,
    inbox: Arc<Inbox>,
    listener: Option<Listener>,
    board: Arc<Board>,
}

impl Patient {
    pub async fn connect(
        targets: &Targets,
        number: usize,
        account: Account,
        role: Role,
        board: Arc<Board>,
    ) -> Result<Self, Failure> {
        let inbox = Arc::new(Inbox::default());
        let socket = targets.socket_of(number).ok_or("no notifier")?.to_owned();
        let listener = sockets::listen(socket, &account.token, Arc::clone(&inbox)).await?;
        let address = targets.http_of(number).to_owned();
        let mut connection = Connection::open(&address).await?;
        let template = RequestTemplate::new(&address, &account.token, "");
        // Looks at the list meanwhile, as people do; a proxy closes a connection that never says anything.
        let _ = connection.exchange(&template.get("/v1/doctors?limit=1")).await;
        Ok(Self {
            account,
            role,
            address,
            connection,
            template,
            inbox,
            listener: Some(listener),
            board,
        })
    }

    /// Plays the part around the release.
    pub async fn play(mut self, release: Instant) {
        if let Some(before) = self.role.early {
            tokio::time::sleep_until(release.checked_sub(before).unwrap_or(release).into()).await;
            self.ask("early").await;
        }
        tokio::time::sleep_until((release + self.role.arrives).into()).await;
        if self.role.leaves {
            self.listener = None;
            self.template =
                RequestTemplate::new(&self.address, &self.account.token, "respond-async");
        }
        self.ask("opening").await;
    }

    /// One booking that is asked for, from the call to its end.
    async fn ask(&mut self, what: &str) {
        let key = format!("demo-{what}-{}", Uuid::now_v7().simple());
        let Ok(parsed) = IdempotencyKey::parse(&key) else { return };
        let id = RequestId::of(self.account.id, &parsed).uuid();
        let body = format!(
            r#"{{"doctor_id":"{}","starts_at":"{}"}}"#,
            self.role.doctor_id, self.role.starts_at
        );
        let request = self.template.booking(&key, &body);
        let since = Instant::now();
        self.inbox.expect(id, since, None);
        let storm = self.storm(&request, what);
        let accepted = self.call_until_taken(&request, id, since).await;
        if let (Repeats::Again(times), "opening") = (self.role.repeats, what) {
            for _ in 0..times {
                self.call_again(&request).await;
            }
        }
        let accepted = storm.await || accepted;
        if !accepted {
            self.inbox.forget(id);
            return;
        }
        self.board.counts().accepted.push(id);
        if self.listener.is_some() {
            let _ = tokio::time::timeout(OUTCOME_TIMEOUT, self.inbox.all_told()).await;
            self.note_told();
        }
        if self.inbox.forget(id) {
            self.find(id).await;
        }
    }

    /// The first call, and as many more as the server asks for. True when the request was accepted.
    async fn call_until_taken(&mut self, request: &[u8], id: Uuid, since: Instant) -> bool {
        for _ in 0..MAX_TRIES {
            let answer = self.connection.exchange(request).await.ok();
            if let Some(accepted) =
                note_answer(&self.board, &self.inbox, answer, id, micros(since.elapsed()))
            {
                return accepted;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        false
    }

    /// The same key once more: whatever the answer, it must be no second booking.
    async fn call_again(&mut self, request: &[u8]) {
        let kind = kind_of(self.connection.exchange(request).await);
        self.board.counts().again(kind);
    }

    /// The same request on many connections at the same moment. True when one of them was accepted.
    fn storm(&self, request: &[u8], what: &str) -> impl Future<Output = bool> + use<> {
        let times = match self.role.repeats {
            Repeats::Storm(times) if what == "opening" => times - 1,
            _ => 0,
        };
        let calls: Vec<_> = (0..times)
            .map(|_| {
                let (address, request, board) =
                    (self.address.clone(), request.to_vec(), Arc::clone(&self.board));
                tokio::spawn(async move {
                    let mut kind = AnswerKind::Failed;
                    if let Ok(mut connection) = Connection::open(&address).await {
                        kind = kind_of(connection.exchange(&request).await);
                    }
                    board.counts().again(kind);
                    matches!(kind, AnswerKind::Accepted | AnswerKind::Decided { .. })
                })
            })
            .collect();
        async move {
            let mut accepted = false;
            for call in calls {
                accepted |= call.await.unwrap_or(false);
            }
            accepted
        }
    }

    /// What the socket said.
    fn note_told(&self) {
        if self.inbox.awaited() > 0 {
            return;
        }
        let (codes, (told, took, _)) = (self.inbox.take_codes(), self.inbox.take());
        let mut counts = self.board.counts();
        counts.confirmed += told.confirmed;
        counts.rejected += told.rejected;
        counts.expired += told.expired;
        counts.outcomes.extend(took);
        for (code, count) in codes {
            counts.too_early += if code == "NOT_OPEN_YET" { count } else { 0 };
            *counts.refused.entry(code).or_default() += count;
        }
    }

    /// Asks for the outcome, as one does who has left and come back.
    async fn find(&mut self, id: Uuid) {
        if self.role.leaves {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        let request = self.template.get(&format!("/v1/requests/{id}"));
        let deadline = Instant::now() + OUTCOME_TIMEOUT;
        while Instant::now() < deadline {
            if let Ok(answer) = self.connection.exchange(&request).await {
                let state = member(answer.body, "state").unwrap_or_default();
                if answer.status == 200
                    && matches!(state, "confirmed" | "rejected" | "expired")
                    && ids(answer.body).any(|found| found == id)
                {
                    let mut counts = self.board.counts();
                    counts.found_later += 1;
                    counts.outcome(state, member(answer.body, "code"));
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        self.board.counts().untold += 1;
    }
}

fn kind_of(answer: std::io::Result<HttpAnswer<'_>>) -> AnswerKind {
    answer.map_or(AnswerKind::Failed, |answer| AnswerKind::of(answer.status, answer.body))
}

/// Counts what a call was answered. Whether the request was accepted, or `None` when it is to be sent again.
fn note_answer(
    board: &Board,
    inbox: &Inbox,
    answer: Option<HttpAnswer<'_>>,
    id: Uuid,
    took: u32,
) -> Option<bool> {
    let mut counts = board.counts();
    counts.calls += 1;
    let Some(answer) = answer else {
        counts.failed += 1;
        return None;
    };
    let code = member(answer.body, "code");
    let kind = AnswerKind::of(answer.status, answer.body);
    match kind {
        AnswerKind::Busy | AnswerKind::Unavailable => {
            counts.put_off += 1;
            return None;
        }
        AnswerKind::Failed => counts.failed += 1,
        AnswerKind::Accepted => counts.answers.push(took),
        AnswerKind::Decided { .. } => {
            counts.answers.push(took);
            if inbox.forget(id) {
                counts.too_early += u64::from(code == Some("NOT_OPEN_YET"));
                counts.outcome(member(answer.body, "state").unwrap_or_default(), code);
                counts.outcomes.push(took);
            }
        }
        AnswerKind::Refused => {
            counts.answers.push(took);
            counts.too_early += u64::from(code == Some("NOT_OPEN_YET"));
            *counts.at_the_door.entry(code.unwrap_or("?").to_owned()).or_default() += 1;
            counts.outcomes.push(took);
        }
    }
    Some(matches!(kind, AnswerKind::Accepted | AnswerKind::Decided { .. }))
}
