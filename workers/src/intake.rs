//! From a delivery to commands: reads headers and frames, and says which could not be read.

use domain::command::Command;
use domain::conservation::Numbers;
use domain::wire::{self, BadFrame, header};
use lapin::message::Delivery;
use platform::broker::{header_number, header_text};
use platform::publisher::books::read_ranges;
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

/// One command of a message, read or not.
pub struct Frame {
    /// Its number in its publisher's order.
    pub seq: u64,
    pub line: Vec<u8>,
    pub command: Result<Command, BadFrame>,
}

/// Reads a delivery. A message without its numbers is still read; its books are nobody's (nil).
pub fn read(delivery: &Delivery) -> Message {
    let publisher = header_text(delivery, header::PUBLISHER)
        .and_then(|text| text.parse().ok())
        .unwrap_or(Uuid::nil());
    let first = header_number(delivery, header::SEQ).unwrap_or(0);
    let lines = delivery.data.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let frames: Vec<Frame> = (first..)
        .zip(lines)
        .map(|(seq, line)| Frame { seq, line: line.to_vec(), command: wire::decode(line) })
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
