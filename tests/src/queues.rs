//! The broker's queues as a test sees them: counts that are true at once, where the management API's are seconds old, and
//! messages with the headers of a publisher.

use domain::partition::{PartitionId, QueueId};
use domain::wire::header;
use lapin::options::{BasicPublishOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation};
use platform::broker::{self, Broker};
use platform::config::Env;
use platform::topology::{COMMANDS, DEAD, UNROUTED};
use std::collections::HashMap;
use uuid::Uuid;

use crate::world::{PARTITIONS, World, from_environment};

/// What lies in a queue and who waits for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Depth {
    /// Ready to be delivered; what a consumer holds is not counted.
    pub messages: u64,
    pub consumers: u64,
}

/// Looks into a queue; `None` where there is none, which closes the channel.
pub async fn look(channel: &Channel, queue: &str) -> Option<Depth> {
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare(queue.into(), passive, FieldTable::default()).await.ok()?;
    let (messages, consumers) = (queue.message_count().into(), queue.consumer_count().into());
    Some(Depth { messages, consumers })
}

/// Headers of a numbered message.
pub fn numbers(publisher: Uuid, first: u64, acked: u64) -> FieldTable {
    let number = |value: u64| AMQPValue::LongLongInt(i64::try_from(value).expect("a small number"));
    let mut headers = FieldTable::default();
    headers.insert(header::VERSION.into(), AMQPValue::LongInt(1));
    headers.insert(header::PUBLISHER.into(), AMQPValue::LongString(publisher.to_string().into()));
    headers.insert(header::SEQ.into(), number(first));
    headers.insert(header::ACKED.into(), number(acked));
    headers
}

/// Both queues of every partition.
pub(crate) fn of_commands() -> impl Iterator<Item = QueueId> {
    (0..PARTITIONS).map(PartitionId::new).flat_map(PartitionId::queues)
}

/// A test's queues, seen by an administrator whatever the settings say by now.
pub struct Queues(broker::Channel);

impl Queues {
    pub(crate) async fn of(world: &World) -> Self {
        let mut url = url::Url::parse(&from_environment("AMQP_URL")).expect("AMQP_URL");
        url.set_path(&world.vhost);
        let env = Env::from_pairs([("AMQP_URL".to_owned(), url.to_string())]);
        let broker = Broker::from_env(&env, "tests end", 1).expect("AMQP_URL");
        Self(broker.confirm_channel().await.expect("a channel"))
    }

    /// Each queue that there is.
    pub async fn depths(&self) -> HashMap<String, Depth> {
        let commands = of_commands().map(QueueId::name);
        let mut depths = HashMap::new();
        for queue in commands.chain([DEAD, UNROUTED].map(str::to_owned)) {
            let channel = self.0.another().await.expect("a channel");
            if let Some(depth) = look(&channel, &queue).await {
                depths.insert(queue, depth);
            }
        }
        depths
    }

    /// Sends an empty report of publishers of its own through each queue, one publisher a queue. Whatever was sent before
    /// has been settled once they are in the books.
    pub(crate) async fn send_marks(&self, publishers: [Uuid; 2]) {
        for queue in of_commands() {
            let publisher = publishers[queue.kind as usize];
            let properties = BasicProperties::default()
                .with_delivery_mode(2)
                .with_headers(numbers(publisher, 1, 0));
            let options = BasicPublishOptions::default();
            let key = queue.key(None);
            let publish =
                self.0.channel.basic_publish(COMMANDS.into(), key.into(), options, b"", properties);
            let confirmation = publish.await.expect("published").await.expect("a confirm");
            assert!(matches!(confirmation, Confirmation::Ack(None)), "{confirmation:?}");
        }
    }
}
