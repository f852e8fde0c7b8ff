//! Places of requests that wait to be decided. A client says on its socket for which request it waits; from then on the sockets of
//! its account are told where that stands, once a second at most and only when it has changed, until it is decided. What the turn
//! of a request is, stands in the marker that ingress has set in Redis; how far its partition is, the feed says; what is held
//! back stands in the database. Without Redis nothing is told. Nobody is looked for who has not asked, so a crowd that does
//! not ask costs nothing here.

use domain::ids::{AccountId, RequestId};
use domain::partition::PartitionId;
use domain::time::{Shown as ShownTime, Timestamp, Zone};
use platform::clock::Clock;
use platform::crash;
use platform::kv::Kv;
use platform::marker::{self, Marker};
use platform::partitions::Partitions;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

use crate::hub::Hub;
use crate::states::Shown;
use crate::store::Store;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Requests for which an account waits here: a newer one takes the place of the oldest.
const MAX_OF_ACCOUNT: usize = 10;

/// What a client may say on its socket. Anything else is passed over.
#[derive(Deserialize)]
struct Said {
    watch: RequestId,
}

/// A decided Request, as far as it is looked at.
#[derive(Deserialize)]
struct Decided {
    id: RequestId,
}

/// When the turn of a request comes.
#[derive(Clone, Copy)]
struct Turn {
    partition: PartitionId,
    due: u64,
    zone: Zone,
}

struct Watched {
    request: RequestId,
    /// `None`: its marker is to be read.
    turn: Option<Turn>,
}

#[derive(Serialize)]
struct Members {
    r#type: &'static str,
    at: ShownTime,
    request_id: RequestId,
    ahead: u64,
    estimate_s: Option<f64>,
    as_of: ShownTime,
}

/// For which request a client says that it waits.
pub fn watched(text: &str) -> Option<RequestId> {
    domain::json::object::<Said>(text.as_bytes()).ok().map(|said| said.watch)
}

/// The frame: how many go before it, and the seconds until its turn where they are known.
pub fn place_frame(
    request_id: RequestId,
    (ahead, estimate_s): (u64, Option<f64>),
    now: Timestamp,
    zone: Zone,
) -> Arc<Shown> {
    let (at, as_of) = (ShownTime(now, chrono_tz::UTC), ShownTime(now, zone));
    let members = Members { r#type: "place", at, request_id, ahead, estimate_s, as_of };
    let text = domain::json::json_text(&members);
    let tail = format!(r#"",{}"#, text.strip_prefix('{').unwrap_or("}"));
    let version = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    Arc::new(Shown { of: request_id.uuid(), version, look: ahead.to_string(), tail })
}

/// Those of this replica's listeners.
pub struct Waiting {
    hub: Arc<Hub>,
    store: Store,
    kv: Kv,
    clock: Clock,
    pub partitions: Partitions,
    watched: Mutex<HashMap<AccountId, Vec<Watched>>>,
    work: Notify,
}

impl Waiting {
    /// `settled` is how many commands of every partition have ever been settled.
    pub fn new(hub: Arc<Hub>, store: Store, kv: Kv, clock: Clock, settled: &[u64]) -> Self {
        let (partitions, work) = (Partitions::new(settled), Notify::new());
        Self { hub, store, kv, clock, partitions, watched: Mutex::default(), work }
    }

    /// A client has said something.
    pub fn hear(&self, account: AccountId, text: &str) {
        let Some(request) = watched(text) else { return };
        let mut watched = self.lock();
        let of_account = watched.entry(account).or_default();
        if of_account.iter().all(|watched| watched.request != request) {
            if of_account.len() >= MAX_OF_ACCOUNT {
                of_account.remove(0);
            }
            of_account.push(Watched { request, turn: None });
        }
        drop(watched);
        self.work.notify_one();
    }

    /// The account is told of an event, after this. Where it decides what is waited for, no place of that follows.
    pub fn told(&self, account: AccountId, document: &str) {
        let mut watched = self.lock();
        let Some(of_account) = watched.get_mut(&account) else { return };
        let Ok(Decided { id }) = serde_json::from_str(document) else { return };
        of_account.retain(|watched| watched.request != id);
        self.hub.forget(account, id.uuid());
    }

    /// Looks once a second while anybody waits, for ever.
    pub async fn run(self: Arc<Self>) {
        loop {
            crash::round("waiting");
            if self.lock().is_empty() {
                self.work.notified().await;
            }
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "cannot look where requests stand that wait");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn look(&self) -> Result<(), sqlx::Error> {
        let (unread, all) = {
            let mut watched = self.lock();
            watched.retain(|account, all| !all.is_empty() && self.hub.listens(*account));
            let flat =
                watched.iter().flat_map(|(account, all)| all.iter().map(|one| (*account, one)));
            let unread = flat.filter(|(_, one)| one.turn.is_none());
            let unread: Vec<_> = unread.map(|(account, one)| (account, one.request)).collect();
            let all = watched.values().flatten().map(|one| one.request).collect::<Vec<_>>();
            (unread, all)
        };
        for (account, request) in unread {
            let turn = self.turn(account, request).await;
            self.found(account, request, turn);
        }
        // Asked after they are watched: what is decided later is told, and then watched no more.
        for decided in self.store.decided(&all).await? {
            self.lock().values_mut().for_each(|all| all.retain(|one| one.request != decided));
        }
        let held = self.store.held_before(&all).await?;
        self.show(&held);
        Ok(())
    }

    /// As its marker says; `None`: it is nobody's, somebody else's, or Redis does not answer.
    async fn turn(&self, account: AccountId, request: RequestId) -> Option<Turn> {
        let text = self.kv.get(&self.kv.key(marker::key(request))).await.ok().flatten()?;
        let marker = Marker::read(&text).filter(|marker| marker.owner == account)?;
        let Marker { queue, due, zone, .. } = marker;
        Some(Turn { partition: queue.partition, due, zone })
    }

    fn found(&self, account: AccountId, request: RequestId, turn: Option<Turn>) {
        let mut watched = self.lock();
        let Some(of_account) = watched.get_mut(&account) else { return };
        match of_account.iter_mut().find(|one| one.request == request) {
            Some(one) if turn.is_some() => one.turn = turn,
            _ => of_account.retain(|one| one.request != request),
        }
    }

    /// `held`: how many of its hospital go before a request that is held back.
    fn show(&self, held: &HashMap<RequestId, u64>) {
        let now = self.clock.now();
        for (account, all) in &*self.lock() {
            for Watched { request, turn } in all {
                let Some(turn) = turn else { continue };
                let held = held.get(request).copied();
                self.hub.show(*account, || self.place(*request, *turn, held, now));
            }
        }
    }

    fn place(
        &self,
        request: RequestId,
        turn: Turn,
        held: Option<u64>,
        now: Timestamp,
    ) -> Arc<Shown> {
        let estimate = self.partitions.estimate_of(turn.partition, turn.due, now);
        let (ahead, estimate_s) =
            held.map_or((estimate.ahead, estimate.estimate_s), |before| (before, None));
        place_frame(request, (ahead, estimate_s), now, turn.zone)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Vec<Watched>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::config::Env;
    use sqlx::MySqlPool;

    #[tokio::test]
    async fn an_account_waits_for_its_ten_newest_requests_until_they_are_decided() {
        let pool = MySqlPool::connect_lazy("mysql://nobody@127.0.0.1:1/none").unwrap();
        let redis = ("REDIS_URL".to_owned(), "redis://127.0.0.1:1".to_owned());
        let kv = Kv::from_env(&Env::from_pairs([redis])).unwrap();
        let (hub, store) = (Arc::new(Hub::new(&[0], 9, 9)), Store::new(pool));
        let waiting = Waiting::new(hub, store, kv, Clock::host(), &[0]);
        let account = AccountId::generate();
        let all: Vec<RequestId> = (0..12).map(|_| RequestId::generate()).collect();
        for request in all.iter().chain([&all[11]]) {
            waiting.hear(account, &format!(r#"{{"watch":"{request}"}}"#));
        }
        for text in ["", "{}", r#"{"watch":1}"#, "[]"] {
            waiting.hear(account, text);
        }
        let watched = || -> Vec<RequestId> {
            waiting.lock()[&account].iter().map(|watched| watched.request).collect()
        };
        assert_eq!(watched(), all[2..]);
        waiting.told(account, &format!(r#"{{"id":"{}","state":"confirmed"}}"#, all[11]));
        waiting.told(account, r#"{"code":"TICKET_SOON"}"#);
        assert_eq!(watched(), all[2..11]);
    }
}
