//! The indexer will keep the search index in step with the database. **It writes no index yet**: search
//! is the next piece of the road map. What it does already is the part that the freshness of search
//! rests on: it follows the feed of committed batches, counts the doctors' days that changed, and says
//! how many committed events it has not seen.

use domain::feed::{self, Entry};
use domain::partition::PartitionId;
use platform::broker::Broker;
use platform::config::{ConfigError, Env};
use platform::management::Management;
use platform::service::Context;
use platform::{Failure, heads_store, metrics, start};
use sqlx::mysql::MySqlPool;
use std::time::Duration;
use tokio::net::TcpListener;

const POLL: Duration = Duration::from_secs(1);

/// Settings: `DATABASE_URL`, `AMQP_URL` and `RABBITMQ_UI_URL`, as in `platform`.
pub struct Config {
    pub pool: MySqlPool,
    pub broker: Broker,
    pub management: Management,
}

impl Config {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            pool: platform::database::pool(env, 2)?,
            broker: Broker::from_env(env, "indexer outcomes", 1)?,
            management: Management::from_env(env)?,
        })
    }
}

/// Follows the feed until stopped. The listener is held for the search service to come; nobody is answered.
pub async fn run(config: Config, listener: TcpListener, context: Context) -> Result<(), Failure> {
    let Some(heads) = start::wait(&config.pool, &config.management, &context.shutdown).await?
    else {
        return Ok(());
    };
    let Some(mut messages) =
        platform::outcomes::subscribe(config.broker, "indexer", &context.tasks).await
    else {
        return Ok(());
    };
    let mut seen = Seen(heads);
    metrics::INDEX_DAYS.inc_by(0); // shown from the start, not from the first change
    let mut poll = tokio::time::interval(POLL);
    context.readiness.set(true);
    loop {
        tokio::select! {
            message = messages.recv() => match message {
                Some(message) => seen.take(&message),
                None => return Err("the feed of outcomes ended".into()),
            },
            _ = poll.tick() => match heads_store::heads(&config.pool).await {
                Ok(heads) => seen.compare(&heads),
                Err(error) => tracing::warn!(%error, "the database does not answer; the lag is not known"),
            },
            () = context.shutdown.stopping() => break,
        }
    }
    context.readiness.set(false);
    drop(listener);
    Ok(())
}

/// The last event seen of every partition.
struct Seen(Vec<u64>);

impl Seen {
    fn take(&mut self, message: &[u8]) {
        let Some((head, lines)) = feed::read(message) else { return };
        let Some(seen) = self.0.get_mut(usize::from(head.partition.index())) else { return };
        for line in lines {
            match line {
                Entry::Event { seq, .. } => *seen = seq.max(*seen),
                Entry::Day { .. } => metrics::INDEX_DAYS.inc(),
                Entry::Echo { .. } | Entry::Decided { .. } => {}
            }
        }
    }

    fn compare(&self, heads: &[u64]) {
        for (index, (head, seen)) in (0..).zip(heads.iter().zip(&self.0)) {
            let lag = i64::try_from(head.saturating_sub(*seen)).unwrap_or(i64::MAX);
            metrics::INDEX_LAG.with_label_values(&[&PartitionId::new(index).to_string()]).set(lag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::command::BodyHash;
    use domain::event::{Audience, EventKind};
    use domain::feed::{Feed, Head};
    use domain::ids::{AccountId, DoctorId};

    #[test]
    fn the_lag_is_what_was_committed_and_not_seen() {
        let mut seen = Seen(vec![4, 0]);
        let mut message = Feed::new(Head {
            partition: PartitionId::new(1),
            epoch: 1,
            backlog: 0,
            rate: 0.0,
            settled: 0,
        });
        let to = Audience::Account(AccountId::generate());
        message.push(Entry::Event {
            seq: 7,
            to,
            kind: EventKind::Outcome,
            about: None,
            body_hash: BodyHash::UNKNOWN,
            document: "{}",
        });
        message.push(Entry::Day {
            doctor: DoctorId::generate(),
            day: "2026-11-23".parse().unwrap(),
            revision: 1,
        });
        let days = metrics::INDEX_DAYS.get();
        seen.take(&message.into_bytes());
        seen.take(b"no feed message");
        assert_eq!(metrics::INDEX_DAYS.get(), days + 1);
        seen.compare(&[4, 9]);
        assert_eq!(metrics::INDEX_LAG.with_label_values(&["p00"]).get(), 0);
        assert_eq!(metrics::INDEX_LAG.with_label_values(&["p01"]).get(), 2);
    }
}
