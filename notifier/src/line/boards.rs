//! Public boards: which numbers are called at a hospital, and where to go. Only where the hospital has opted in, and
//! nothing of a patient. A board that somebody looks at is read again when a call happened there, by one task alone, so
//! what is sent is never older than what was sent before.

use domain::ids::HospitalId;
use domain::line::{LineEvent, What};
use domain::time::{Shown as ShownTime, Timestamp};
use platform::clock::Clock;
use platform::{crash, retry};
use serde::Serialize;
use sqlx::MySqlPool;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};

use super::board_store::{self, Call};
use crate::public::{Public, Viewer};

/// All boards are read again so often: a hospital may have opted out, or the day be over.
const READ_EVERY: Duration = Duration::from_secs(30);
/// Where the boards are.
const PATH: &str = "/ws/boards/";

/// The boards that somebody looks at here.
pub struct Boards {
    pool: MySqlPool,
    clock: Clock,
    shown: Mutex<HashMap<HospitalId, watch::Sender<Public>>>,
    old: Mutex<HashSet<HospitalId>>,
    work: Notify,
}

#[derive(Serialize)]
struct Frame<'f> {
    r#type: &'static str,
    at: ShownTime,
    hospital_id: HospitalId,
    calls: &'f [Call],
}

/// What everybody who looks is sent.
pub fn frame(hospital_id: HospitalId, at: Timestamp, calls: &[Call]) -> String {
    let at = ShownTime(at, chrono_tz::UTC);
    domain::json::json_text(&Frame { r#type: "board", at, hospital_id, calls })
}

impl Boards {
    pub fn new(pool: MySqlPool, clock: Clock) -> Self {
        Self { pool, clock, shown: Mutex::default(), old: Mutex::default(), work: Notify::new() }
    }

    /// The hospital whose board is at that path.
    pub fn at(path: &str) -> Option<HospitalId> {
        path.strip_prefix(PATH)?.parse().ok()
    }

    /// Looks at a hospital's board, which it must show now. What is to be seen there comes.
    pub async fn look(&self, hospital: HospitalId) -> Result<Option<Viewer>, sqlx::Error> {
        let is_shown = board_store::is_shown(&self.pool, hospital).await?;
        let viewer = is_shown.then(|| self.subscribe(hospital));
        self.read_again([hospital]);
        Ok(viewer)
    }

    fn subscribe(&self, hospital: HospitalId) -> Viewer {
        let mut shown = lock(&self.shown);
        let board = shown.entry(hospital).or_insert_with(|| watch::channel(Public::Unread).0);
        // It may have opted in since it was read.
        board.send_if_modified(|before| {
            let gone = *before == Public::Gone;
            if gone {
                *before = Public::Unread;
            }
            gone
        });
        board.subscribe()
    }

    /// A line has changed.
    pub fn hear(&self, event: &LineEvent) {
        let calls = |what: What| matches!(what, What::Called | What::Undone);
        let concerns = event.changes.iter().any(|change| calls(change.what));
        if concerns && lock(&self.shown).contains_key(&event.hospital) {
            self.read_again([event.hospital]);
        }
    }

    fn read_again(&self, hospitals: impl IntoIterator<Item = HospitalId>) {
        lock(&self.old).extend(hospitals);
        self.work.notify_one();
    }

    /// Reads boards, for ever.
    pub async fn run(self: Arc<Self>) {
        let mut again = tokio::time::interval(READ_EVERY);
        loop {
            crash::round("boards");
            tokio::select! {
                () = self.work.notified() => {}
                _ = again.tick() => {
                    let mut shown = lock(&self.shown);
                    shown.retain(|_, board| board.receiver_count() > 0);
                    lock(&self.old).extend(shown.keys().copied());
                }
            }
            let old = std::mem::take(&mut *lock(&self.old));
            for hospital in old {
                let now = self.clock.now();
                let read = || board_store::calls(&self.pool, hospital, now);
                let calls = retry::until_it_works("reading a board", read).await;
                self.show(hospital, calls.as_deref());
            }
        }
    }

    /// `None`: the hospital shows no board.
    fn show(&self, hospital: HospitalId, calls: Option<&[Call]>) {
        let shown = lock(&self.shown);
        let Some(board) = shown.get(&hospital) else { return };
        let public = calls.map_or(Public::Gone, |calls| {
            let frame = frame(hospital, self.clock.now(), calls);
            let look = domain::json::json_text(&calls);
            Public::Shown { look, frame: frame.into() }
        });
        board.send_if_modified(|before| {
            let same = match (&*before, &public) {
                (Public::Shown { look, .. }, Public::Shown { look: new, .. }) => look == new,
                (before, new) => before == new,
            };
            if !same {
                *before = public.clone();
            }
            !same
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(number: u32) -> Call {
        Call {
            place: "1진료실".to_owned(),
            number,
            called_at: "2026-11-23T10:00:00+09:00".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_board_is_told_when_it_looks_otherwise() {
        let pool = MySqlPool::connect_lazy("mysql://nobody@127.0.0.1:1/none").unwrap();
        let boards = Boards::new(pool, Clock::host());
        let hospital = HospitalId::generate();
        assert_eq!(Boards::at(&format!("/ws/boards/{hospital}")), Some(hospital));
        assert_eq!(Boards::at("/ws/boards/x"), None);
        let mut viewer = boards.subscribe(hospital);
        for (number, news) in [(7, true), (7, false), (8, true)] {
            boards.show(hospital, Some(&[call(number)]));
            assert_eq!(viewer.has_changed().unwrap(), news, "{number}");
            viewer.mark_unchanged();
        }
        let Public::Shown { frame, .. } = viewer.borrow().clone() else { panic!() };
        assert!(frame.contains(r#""type":"board""#) && frame.contains(r#""number":8"#), "{frame}");
        boards.show(hospital, None);
        assert_eq!(*viewer.borrow_and_update(), Public::Gone);
    }
}
