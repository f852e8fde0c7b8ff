//! RabbitMQ connections, from a deadpool-lapin pool a purpose: publishing and consuming never share one,
//! since a blocked connection would freeze acknowledgements too. The pool makes and replaces
//! connections; channels are long-lived and belong to one task each. Recovery is ours: a broken
//! connection is seen by its task, which starts again with a new channel.

use deadpool_lapin::{Connection, Pool, PoolConfig, Runtime, Timeouts};
use lapin::ConnectionProperties;
use lapin::message::Delivery;
use lapin::options::{
    BasicConsumeOptions, BasicQosOptions, ConfirmSelectOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use std::time::Duration;
use uuid::Uuid;

mod publish;

pub use publish::{Outgoing, Unconfirmed, publish_confirmed};

use crate::address::address;
use crate::config::{ConfigError, Env, invalid};
use crate::topology;

/// A frozen broker is noticed after two of these, seconds.
pub const HEARTBEAT_S: u64 = 5;
/// For opening a connection or a channel.
pub const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// For the write and for the confirm of a message, where no setting says: below twice the heartbeat.
pub const CONFIRM_TIMEOUT: Duration = Duration::from_secs(8);

/// Connections to the broker.
#[derive(Clone)]
pub struct Broker {
    pool: Pool,
    name: &'static str,
}

/// A channel with the connection that carries it. Dropping it gives the connection back.
pub struct Channel {
    pub channel: lapin::Channel,
    connection: Connection,
}

/// Opening failed.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    #[error("the broker is not reached: {0}")]
    Pool(#[from] deadpool_lapin::PoolError),
    #[error("the broker refused: {0}")]
    Amqp(#[from] lapin::Error),
    #[error("the broker did not answer in time")]
    TimedOut,
}

impl Broker {
    /// `AMQP_URL`, for `name` ("ingress publish"), at most `connections` of them.
    pub fn from_env(
        env: &Env,
        name: &'static str,
        connections: usize,
    ) -> Result<Self, ConfigError> {
        let url = address(env, "AMQP_URL")?;
        let joint = if url.contains('?') { '&' } else { '?' };
        let config = deadpool_lapin::Config {
            url: Some(format!("{url}{joint}heartbeat={HEARTBEAT_S}")),
            pool: Some(PoolConfig {
                max_size: connections,
                timeouts: Timeouts {
                    wait: Some(OPEN_TIMEOUT),
                    create: Some(OPEN_TIMEOUT),
                    recycle: Some(OPEN_TIMEOUT),
                },
                ..PoolConfig::default()
            }),
        };
        let properties = move || {
            ConnectionProperties::default().with_connection_name(format!("docde {name}").into())
        };
        let pool = config
            .create_pool(properties, Runtime::Tokio1)
            .map_err(|error| invalid("AMQP_URL", &error))?;
        Ok(Self { pool, name })
    }

    /// Takes a connection of its own out of the pool and opens a channel on it.
    pub async fn channel(&self) -> Result<Channel, BrokerError> {
        let open = async {
            let connection = self.pool.get().await?;
            let channel = connection.create_channel().await?;
            Ok(Channel { channel, connection })
        };
        tokio::time::timeout(OPEN_TIMEOUT, open).await.unwrap_or(Err(BrokerError::TimedOut))
    }

    /// A channel with confirms asked for; without that, publishes would be "confirmed" in silence.
    pub async fn confirm_channel(&self) -> Result<Channel, BrokerError> {
        let open = self.channel().await?;
        in_time(open.channel.confirm_select(ConfirmSelectOptions::default())).await?;
        Ok(open)
    }

    /// What this replica's own queues and logs are called.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl Channel {
    pub fn is_open(&self) -> bool {
        self.channel.status().connected() && self.connection.status().connected()
    }

    /// A further channel on the same connection.
    pub async fn another(&self) -> Result<lapin::Channel, BrokerError> {
        in_time(self.connection.create_channel()).await
    }

    /// Consumes a durable queue, `prefetch` messages at a time.
    pub async fn consume(
        &self,
        queue: &str,
        prefetch: u16,
    ) -> Result<lapin::Consumer, BrokerError> {
        consume(&self.channel, queue, prefetch).await
    }

    /// Declares this replica's own exclusive queue for the outcomes, bound and consumed. It goes with
    /// its connection; what it misses meanwhile is read from the database.
    pub async fn consume_outcomes(&self, service: &str) -> Result<lapin::Consumer, BrokerError> {
        let name = format!("docde.{service}.{}", Uuid::now_v7());
        let options = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongInt(50_000));
        in_time(self.channel.queue_declare(name.as_str().into(), options, arguments)).await?;
        let bind = self.channel.queue_bind(
            name.as_str().into(),
            topology::OUTCOMES.into(),
            "".into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        );
        in_time(bind).await?;
        // Without acknowledgements nothing would hold the broker back: all that a busy listener has not read yet would be in
        // this process, instead of in a queue whose length is bounded.
        in_time(self.channel.basic_qos(OUTCOMES_PREFETCH, BasicQosOptions::default())).await?;
        let options = BasicConsumeOptions { exclusive: true, ..BasicConsumeOptions::default() };
        in_time(self.channel.basic_consume(
            name.as_str().into(),
            "".into(),
            options,
            FieldTable::default(),
        ))
        .await
    }

    /// Closes the channel, so that the next consumer of its queue goes on in order. lapin's close can
    /// hang on a broken connection, hence the limit.
    pub async fn close(self) {
        let _ = in_time(self.channel.close(200, "done".into())).await;
    }
}

/// Messages of the outcomes that a replica holds unacknowledged.
pub const OUTCOMES_PREFETCH: u16 = 256;

/// Consumes `queue` on a channel.
pub async fn consume(
    channel: &lapin::Channel,
    queue: &str,
    prefetch: u16,
) -> Result<lapin::Consumer, BrokerError> {
    in_time(channel.basic_qos(prefetch, BasicQosOptions::default())).await?;
    in_time(channel.basic_consume(
        queue.into(),
        "".into(),
        BasicConsumeOptions::default(),
        FieldTable::default(),
    ))
    .await
}

async fn in_time<T>(work: impl Future<Output = lapin::Result<T>>) -> Result<T, BrokerError> {
    match tokio::time::timeout(OPEN_TIMEOUT, work).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(BrokerError::TimedOut),
    }
}

/// Text of a header.
pub fn header_text(delivery: &Delivery, name: &str) -> Option<String> {
    match delivery.properties.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongString(text) => Some(String::from_utf8_lossy(text.as_bytes()).into_owned()),
        AMQPValue::ShortString(text) => Some(text.as_str().to_owned()),
        _ => None,
    }
}

/// Number of a header.
pub fn header_number(delivery: &Delivery, name: &str) -> Option<u64> {
    match delivery.properties.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongLongInt(number) => u64::try_from(*number).ok(),
        AMQPValue::LongInt(number) => u64::try_from(*number).ok(),
        AMQPValue::ShortShortUInt(number) => Some(u64::from(*number)),
        AMQPValue::ShortUInt(number) => Some(u64::from(*number)),
        AMQPValue::LongUInt(number) => Some(u64::from(*number)),
        _ => None,
    }
}
