//! The joint of the notifier: what each room shows in a snapshot, what it makes of events that are not for an account, and
//! what it tells a socket that has come. Frames and hub know no room.

use domain::event::Audience;
use domain::ids::AccountId;
use platform::clock::Clock;
use serde_json::Value;
use sqlx::MySqlPool;
use std::sync::Arc;

use crate::hub::{Hub, ListenerId};
use crate::public::Viewer;
use crate::{booking, line};

/// What rooms keep of what their listeners are told.
#[derive(Clone)]
pub struct Rooms {
    pub places: Arc<line::Places>,
    pub boards: Arc<line::Boards>,
}

impl Rooms {
    pub fn new(hub: Arc<Hub>, pool: MySqlPool, clock: Clock) -> Self {
        let boards = Arc::new(line::Boards::new(pool, clock.clone()));
        Self { places: Arc::new(line::Places::new(hub, clock)), boards }
    }

    /// An event whose audience is no account.
    pub fn hear(&self, to: Audience, document: &str) {
        let Audience::Line(doctor, day) = to else { return };
        match serde_json::from_str(document) {
            Ok(event) => {
                self.boards.hear(&event);
                self.places.hear((doctor, day), event);
            }
            Err(error) => tracing::warn!(%error, "an event of a line cannot be read"),
        }
    }

    /// Whether what is at that path is for anybody to see.
    pub fn is_public(path: &str) -> bool {
        line::Boards::at(path).is_some()
    }

    /// Looks at what is at a public path; `None`: nothing.
    pub async fn look(&self, path: &str) -> Result<Option<Viewer>, sqlx::Error> {
        match line::Boards::at(path) {
            Some(hospital) => self.boards.look(hospital).await,
            None => Ok(None),
        }
    }

    /// A socket has come, and has been told what it missed.
    pub fn came(&self, listener: ListenerId) {
        self.places.came(listener);
    }
}

/// For each document of an event whether it is no longer worth telling.
pub async fn stale(pool: &MySqlPool, documents: &[&str]) -> Result<Vec<bool>, sqlx::Error> {
    line::stale(pool, documents).await
}

/// Members of a snapshot: how the account's things stand.
pub async fn snapshot(
    pool: &MySqlPool,
    account: AccountId,
) -> Result<Vec<(&'static str, Value)>, sqlx::Error> {
    let mut members = Vec::new();
    members.push(("bookings", booking::store::open(pool, account).await?));
    members.push(("tickets", line::store::live(pool, account).await?));
    Ok(members)
}
