//! What a worker publishes once a committed batch, to every notifier and every ingress: outcomes for
//! listeners, echoes for retries of what was decided before, days whose cached state is old, and
//! the partition's backlog. One line each, split without parsing the documents, because most
//! receivers pass over most lines.

use chrono::NaiveDate;
use std::fmt::Write;

use crate::command::BodyHash;
use crate::ids::{AccountId, DoctorId, RequestId};
use crate::partition::PartitionId;

/// First line of a feed message.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Head {
    pub partition: PartitionId,
    pub epoch: u64,
    /// Commands of the partition not yet decided, as the owner knows.
    pub backlog: u64,
    /// Commands decided a second lately; 0 when idle.
    pub rate: f64,
}

/// One line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line<'a> {
    /// A committed event; `seq` is its number in the partition.
    Event {
        seq: u64,
        account: AccountId,
        kind: &'a str,
        request: RequestId,
        body_hash: BodyHash,
        document: &'a str,
    },
    /// The recorded document of a request that was sent again. No event: listeners pass it over.
    Echo { request: RequestId, body_hash: BodyHash, document: &'a str },
    /// A doctor's day changed: it has this revision now.
    Day { doctor: DoctorId, day: NaiveDate, revision: u64 },
}

/// Builds a message.
pub struct Feed(String);

impl Feed {
    pub fn new(head: Head) -> Self {
        Self(format!(
            "docde1 {} {} {} {:.3}",
            head.partition.index(),
            head.epoch,
            head.backlog,
            head.rate
        ))
    }

    pub fn push(&mut self, line: Line<'_>) {
        let text = &mut self.0;
        let _ = match line {
            Line::Event { seq, account, kind, request, body_hash, document } => {
                write!(text, "\nE {seq} {account} {kind} {request} {body_hash} {document}")
            }
            Line::Echo { request, body_hash, document } => {
                write!(text, "\nR {request} {body_hash} {document}")
            }
            Line::Day { doctor, day, revision } => write!(text, "\nD {doctor} {day} {revision}"),
        };
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Reads a message: its head and its lines. Lines that cannot be read are passed over, since what they
/// would tell is in the database; a head that cannot is `None`.
pub fn read(message: &[u8]) -> Option<(Head, impl Iterator<Item = Line<'_>>)> {
    let mut lines = std::str::from_utf8(message).ok()?.split('\n');
    let mut words = lines.next()?.split(' ');
    if words.next()? != "docde1" {
        return None;
    }
    let head = Head {
        partition: PartitionId::new(words.next()?.parse().ok()?),
        epoch: words.next()?.parse().ok()?,
        backlog: words.next()?.parse().ok()?,
        rate: words.next()?.parse().ok()?,
    };
    Some((head, lines.filter_map(read_line)))
}

fn read_line(line: &str) -> Option<Line<'_>> {
    let (mark, rest) = line.split_once(' ')?;
    match mark {
        "E" => {
            let mut words = rest.splitn(6, ' ');
            Some(Line::Event {
                seq: words.next()?.parse().ok()?,
                account: words.next()?.parse().ok()?,
                kind: words.next()?,
                request: words.next()?.parse().ok()?,
                body_hash: words.next()?.try_into().ok()?,
                document: words.next()?,
            })
        }
        "R" => {
            let mut words = rest.splitn(3, ' ');
            Some(Line::Echo {
                request: words.next()?.parse().ok()?,
                body_hash: words.next()?.try_into().ok()?,
                document: words.next()?,
            })
        }
        "D" => {
            let mut words = rest.splitn(3, ' ');
            Some(Line::Day {
                doctor: words.next()?.parse().ok()?,
                day: words.next()?.parse().ok()?,
                revision: words.next()?.parse().ok()?,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let head = Head { partition: PartitionId::new(3), epoch: 9, backlog: 1200, rate: 812.5 };
        let mut feed = Feed::new(head);
        let (account, request, doctor) =
            (AccountId::fresh(), RequestId::fresh(), DoctorId::fresh());
        let body_hash = BodyHash::of(b"body");
        let lines = [
            Line::Event {
                seq: 7,
                account,
                kind: "outcome",
                request,
                body_hash,
                document: "{\"a\": \"b c\"}",
            },
            Line::Echo { request, body_hash, document: "{}" },
            Line::Day { doctor, day: "2026-11-23".parse().unwrap(), revision: 12 },
        ];
        for line in lines {
            feed.push(line);
        }
        let bytes = feed.into_bytes();
        let (read_head, read_lines) = read(&bytes).unwrap();
        assert_eq!(read_head, head);
        assert_eq!(read_lines.collect::<Vec<_>>(), lines);
        assert!(read(b"docde2 1 1 1 1").is_none());
    }
}
