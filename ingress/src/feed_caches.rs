//! What rooms keep of the feed. A joint: each room has its line.

use domain::feed::{Entry, Head};
use platform::directory::Directory;
use std::sync::Arc;

use crate::booking;

/// What rooms keep of the feed.
#[derive(Clone)]
pub(crate) struct FeedCaches {
    pub days: Arc<booking::Days>,
    pub directory: Arc<Directory>,
}

impl FeedCaches {
    /// A worker told of something that is no event.
    pub fn hear(&self, head: Head, line: &Entry<'_>) {
        match *line {
            Entry::Day { doctor, day, revision } => {
                self.days.changed((doctor, day), (head.epoch, revision));
            }
            Entry::Schedules { hospital } => self.directory.changed(hospital),
            _ => {}
        }
    }
}
