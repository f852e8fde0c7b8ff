//! The messages of a publisher's channel: commands of one queue, or a report of what is confirmed.

use domain::partition::QueueId;
use domain::trace;
use domain::wire::header;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use uuid::Uuid;

use super::Job;
use super::sequence::show_ranges;
use super::sequences::Report;

/// A message as it is to be published.
pub(super) struct Message {
    pub key: String,
    pub properties: BasicProperties,
    pub body: String,
}

impl Message {
    fn new(key: String, headers: FieldTable, body: String) -> Self {
        let properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_content_type("application/x-ndjson".into())
            .with_headers(headers);
        Self { key, properties, body }
    }
}

/// The commands of `pack`, of which the first has the number `first`.
pub(super) fn of_pack(
    queue: QueueId,
    publisher: Uuid,
    (first, acked): (u64, u64),
    pack: &[Job],
) -> Message {
    let key = match pack {
        [only] => queue.key(only.frame.doctor),
        _ => queue.key_of_many(),
    };
    let mut headers = headers(publisher, first, pack.len(), acked);
    if pack.len() > 1 {
        let doctors: Vec<_> = pack
            .iter()
            .filter_map(|job| job.frame.doctor)
            .map(|doctor| doctor.to_string())
            .collect();
        headers.insert(header::DOCTORS.into(), AMQPValue::LongString(doctors.join(",").into()));
    }
    let traces = trace::show_list(pack.iter().map(|job| job.frame.trace));
    headers.insert(header::TRACEPARENT.into(), AMQPValue::LongString(traces.into()));
    let mut body = String::with_capacity(pack.iter().map(|job| job.frame.text.len() + 1).sum());
    for job in pack {
        if !body.is_empty() {
            body.push('\n');
        }
        body.push_str(&job.frame.text);
    }
    Message::new(key, headers, body)
}

/// A message without commands: what is confirmed of an identity.
pub(super) fn of_report(report: &Report) -> Message {
    let Report { queue, publisher, next, acked, beyond } = report;
    let mut headers = headers(*publisher, *next, 0, *acked);
    if !beyond.is_empty() {
        let ranges = AMQPValue::LongString(show_ranges(beyond).into());
        headers.insert(header::CONFIRMED_BEYOND.into(), ranges);
    }
    Message::new(queue.key(None), headers, String::new())
}

fn headers(publisher: Uuid, first: u64, count: usize, acked: u64) -> FieldTable {
    let number = |value: u64| AMQPValue::LongLongInt(i64::try_from(value).unwrap_or(i64::MAX));
    let mut headers = FieldTable::default();
    headers.insert(header::VERSION.into(), AMQPValue::LongInt(header::VERSION_HERE.into()));
    headers.insert(
        header::PUBLISHER.into(),
        AMQPValue::LongString(publisher.hyphenated().to_string().into()),
    );
    headers.insert(header::SEQ.into(), number(first));
    headers.insert(header::COUNT.into(), number(count as u64));
    headers.insert(header::ACKED.into(), number(acked));
    headers
}
