//! What a worker publishes once a committed batch, to every notifier and every ingress: events for listeners, echoes
//! for retries of what was decided before, days whose cached state is old, and the partition's backlog. One line each,
//! split without parsing the documents, because most receivers pass over most lines.

use chrono::NaiveDate;
use std::fmt::Write;

use crate::command::BodyHash;
use crate::event::{Audience, EventKind};
use crate::ids::{DoctorId, HospitalId, RequestId};
use crate::partition::{PartitionId, QueueKind};
use crate::time::{self, Timestamp};

/// First line of a feed message.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Head {
    pub partition: PartitionId,
    pub epoch: u64,
    /// Commands of the partition not yet decided, as the owner knows.
    pub backlog: u64,
    /// Commands decided a second lately; 0 when idle.
    pub rate: f64,
    /// Commands of the partition that have ever been settled: decided, parked or known as duplicates. It counts
    /// commands, and not events, of which a command may make several. 0 where a worker before this field speaks.
    pub settled: u64,
}

/// One line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry<'a> {
    /// A committed event; `seq` is its number in the partition. `body_hash` is that of the request shown, or nothing.
    Event {
        seq: u64,
        to: Audience,
        kind: EventKind,
        about: Option<RequestId>,
        body_hash: BodyHash,
        document: &'a str,
    },
    /// The recorded document of a request that was sent again. No event: listeners pass it over.
    Echo { request: RequestId, body_hash: BodyHash, document: &'a str },
    /// A doctor's day changed: it has this revision now.
    Day { doctor: DoctorId, day: NaiveDate, revision: u64 },
    /// What the search index shows of a hospital has changed.
    Hospital { hospital: HospitalId },
    /// Schedules of the hospital's doctors have changed.
    Schedules { hospital: HospitalId },
    /// What came to the queue before a command that was accepted then is decided, and so is that.
    Decided { queue: QueueKind, accepted_at: Timestamp },
}

/// Builds a message.
pub struct Feed(String);

impl Feed {
    pub fn new(head: Head) -> Self {
        let Head { partition, epoch, backlog, rate, settled } = head;
        Self(format!("docde1 {} {epoch} {backlog} {rate:.3} {settled}", partition.index()))
    }

    pub fn push(&mut self, line: Entry<'_>) {
        let text = &mut self.0;
        // Writing to a String does not fail.
        let _ = match line {
            Entry::Event { seq, to, kind, about, body_hash, document } => {
                let _ = write!(text, "\nE {seq} {to} {} ", kind.as_str());
                let _ = match about {
                    Some(request) => write!(text, "{request}"),
                    None => write!(text, "-"),
                };
                write!(text, " {body_hash} {document}")
            }
            Entry::Echo { request, body_hash, document } => {
                write!(text, "\nR {request} {body_hash} {document}")
            }
            Entry::Day { doctor, day, revision } => write!(text, "\nD {doctor} {day} {revision}"),
            Entry::Hospital { hospital } => write!(text, "\nH {hospital}"),
            Entry::Schedules { hospital } => write!(text, "\nS {hospital}"),
            Entry::Decided { queue, accepted_at } => {
                write!(text, "\nQ {} {}", queue.as_str(), accepted_at.timestamp_millis())
            }
        };
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Reads a message: its head and its lines. Lines that cannot be read are passed over, since what they
/// would tell is in the database; a head that cannot is `None`.
pub fn read(message: &[u8]) -> Option<(Head, impl Iterator<Item = Entry<'_>>)> {
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
        settled: words.next().map_or(Some(0), |word| word.parse().ok())?,
    };
    Some((head, lines.filter_map(read_entry)))
}

fn read_entry(line: &str) -> Option<Entry<'_>> {
    let (mark, rest) = line.split_once(' ')?;
    match mark {
        "E" => {
            let mut words = rest.splitn(6, ' ');
            Some(Entry::Event {
                seq: words.next()?.parse().ok()?,
                to: words.next()?.parse().ok()?,
                kind: words.next()?.parse().ok()?,
                about: match words.next()? {
                    "-" => None,
                    request => Some(request.parse().ok()?),
                },
                body_hash: words.next()?.try_into().ok()?,
                document: words.next()?,
            })
        }
        "R" => {
            let mut words = rest.splitn(3, ' ');
            Some(Entry::Echo {
                request: words.next()?.parse().ok()?,
                body_hash: words.next()?.try_into().ok()?,
                document: words.next()?,
            })
        }
        "D" => {
            let mut words = rest.splitn(3, ' ');
            Some(Entry::Day {
                doctor: words.next()?.parse().ok()?,
                day: words.next()?.parse().ok()?,
                revision: words.next()?.parse().ok()?,
            })
        }
        "H" => Some(Entry::Hospital { hospital: rest.parse().ok()? }),
        "S" => Some(Entry::Schedules { hospital: rest.parse().ok()? }),
        "Q" => {
            let (queue, millis) = rest.split_once(' ')?;
            let accepted_at = time::from_millis(millis.parse().ok()?);
            Some(Entry::Decided { queue: queue.parse().ok()?, accepted_at })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;

    #[test]
    fn reads_what_it_wrote() {
        let partition = PartitionId::new(3);
        let head = Head { partition, epoch: 9, backlog: 1200, rate: 812.5, settled: 77 };
        let mut feed = Feed::new(head);
        let (account, request, doctor) =
            (AccountId::generate(), RequestId::generate(), DoctorId::generate());
        let (to, body_hash) = (Audience::Account(account), BodyHash::of(b"body"));
        let day = "2026-11-23".parse().unwrap();
        let (kind, about, document) = (EventKind::Outcome, Some(request), "{\"a\": \"b c\"}");
        let lines = [
            Entry::Event { seq: 7, to, kind, about, body_hash, document },
            Entry::Event { seq: 8, to, kind: EventKind::Notice, about: None, body_hash, document },
            Entry::Event {
                seq: 9,
                to: Audience::Line(doctor, day),
                kind: EventKind::Line,
                about: None,
                body_hash,
                document,
            },
            Entry::Echo { request, body_hash, document: "{}" },
            Entry::Day { doctor, day, revision: 12 },
            Entry::Hospital { hospital: HospitalId::generate() },
            Entry::Schedules { hospital: HospitalId::generate() },
            Entry::Decided { queue: QueueKind::Desk, accepted_at: time::from_millis(5) },
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

    #[test]
    fn a_worker_of_the_version_before_is_understood() {
        let (head, lines) = read(b"docde1 3 9 1200 812.500\nX what is not known").unwrap();
        assert_eq!((head.backlog, head.settled), (1200, 0));
        assert_eq!(lines.count(), 0);
    }
}
