//! From a delivery to commands: reads headers and frames, and says which could not be read.

use domain::command::Command;
use domain::conservation::Numbers;
use domain::trace::{self, TraceParent};
use domain::wire::{self, BadFrame, header};
use lapin::message::Delivery;
use platform::broker::{header_number, header_text};
use platform::publisher::sequence::read_ranges;
use uuid::Uuid;

/// A message in hand.
pub struct Message {
    /// For the acknowledgement.
    pub tag: u64,
    /// The broker delivered it before: its commands are decided one by one.
    pub redelivered: bool,
    pub publisher: Uuid,
    pub numbers: Numbers,
    pub frames: Vec<Frame>,
    /// Given up by the broker, for this reason: to be parked, not decided.
    pub dead: Option<String>,
}

impl Message {
    /// To be decided with no other.
    pub fn is_special(&self) -> bool {
        self.redelivered || self.dead.is_some()
    }
}

/// One command of a message, read or not.
pub struct Frame {
    /// Its number in its publisher's order.
    pub seq: u64,
    pub line: Vec<u8>,
    pub command: Result<Command, BadFrame>,
    /// Of the request that brought it, where the message says so.
    pub trace: Option<TraceParent>,
}

impl Frame {
    /// For logs; empty where it is not known.
    pub fn trace_id(&self) -> String {
        self.trace.map(|trace| trace.trace_id()).unwrap_or_default()
    }
}

/// Reads a delivery. A message without its numbers is still read; its books are nobody's (nil). One of another version,
/// or with another number of frames than it says, is read only as far as to say whose its frames are: they are
/// parked with the reason.
pub fn read(delivery: &Delivery) -> Message {
    let publisher = header_text(delivery, header::PUBLISHER)
        .and_then(|text| text.parse().ok())
        .unwrap_or(Uuid::nil());
    let first = header_number(delivery, header::SEQ).unwrap_or(0);
    let lines: Vec<_> =
        delivery.data.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let fault = fault(
        version(delivery).as_deref(),
        header_number(delivery, header::COUNT),
        lines.len() as u64,
    );
    if let Some(fault) = &fault {
        tracing::warn!(%publisher, first, frames = lines.len(), fault, "a message cannot be believed");
    }
    let decode = |line: &[u8]| match &fault {
        None => wire::decode(line),
        Some(fault) => Err(unbelieved(line, fault)),
    };
    let traces = header_text(delivery, header::TRACEPARENT)
        .map(|text| trace::read_list(&text, lines.len()))
        .unwrap_or_default();
    let frames: Vec<Frame> = (first..)
        .zip(lines)
        .enumerate()
        .map(|(at, (seq, line))| {
            let trace = traces.get(at).copied();
            Frame { seq, line: line.to_vec(), command: decode(line), trace }
        })
        .collect();
    let numbers = Numbers {
        seq: first,
        count: frames.len() as u64,
        acked: header_number(delivery, header::ACKED).unwrap_or(0),
        beyond: header_text(delivery, header::CONFIRMED_BEYOND)
            .map(|text| read_ranges(&text))
            .unwrap_or_default(),
    };
    Message {
        tag: delivery.delivery_tag,
        redelivered: delivery.redelivered,
        publisher,
        numbers,
        frames,
        dead: header_text(delivery, header::DEAD),
    }
}

/// The version that the message names; `None` where it names none, as what people send by hand.
fn version(delivery: &Delivery) -> Option<String> {
    header_number(delivery, header::VERSION)
        .map(|number| number.to_string())
        .or_else(|| header_text(delivery, header::VERSION))
}

/// What is wrong with a message as a whole.
fn fault(version: Option<&str>, count: Option<u64>, frames: u64) -> Option<String> {
    if let Some(version) = version.filter(|version| *version != header::VERSION_HERE.to_string()) {
        return Some(format!("messages of version {version} are not known here"));
    }
    count
        .filter(|count| *count != frames)
        .map(|count| format!("the message says {count} commands and holds {frames}"))
}

/// Only the frame's address is taken: what else it says may mean something else.
fn unbelieved(line: &[u8], fault: &str) -> BadFrame {
    let reason = fault.to_owned();
    match wire::decode(line) {
        Ok(Command { request_id, sender, .. }) => {
            BadFrame { request_id: Some(request_id), account_id: Some(sender.caller), reason }
        }
        Err(bad) => BadFrame { reason, ..bad },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::{AccountId, RequestId};

    #[test]
    fn a_message_is_believed_if_its_version_and_count_are_right() {
        assert_eq!(fault(Some("1"), Some(3), 3), None);
        assert_eq!(fault(Some("1"), Some(0), 0), None, "a report");
        assert_eq!(fault(None, None, 2), None, "sent by hand");
        assert!(fault(Some("2"), Some(1), 1).is_some_and(|fault| fault.contains("version 2")));
        assert!(fault(Some("one"), Some(1), 1).is_some());
        for (count, frames) in [(3, 2), (2, 3), (0, 1), (1, 0)] {
            assert!(fault(Some("1"), Some(count), frames).is_some(), "{count} and {frames}");
        }
    }

    #[test]
    fn what_is_not_believed_still_says_whose_it_was() {
        let (request, account) = (Uuid::from_u128(7), Uuid::from_u128(9));
        let bad = unbelieved(format!("{request} {account} {{}}").as_bytes(), "why");
        assert_eq!(bad.request_id.map(RequestId::uuid), Some(request));
        assert_eq!(bad.account_id.map(AccountId::uuid), Some(account));
        assert_eq!(bad.reason, "why");
        assert_eq!(unbelieved(b"no address", "why").request_id, None);
    }
}
