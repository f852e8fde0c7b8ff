//! What rooms keep of the feed. A joint: each room has its line.

use domain::feed::{Entry, Head};
use std::sync::Arc;

use crate::booking;

/// What rooms keep of the feed.
#[derive(Clone)]
pub(crate) struct FeedCaches {
    pub days: Arc<booking::Days>,
}

impl FeedCaches {
    /// A worker told of something that is no event.
    pub fn hear(&self, head: Head, line: &Entry<'_>) {
        if let Entry::Day { doctor, day, revision } = *line {
            self.days.changed((doctor, day), (head.epoch, revision));
        }
    }
}
