//! Places of those who wait, pushed when they change. The orders of the lines that somebody here listens to are kept and
//! follow the feed's events. One that is not known, or whose events do not follow its version, is read from the
//! database, many at once and each by one reader alone.
//!
//! That no socket is told an older place after a newer one, also if it saw that at another notifier: a socket is told
//! no place before the database was asked, after it came, for the versions of its lines; a line that is behind its
//! version is read anew first, and tells nothing until then. Versions of a line only rise here.

use domain::directory::DoctorDay;
use domain::ids::{AccountId, TicketId};
use domain::line::estimate::Outlook;
use domain::line::{Happened, LineEvent, Place, Standing};
use domain::time::Timestamp;
use platform::clock::Clock;
use platform::line::order_store::{self, KnownLine};
use platform::{crash, retry};
use sqlx::MySqlPool;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

use super::{shown, store};
use crate::hub::{Hub, ListenerId};

/// Between two looks for lines to which nobody listens any more.
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// Events of a line that are kept while it is read.
const MAX_SINCE: usize = 256;
/// Why a place is told that no change has just moved.
const PRESENT: &str = "present";

/// The places of this replica's listeners.
pub struct Places {
    hub: Arc<Hub>,
    clock: Clock,
    lines: Mutex<Lines>,
    work: Notify,
}

#[derive(Default)]
struct Lines {
    known: HashMap<DoctorDay, KnownLine>,
    /// Lines to be read. What is known of them is old.
    wanted: HashMap<DoctorDay, Wanted>,
    came: Vec<ListenerId>,
}

#[derive(Default)]
struct Wanted {
    /// At this one or a later.
    version: u64,
    /// What was heard first to have happened to tickets.
    reasons: HashMap<TicketId, String>,
    /// What was heard since, in order: a line that many join at once need not be read for each of them.
    since: Vec<LineEvent>,
}

impl Lines {
    fn want(&mut self, day: DoctorDay, version: u64) -> &mut Wanted {
        let wanted = self.wanted.entry(day).or_default();
        wanted.version = version.max(wanted.version);
        wanted
    }

    fn want_after(&mut self, day: DoctorDay, event: LineEvent) {
        if let Some(wanted) = self.wanted.get_mut(&day)
            && wanted.since.len() < MAX_SINCE
        {
            return wanted.since.push(event);
        }
        let reason = |change: &Happened| Some((change.ticket?.id, change.reason().to_owned()));
        let wanted = self.want(day, event.to);
        wanted.since.clear();
        wanted.reasons.extend(event.changes.iter().filter_map(reason));
    }
}

impl Places {
    pub fn new(hub: Arc<Hub>, clock: Clock) -> Self {
        Self { hub, clock, lines: Mutex::default(), work: Notify::new() }
    }

    /// A socket has come, and has been told what it missed.
    pub fn came(&self, listener: ListenerId) {
        self.lock().came.push(listener);
        self.work.notify_one();
    }

    /// A line has changed.
    pub fn hear(&self, day: DoctorDay, event: LineEvent) {
        let mut lines = self.lock();
        let version = lines.known.get(&day).map(|line| line.order.version);
        let concerns = |change: &Happened| {
            let account = change.ticket.and_then(|ticket| ticket.account);
            account.is_some_and(|account| self.hub.listens(account))
        };
        match version {
            _ if lines.wanted.contains_key(&day) => lines.want_after(day, event),
            Some(version) if event.to <= version => return,
            Some(version) if event.from == version => {
                if let Some(line) = lines.known.get_mut(&day) {
                    self.follow(line, &event);
                }
                return;
            }
            None if !event.changes.iter().any(concerns) => return,
            Some(_) | None => lines.want_after(day, event),
        }
        self.work.notify_one();
    }

    /// Applies an event and tells the places that it changes.
    fn follow(&self, line: &mut KnownLine, event: &LineEvent) {
        let places = |line: &KnownLine| -> HashMap<TicketId, Place> {
            line.order.places().map(|(standing, place)| (standing.id, place)).collect()
        };
        let before = places(line);
        let mut last = before.clone();
        let mut reasons: HashMap<TicketId, &str> = HashMap::new();
        for change in &event.changes {
            let Some(ticket) = change.ticket else { continue };
            line.order.put(ticket);
            for (standing, place) in line.order.places() {
                let was = last.insert(standing.id, place);
                if was.is_none_or(|was| !was.looks_like(place)) {
                    reasons.insert(standing.id, change.reason());
                }
            }
        }
        line.order.version = event.to;
        if let Some(recent) = &event.recent {
            line.recent.clone_from(recent);
        }
        let reason = |standing: &Standing, place: Place| {
            let was = before.get(&standing.id);
            let changed = was.is_none_or(|was| !was.looks_like(place));
            reasons.get(&standing.id).copied().filter(|_| changed)
        };
        self.tell(line, event.at, reason);
    }

    /// Tells the listeners of tickets for which there is a reason.
    fn tell<'r>(
        &self,
        line: &KnownLine,
        at: Timestamp,
        reason: impl Fn(&Standing, Place) -> Option<&'r str>,
    ) {
        let outlook: Option<Outlook> = line.outlook();
        for (standing, place) in line.order.places() {
            let Some(account) = standing.account else { continue };
            let Some(reason) = reason(standing, place) else { continue };
            self.hub.show(account, || {
                let wait = |ahead| line.wait(outlook.as_ref(), ahead, at).into();
                let estimate = place.ahead.map(wait);
                shown::place(standing.id, place, estimate, line.order.version, reason, at)
            });
        }
    }

    /// Reads what is wanted, for ever.
    pub async fn run(self: Arc<Self>, pool: MySqlPool) {
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        loop {
            crash::round("places");
            tokio::select! {
                () = self.work.notified() => {}
                _ = sweep.tick() => self.sweep(),
            }
            let came = std::mem::take(&mut self.lock().came);
            if !came.is_empty() {
                let accounts: HashSet<AccountId> = came.iter().map(|one| one.account).collect();
                let read = || store::lines_of(&pool, &accounts);
                let found = retry::until_it_works("reading the tickets of accounts", read).await;
                self.welcome(&came, &accounts, found);
            }
            loop {
                let wanted: Vec<DoctorDay> = self.lock().wanted.keys().copied().collect();
                if wanted.is_empty() {
                    break;
                }
                let read = || order_store::lines(&pool, &wanted);
                let found = retry::until_it_works("reading lines", read).await;
                self.take_in(&wanted, found);
            }
        }
    }

    /// The sockets that came are told how their tickets stand, at once or as soon as the line is read.
    fn welcome(
        &self,
        came: &[ListenerId],
        accounts: &HashSet<AccountId>,
        found: Vec<(DoctorDay, u64)>,
    ) {
        let mut lines = self.lock();
        for (day, version) in found {
            if lines.known.get(&day).is_none_or(|line| line.order.version < version) {
                lines.want(day, version);
            }
        }
        for listener in came {
            self.hub.open_states(*listener);
        }
        let now = self.clock.now();
        for (day, line) in &lines.known {
            let theirs = |standing: &Standing| {
                standing.status.is_live()
                    && standing.account.is_some_and(|account| accounts.contains(&account))
            };
            if !lines.wanted.contains_key(day) {
                self.tell(line, now, |standing, _| theirs(standing).then_some(PRESENT));
            }
        }
    }

    /// Lines were read. One that is older than what was heard meanwhile stays wanted.
    fn take_in(&self, wanted: &[DoctorDay], mut found: HashMap<DoctorDay, KnownLine>) {
        let mut lines = self.lock();
        let now = self.clock.now();
        for day in wanted {
            let line = found.remove(day);
            let version = line.as_ref().map_or(u64::MAX, |line| line.order.version);
            if lines.wanted.get(day).is_some_and(|wanted| wanted.version > version) {
                continue;
            }
            let Wanted { reasons, since, .. } = lines.wanted.remove(day).unwrap_or_default();
            let Some(mut line) = line else { continue };
            let before = lines.known.get(day);
            self.tell(&line, now, |standing, place| {
                let was = before.and_then(|before| before.order.place_of(standing.id));
                let changed = was.is_some_and(|was| !was.looks_like(place));
                let reason = reasons.get(&standing.id).map_or(PRESENT, String::as_str);
                (changed || standing.status.is_live()).then_some(reason)
            });
            for event in since {
                if event.from == line.order.version {
                    self.follow(&mut line, &event);
                } else if event.to > line.order.version {
                    lines.want(*day, event.to);
                }
            }
            lines.known.insert(*day, line);
        }
    }

    /// Forgets lines to which nobody listens.
    fn sweep(&self) {
        let listens = |line: &KnownLine| {
            let mut accounts = line.order.places().filter_map(|(standing, _)| standing.account);
            accounts.any(|account| self.hub.listens(account))
        };
        self.lock().known.retain(|_, line| listens(line));
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "places_tests.rs"]
mod tests;
