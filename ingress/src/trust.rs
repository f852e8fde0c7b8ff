//! Whether "no marker" means "never seen". It does when Redis holds markers for longer than a marker lives, or
//! when nothing had been decided before it began to. Otherwise, and with Redis away, the database
//! is asked before a retry could be refused as if it were new.

use domain::time::Timestamp;
use sqlx::MySqlPool;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{markers, store_requests};

/// What was found out for the `since` seen last.
pub(crate) struct Trust {
    database: MySqlPool,
    found: Arc<Mutex<Option<(Timestamp, Found)>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Found {
    Asking,
    /// Nothing was decided before.
    Nothing,
    Something,
}

impl Trust {
    pub fn new(database: MySqlPool) -> Self {
        Self { database, found: Arc::default() }
    }

    /// `since` is what Redis said, `None` when it said nothing. While the database is being asked: no.
    pub fn in_absence(&self, since: Option<Timestamp>, now: Timestamp) -> bool {
        let Some(since) = since else { return false };
        let lives = i64::try_from(markers::TIME_TO_LIVE.as_millis()).unwrap_or(i64::MAX);
        if (now - since).num_milliseconds() > lives {
            return true;
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match *found {
            Some((of, answer)) if of == since => answer == Found::Nothing,
            _ => {
                *found = Some((since, Found::Asking));
                tokio::spawn(ask(self.database.clone(), Arc::clone(&self.found), since));
                false
            }
        }
    }
}

async fn ask(database: MySqlPool, found: Arc<Mutex<Option<(Timestamp, Found)>>>, since: Timestamp) {
    let answer = store_requests::any_before(&database, since).await;
    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
    if found.is_some_and(|(of, _)| of == since) {
        // After a failure the next one asks again.
        *found = answer.ok().map(|any| (since, if any { Found::Something } else { Found::Nothing }));
    }
}
