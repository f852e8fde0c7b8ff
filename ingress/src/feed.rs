//! Listening to what workers have committed: outcomes for those who wait, days that changed, how long the
//! lines are. What is missed while the connection is away costs latency only: waiters read the
//! database at their deadline and copies grow old.

use domain::feed::{self, Entry};
use domain::partition::QueueId;
use platform::broker::Broker;
use platform::tasks::Tasks;
use platform::{crash, outcomes};
use std::sync::Arc;

use crate::feed_caches::FeedCaches;
use crate::waiters::Waiters;
use platform::partitions::Partitions;

/// Who is told.
#[derive(Clone)]
pub(crate) struct Listeners {
    pub waiters: Arc<Waiters>,
    pub partitions: Arc<Partitions>,
    pub rooms: FeedCaches,
}

/// Listens until hard shutdown.
pub(crate) async fn run(broker: Broker, listeners: Listeners, tasks: Tasks) {
    crash::round("feed");
    if let Some(mut messages) = outcomes::subscribe(broker, "ingress", &tasks).await {
        while let Some(message) = messages.recv().await {
            crash::round("feed");
            listeners.hear(&message);
        }
    }
}

impl Listeners {
    fn hear(&self, message: &[u8]) {
        let Some((head, lines)) = feed::read(message) else {
            tracing::warn!(bytes = message.len(), "a message of the outcomes feed cannot be read");
            return;
        };
        self.partitions.hear(head);
        for line in lines {
            match line {
                // Only a document that is the Request itself answers whoever waits for it.
                Entry::Event { kind, about: Some(request), body_hash, document, .. }
                    if kind.shows_request() =>
                {
                    self.waiters.tell(request, body_hash, document);
                }
                Entry::Event { .. } | Entry::Hospital { .. } => {}
                Entry::Echo { request, body_hash, document } => {
                    self.waiters.tell(request, body_hash, document);
                }
                line @ (Entry::Day { .. } | Entry::Schedules { .. }) => {
                    self.rooms.hear(head, &line);
                }
                Entry::Decided { queue: kind, accepted_at } => {
                    self.partitions
                        .decided(QueueId { partition: head.partition, kind }, accepted_at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::command::BodyHash;
    use domain::event::{Audience, EventKind};
    use domain::feed::{Feed, Head};
    use domain::ids::{AccountId, RequestId};
    use domain::partition::{PartitionId, QueueKind};
    use platform::config::Env;
    use platform::directory::Directory;
    use platform::kv::Kv;
    use std::time::Duration;

    fn listeners() -> Listeners {
        let url = ("REDIS_URL".to_owned(), "redis://127.0.0.1:1".to_owned());
        let kv = Kv::from_env(&Env::from_pairs([url])).unwrap();
        let database = sqlx::MySqlPool::connect_lazy("mysql://nobody@127.0.0.1:1/none").unwrap();
        let (days, _) = crate::booking::Days::new(kv, database.clone());
        let (directory, _) = Directory::new(database, Duration::from_secs(1));
        let (waiters, partitions) = (Arc::new(Waiters::new(9)), Arc::new(Partitions::new(&[0])));
        Listeners {
            waiters,
            partitions,
            rooms: FeedCaches { days, directory: Arc::new(directory) },
        }
    }

    /// A notice about a request, or a place, is not the request's outcome.
    #[tokio::test]
    async fn whoever_waits_for_an_outcome_is_woken_by_nothing_else() {
        let listeners = listeners();
        let request = RequestId::generate();
        let mut waiter = listeners.waiters.register(request).unwrap();
        let (partition, to) = (PartitionId::new(0), Audience::Account(AccountId::generate()));
        let head = Head { partition, epoch: 1, backlog: 0, rate: 0.0, settled: 0 };
        let (about, body_hash) = (Some(request), BodyHash::of(b"x"));
        let mut feed = Feed::new(head);
        let kinds = [EventKind::Notice, EventKind::Line, EventKind::Outcome];
        for (seq, kind) in (1..).zip(kinds) {
            let document =
                if kind == EventKind::Outcome { r#"{"state":"confirmed"}"# } else { "{}" };
            feed.push(Entry::Event { seq, to, kind, about, body_hash, document });
        }
        listeners.hear(&feed.into_bytes());
        assert_eq!(&*waiter.outcome().await.unwrap().document, r#"{"state":"confirmed"}"#);
    }

    /// The desk goes before others: that one of its commands is decided says nothing of those.
    #[tokio::test]
    async fn what_is_decided_of_one_queue_says_nothing_of_the_other() {
        let listeners = listeners();
        let partition = PartitionId::new(0);
        let head = Head { partition, epoch: 1, backlog: 0, rate: 0.0, settled: 0 };
        let mut feed = Feed::new(head);
        let accepted_at = domain::time::from_millis(1_800_000_000_000);
        feed.push(Entry::Decided { queue: QueueKind::Desk, accepted_at });
        listeners.hear(&feed.into_bytes());
        let decided = |queue| listeners.partitions.decided_of(queue);
        assert_eq!(decided(partition.desk()), accepted_at);
        assert_eq!(decided(partition.usual()), domain::time::from_millis(0));
    }
}
