//! The broker by hand: publishing what a service would, or would not; looking into queues; taking things away behind the
//! system's back. And events committed by hand, as a worker that dies before it tells of them.

use docde_tests::queues;
pub use docde_tests::queues::numbers;
use docde_tests::wait::LIMIT;
use docde_tests::{Doctor, Patient, World};
use domain::booking::Book;
use domain::command::{BodyHash, Command, Kind};
use domain::event::{Audience, EventKind};
use domain::feed::{Entry, Feed, Head};
use domain::ids::{AccountId, RequestId};
use domain::partition::PartitionId;
use domain::people::Sender;
use domain::schedule::Visit;
use domain::time::Timestamp;
use domain::wire;
use futures_util::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Confirmation, Consumer};
use platform::broker::{Broker, Channel};
use platform::topology::{COMMANDS, OUTCOMES};
use sqlx::MySqlConnection;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// A publisher made by hand, with books as a good one keeps them.
pub struct DirectBroker {
    pub channel: Channel,
    pub publisher: Uuid,
    next: BTreeMap<PartitionId, u64>,
}

impl DirectBroker {
    pub async fn open(world: &World) -> Self {
        let broker = Broker::from_env(&world.env(), "tests", 1).expect("AMQP_URL");
        let channel = broker.confirm_channel().await.expect("a channel");
        Self { channel, publisher: Uuid::new_v4(), next: BTreeMap::new() }
    }

    /// Publishes anything, confirmed.
    pub async fn publish(&self, exchange: &str, key: &str, headers: FieldTable, body: &[u8]) {
        let properties = BasicProperties::default().with_delivery_mode(2).with_headers(headers);
        let confirm = self.channel.channel.basic_publish(
            exchange.into(),
            key.into(),
            BasicPublishOptions::default(),
            body,
            properties,
        );
        let confirmation = confirm.await.expect("published").await.expect("a confirm");
        assert!(matches!(confirmation, Confirmation::Ack(None)), "{confirmation:?}");
    }

    /// Frames in one message, numbered.
    pub async fn send(&mut self, partition: PartitionId, frames: &[Vec<u8>]) {
        let next = self.next.entry(partition).or_insert(1);
        let first = *next;
        *next += frames.len() as u64;
        let headers = numbers(self.publisher, first, first - 1);
        self.publish(COMMANDS, &partition.usual().key_of_many(), headers, &frames.join(&b'\n'))
            .await;
    }

    /// Commands, a message each, as fast as the broker takes them.
    pub async fn send_each(&mut self, commands: &[Command], partition: PartitionId) {
        let mut confirms = Vec::with_capacity(commands.len());
        for command in commands {
            let next = self.next.entry(partition).or_insert(1);
            let headers = numbers(self.publisher, *next, 0);
            *next += 1;
            let properties = BasicProperties::default().with_delivery_mode(2).with_headers(headers);
            let key = command.queue(partition).key(command.kind.doctor_id());
            let body = wire::encode(command);
            let publish = self.channel.channel.basic_publish(
                COMMANDS.into(),
                key.into(),
                BasicPublishOptions::default(),
                body.as_bytes(),
                properties,
            );
            confirms.push(publish.await.expect("published"));
        }
        for confirm in confirms {
            assert!(matches!(confirm.await.expect("a confirm"), Confirmation::Ack(None)));
        }
    }

    pub async fn send_one(&mut self, command: &Command, doctor: &Doctor) {
        self.send(doctor.partition(), &[wire::encode(command).into_bytes()]).await;
    }

    /// Tells the notifiers of an event, as the owner of its partition would.
    pub async fn tell(&self, event: &Event) {
        let (partition, settled) = (event.partition, 0);
        let head = Head { partition, epoch: 1, backlog: 0, rate: 0.0, settled };
        let mut feed = Feed::new(head);
        feed.push(Entry::Event {
            seq: event.seq,
            to: Audience::Account(event.account),
            kind: EventKind::Outcome,
            about: Some(event.request),
            body_hash: BodyHash::UNKNOWN,
            document: &event.document,
        });
        self.publish(OUTCOMES, "", FieldTable::default(), &feed.into_bytes()).await;
    }

    /// Messages that lie ready in a queue.
    pub async fn ready(&self, queue: &str) -> u32 {
        let queue = queues::look(&self.channel.channel, queue).await;
        u32::try_from(queue.expect("the queue").messages).expect("few")
    }

    /// A queue of the test's own that gets copies of what passes an exchange.
    pub async fn tap(&self, exchange: &str, key: &str) -> Consumer {
        let name = format!("tests.{}", Uuid::new_v4());
        let channel = self.channel.another().await.expect("a channel");
        let options = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        channel
            .queue_declare(name.as_str().into(), options, FieldTable::default())
            .await
            .expect("a queue");
        let (bind, none) = (QueueBindOptions::default(), FieldTable::default());
        channel
            .queue_bind(name.as_str().into(), exchange.into(), key.into(), bind, none.clone())
            .await
            .expect("a binding");
        let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
        channel
            .basic_consume(name.as_str().into(), "".into(), options, none)
            .await
            .expect("a consumer")
    }
}

/// Takes all messages off a queue that nobody consumes, once it holds `count` commands, and removes those that `removes`
/// names by the number of commands before them. The others go back, marked as delivered before.
pub async fn take(world: &World, queue: &str, count: usize, removes: impl Fn(usize) -> bool) {
    let broker = Broker::from_env(&world.env(), "tests take", 1).expect("AMQP_URL");
    let channel = broker.channel().await.expect("a channel");
    let mut consumer = channel.consume(queue, 256).await.expect("a consumer");
    let mut commands = 0;
    loop {
        // Publishers' reports lie between the commands, and behind them.
        let patience = if commands < count { LIMIT } else { Duration::from_millis(200) };
        let Ok(delivery) = tokio::time::timeout(patience, consumer.next()).await else { break };
        let delivery = delivery.expect("a message").expect("a delivery");
        if removes(commands) {
            delivery.ack(BasicAckOptions::default()).await.expect("an ack");
        }
        commands += usize::from(!delivery.data.is_empty());
    }
    assert_eq!(commands, count, "commands in {queue}");
    channel.close().await;
}

/// A return visit.
pub fn book(world: &World, patient: &Patient, doctor: &Doctor, starts_at: Timestamp) -> Command {
    let (patient_id, visit, sealed) = (None, Visit::Return, None);
    let book = Book { doctor_id: doctor.id, starts_at, patient_id, visit, sealed };
    command(world, Sender::patient(patient.account), doctor, book)
}

/// A command as ingress makes one.
pub fn command(world: &World, sender: Sender, doctor: &Doctor, kind: impl Into<Kind>) -> Command {
    Command {
        request_id: RequestId::generate(),
        sender,
        hospital_id: doctor.hospital,
        accepted_at: world.clock.now(),
        body_hash: BodyHash::of(b"by hand"),
        replay: false,
        first: false,
        kind: kind.into(),
    }
}

/// An event committed by hand.
pub struct Event {
    pub partition: PartitionId,
    pub seq: u64,
    pub account: AccountId,
    pub request: RequestId,
    pub document: String,
}

/// Commits nothing itself: decides a request by hand in the caller's transaction, as the owner of `partition` would.
/// `padding` makes its document long.
pub async fn decide(
    connection: &mut MySqlConnection,
    world: &World,
    partition: u16,
    patient: &Patient,
    padding: usize,
) -> Event {
    let seq: u64 =
        sqlx::query_scalar("SELECT next_seq FROM partition_state WHERE id = ? FOR UPDATE")
            .bind(partition)
            .fetch_one(&mut *connection)
            .await
            .expect("the partition");
    let (request, now) = (RequestId::generate(), world.clock.now());
    let document =
        serde_json::json!({"id": request, "state": "rejected", "padding": "x".repeat(padding)})
            .to_string();
    sqlx::query(
        "INSERT INTO request (id, account_id, partition_id, hospital_id, kind, state, body_hash, accepted_at, decided_at, epoch, publisher,
         publisher_seq, event_seq, document) VALUES (?, ?, ?, ?, 'book', 'rejected', '12345678', ?, ?, 1, ?, 0, ?, ?)",
    )
    .bind(request.uuid())
    .bind(patient.account.uuid())
    .bind(partition)
    .bind(Uuid::nil())
    .bind(now.naive_utc())
    .bind(now.naive_utc())
    .bind(Uuid::nil())
    .bind(seq)
    .bind(&document)
    .execute(&mut *connection)
    .await
    .expect("a request");
    // And counts it: no worker may own the partition meanwhile, which keeps its own count.
    sqlx::query("UPDATE partition_state SET next_seq = ?, received = received + 1, rejected = rejected + 1 WHERE id = ?")
        .bind(seq + 1)
        .bind(partition)
        .execute(connection)
        .await
        .expect("the next number");
    Event {
        partition: PartitionId::new(partition),
        seq,
        account: patient.account,
        request,
        document,
    }
}

/// The same, committed.
pub async fn commit(world: &World, partition: u16, patient: &Patient, padding: usize) -> Event {
    let mut transaction = world.pool.begin().await.expect("a transaction");
    let event = decide(&mut transaction, world, partition, patient, padding).await;
    transaction.commit().await.expect("a commit");
    event
}

/// As if the events below that number had grown too old.
pub async fn keep_from(world: &World, seq: u64) {
    sqlx::query("UPDATE partition_state SET kept_from = LEAST(next_seq, ?)")
        .bind(seq)
        .execute(&world.pool)
        .await
        .expect("kept from");
}
