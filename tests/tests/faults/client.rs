//! One client, a patient or a hospital's desk: sends what it chose, alone or two at once, and the same key again for as
//! long as it has no answer. What it asked, what it was told and when goes into the journal.

use docde_tests::history::{Action, Op};
use reqwest::Method;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;

use crate::actions::ActionPicker;
use crate::answers::{PASSING, Problem, Request, answered};
use crate::calls;
use crate::closings::Closings;
use crate::held::Held;
use crate::in_tray::InTray;
use crate::journal::Journal;
use crate::lobby::Lobby;
use crate::stage::Patient;
use docde_tests::Chance;

/// Request ids are UUIDv5 in this namespace, of account, line feed and key (CONTRACT, Request).
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_6d2e_0d0c_5de0_9a3e_d0cd_e000_0001);
/// When an outcome should have come over the socket.
const SOCKET_TIMEOUT: Duration = Duration::from_millis(1_500);

/// What an attempt means, the strongest last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Meaning {
    /// Nothing was taken, and the same would be said again.
    Refused,
    /// Send the same key again.
    Again,
    /// The outcome will come, or is known.
    Accepted,
}

/// Who it is.
pub enum Part {
    Patient(Held),
    Desk,
}

/// A client with its memory.
pub struct Client {
    pub journal: Arc<Journal>,
    pub http: reqwest::Client,
    pub patient: Patient,
    pub ingresses: Vec<String>,
    pub actions: Arc<ActionPicker>,
    pub lobby: Arc<Lobby>,
    pub in_tray: Arc<InTray>,
    pub closings: Arc<Closings>,
    pub chance: Chance,
    pub part: Part,
}

/// A request that is being sent.
struct OutgoingRequest {
    action: Action,
    key: String,
    request: Uuid,
    method: Method,
    path: String,
    body: Value,
    prefer: Option<&'static str>,
    chance: Chance,
}

impl Client {
    /// Until told to stop; then what is begun is brought to its end.
    pub async fn run(mut self, stop: Arc<AtomicBool>) -> Self {
        while !stop.load(Ordering::Relaxed) {
            let actions = self.choose();
            let requests: Vec<_> = actions.into_iter().map(|action| self.write(action)).collect();
            let outcomes = futures_util::future::join_all(
                requests.into_iter().map(|outgoing| self.deliver(outgoing)),
            )
            .await;
            for (outgoing, document) in outcomes.into_iter().flatten() {
                self.remember(&outgoing, &document);
            }
            tokio::time::sleep(self.chance.millis(0, 50)).await;
        }
        self
    }

    fn choose(&mut self) -> Vec<Action> {
        match &mut self.part {
            Part::Patient(held) => self.actions.choose(&mut self.chance, held),
            Part::Desk => {
                if let Some(action) = self.closings.choose(&mut self.chance, &self.actions) {
                    return vec![action];
                }
                if let Some(actions) = self.in_tray.choose(&mut self.chance) {
                    return actions;
                }
                let doctor = self.actions.doctor(&mut self.chance);
                self.lobby.choose(&mut self.chance, doctor.id)
            }
        }
    }

    fn write(&mut self, action: Action) -> OutgoingRequest {
        let key = format!("faults-{:016x}-{:016x}", self.chance.bits(), self.chance.bits());
        let request =
            Uuid::new_v5(&NAMESPACE, format!("{}\n{key}", self.patient.account).as_bytes());
        let (method, path, body) = calls::of(&action, self.actions.zone);
        let prefer = *self.chance.pick(&[
            None,
            Some("respond-async"),
            Some("respond-async"),
            Some("wait=2"),
        ]);
        self.journal.begin(
            request,
            Op::new(self.patient.account, action.clone(), self.journal.now()),
            &key,
        );
        OutgoingRequest {
            action,
            key,
            request,
            method,
            path,
            body,
            prefer,
            chance: Chance::new(self.chance.bits()),
        }
    }

    /// Sends it until there is an answer, then waits for the outcome. `None`: nothing was accepted.
    async fn deliver(&self, mut outgoing: OutgoingRequest) -> Option<(OutgoingRequest, String)> {
        let mut ingress = outgoing.chance.below(self.ingresses.len());
        let mut twice = outgoing.chance.percent(12);
        loop {
            let first = self.attempt(&outgoing, ingress);
            let meaning = if std::mem::take(&mut twice) {
                let (one, other) = tokio::join!(first, self.attempt(&outgoing, ingress + 1));
                one.max(other)
            } else {
                first.await
            };
            match meaning {
                Meaning::Accepted => {
                    let document = self.outcome(&outgoing, ingress).await;
                    if outgoing.action.is_of_line() && outgoing.chance.percent(10) {
                        self.again(&outgoing, ingress + 1).await;
                    }
                    return Some((outgoing, document));
                }
                Meaning::Refused => {
                    self.journal.refused(outgoing.request);
                    return None;
                }
                Meaning::Again => tokio::time::sleep(outgoing.chance.millis(20, 120)).await,
            }
            ingress += 1;
        }
    }

    /// The same key once more, though its outcome is known: it may not be refused, and its outcome is in the same words.
    async fn again(&self, outgoing: &OutgoingRequest, ingress: usize) {
        if self.attempt(outgoing, ingress).await == Meaning::Refused {
            let request = outgoing.request;
            self.journal.strange(format!("{request} was refused once its outcome was known"));
        }
    }

    fn url(&self, ingress: usize, path: &str) -> String {
        format!("http://{}{path}", self.ingresses[ingress % self.ingresses.len()])
    }

    async fn attempt(&self, outgoing: &OutgoingRequest, ingress: usize) -> Meaning {
        let url = self.url(ingress, &outgoing.path);
        let mut post = self.http.request(outgoing.method.clone(), url);
        post = post.bearer_auth(&self.patient.token).header("idempotency-key", &outgoing.key);
        if !outgoing.body.is_null() {
            post = post.json(&outgoing.body);
        }
        if let Some(prefer) = outgoing.prefer {
            post = post.header("prefer", prefer);
        }
        match answered(post).await {
            Ok((status, text)) => {
                self.journal.attempted(outgoing.request, &format!("{status} {text}"));
                if status < 300 {
                    self.take(outgoing, &text)
                } else {
                    self.refused(outgoing, status, &text)
                }
            }
            Err(error) => {
                self.journal.attempted(outgoing.request, &format!("no answer: {error}"));
                Meaning::Again
            }
        }
    }

    /// A Request, alone or within a refusal.
    fn take(&self, outgoing: &OutgoingRequest, document: &str) -> Meaning {
        match serde_json::from_str::<Request>(document) {
            Ok(request) if request.id == outgoing.request => match request.state.as_str() {
                "confirmed" | "rejected" | "expired" => self.journal.decided(request.id, document),
                _ => self.journal.accepted(request.id),
            },
            _ => self.journal.strange(format!("{} was answered {document}", outgoing.request)),
        }
        Meaning::Accepted
    }

    fn refused(&self, outgoing: &OutgoingRequest, status: u16, text: &str) -> Meaning {
        let problem = serde_json::from_str::<Problem<'_>>(text).ok();
        let code = problem.as_ref().and_then(|problem| problem.code.clone()).unwrap_or_default();
        if PASSING.contains(&code.as_str()) {
            return Meaning::Again;
        }
        match problem {
            Some(Problem { request: Some(document), .. }) => self.take(outgoing, document.get()),
            Some(Problem { accepted: Some(false), .. }) if status < 500 => Meaning::Refused,
            _ => {
                self.journal.strange(format!("{} was answered {status} {text}", outgoing.request));
                if status < 500 { Meaning::Refused } else { Meaning::Again }
            }
        }
    }

    /// The outcome, from whichever comes first: answer, socket, or a read after a while.
    async fn outcome(&self, outgoing: &OutgoingRequest, mut ingress: usize) -> String {
        loop {
            let told = async {
                loop {
                    if let Some(document) = self.journal.outcome(outgoing.request).await {
                        return document;
                    }
                }
            };
            if let Ok(document) = tokio::time::timeout(SOCKET_TIMEOUT, told).await {
                if outgoing.key.ends_with('0') {
                    self.read(outgoing, ingress + 1).await;
                }
                return document;
            }
            ingress += 1;
            self.read(outgoing, ingress).await;
        }
    }

    /// Reads the Request. 404 means that the marker is lost and the decision not made: no promise is broken.
    async fn read(&self, outgoing: &OutgoingRequest, ingress: usize) {
        let url = self.url(ingress, &format!("/v1/requests/{}", outgoing.request));
        let get = self.http.get(url).bearer_auth(&self.patient.token).header("prefer", "wait=1");
        if let Ok((200, text)) = answered(get).await {
            self.take(outgoing, &text);
        }
    }

    fn remember(&mut self, outgoing: &OutgoingRequest, document: &str) {
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        self.lobby.hear(&outgoing.action, outgoing.request, &document);
        self.in_tray.hear(&document["outcome"]);
        self.closings.hear(&document["outcome"]);
        let Part::Patient(held) = &mut self.part else { return };
        let outcome = &document["outcome"];
        held.hear(&mut self.chance, &outgoing.action, outcome);
        let id = |value: &Value| value.as_str().and_then(|id| id.parse::<Uuid>().ok());
        if let Action::Leave { ticket } = outgoing.action {
            held.tickets.remove(&ticket);
        } else {
            held.tickets.extend(id(&outcome["ticket"]["id"]));
        }
    }
}
