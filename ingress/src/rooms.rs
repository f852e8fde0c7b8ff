//! The joint of ingress: each room has its line in what is refused before the queue, in where a made thing is found,
//! in what is kept of the feed and in the routes. The way of a command (`submit`) calls only this.

use domain::feed::{Head, Line};
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

use crate::admission::Look;
use crate::state::App;
use crate::submit::Addressed;
use crate::{booking, directory};

/// What can be said of a command before the queue.
pub(crate) enum Precheck {
    /// Nothing: the worker alone knows the present state.
    Nothing,
    /// A doctor's time is wished for.
    Slot(booking::SlotWish),
}

impl Precheck {
    /// Why the command will surely be refused, if that can be told from here.
    pub async fn look(&self, app: &App, addressed: &Addressed) -> Option<Look> {
        match self {
            Precheck::Nothing => None,
            Precheck::Slot(wish) => Some(wish.look(app, addressed).await),
        }
    }
}

/// What a confirmed request is about, as its document says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ShownSubject {
    Booking(booking::ShownSubject),
    #[serde(other)]
    Other,
}

impl ShownSubject {
    /// The path of the thing.
    pub fn path(&self) -> Option<String> {
        match self {
            ShownSubject::Booking(subject) => subject.path(),
            ShownSubject::Other => None,
        }
    }
}

/// What rooms keep of the feed.
#[derive(Clone)]
pub(crate) struct FeedCaches {
    pub days: Arc<booking::Days>,
}

impl FeedCaches {
    /// A worker told of something that is no event.
    pub fn hear(&self, head: Head, line: &Line<'_>) {
        if let Line::Day { doctor, day, revision } = *line {
            self.days.changed((doctor, day), (head.epoch, revision));
        }
    }
}

/// The routes of all rooms.
pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().merge(booking::routes()).merge(directory::routes())
}
