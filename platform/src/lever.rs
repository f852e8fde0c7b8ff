//! The levers by name: what an operator may change while the services run, and which values each takes.

use domain::command::Kind;
use domain::ids::HospitalId;
use domain::partition::PartitionId;
use std::fmt;
use std::str::FromStr;

/// Before the names of pauses.
pub const PAUSE: &str = "pause.";
/// Before the names of what a hospital is admitted.
const ADMISSION: &str = "admission.";
/// Most partitions: their names have two digits.
const MAX_PARTITIONS: u16 = 100;

/// One lever.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Lever {
    /// No new command is taken.
    Drain,
    /// Commands in one transaction, instead of `DOCDE_BATCH`.
    Batch,
    /// Batches of a worker that are decided at the same time, instead of `DOCDE_TRANSACTIONS`.
    Transactions,
    /// Messages of a channel that wait for their confirm, instead of `DOCDE_PUBLISH_IN_FLIGHT`.
    PublishInFlight,
    /// Commands that an ingress holds in memory, instead of `DOCDE_PUBLISH_WINDOW`.
    PublishWindow,
    /// New commands of this kind are refused.
    PauseKind(&'static str),
    /// Commands of this partition wait.
    PausePartition(PartitionId),
    /// Commands of this hospital in one transaction.
    Admission(HospitalId),
}

/// Values that a number may have.
const PLAIN: [(&str, Lever, u64); 4] = [
    ("batch", Lever::Batch, 2_000),
    ("transactions", Lever::Transactions, 256),
    ("publish-in-flight", Lever::PublishInFlight, 4_096),
    ("publish-window", Lever::PublishWindow, 10_000_000),
];
/// Most commands of a hospital in one transaction that can be asked for: a batch never has more.
const MAX_ADMISSION: u64 = 2_000;
/// The value of a lever that is only on or not set.
const ON: &str = "on";

/// What an operator wrote is no lever, or no value of it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadLever {
    #[error(
        "there is no lever '{0}'; there are drain, batch, transactions, publish-in-flight, publish-window, pause.KIND (such as \
         pause.book), pause.pNN (such as pause.p03) and admission.HOSPITAL (its id)"
    )]
    Name(String),
    #[error("{lever} takes {takes}, not '{value}'")]
    Value { lever: Lever, takes: String, value: String },
}

impl Lever {
    /// Those that stand by themselves, and the pauses of `partitions` partitions and of all kinds.
    pub fn all(partitions: u16) -> Vec<Self> {
        let plain = PLAIN.iter().map(|(_, lever, _)| *lever);
        let kinds = Kind::NAMES.iter().map(|kind| Self::PauseKind(kind));
        let partitions = (0..partitions).map(|index| Self::PausePartition(PartitionId::new(index)));
        [Self::Drain].into_iter().chain(plain).chain(kinds).chain(partitions).collect()
    }

    /// Largest value; `None` where it is only on or not set.
    fn most(self) -> Option<u64> {
        match self {
            Self::Admission(_) => Some(MAX_ADMISSION),
            _ => PLAIN.iter().find(|(_, lever, _)| *lever == self).map(|(_, _, most)| *most),
        }
    }

    /// Whether it may have this value.
    pub fn takes(self, value: u64) -> bool {
        (1..=self.most().unwrap_or(1)).contains(&value)
    }

    /// Reads a value as an operator writes it.
    pub fn read(self, text: &str) -> Result<u64, BadLever> {
        let value = match self.most() {
            None => (text == ON).then_some(1),
            Some(_) => text.parse().ok().filter(|value| self.takes(*value)),
        };
        let takes = || self.most().map_or_else(|| ON.to_owned(), |most| format!("1 to {most}"));
        value.ok_or_else(|| BadLever::Value { lever: self, takes: takes(), value: text.to_owned() })
    }

    /// A value as an operator reads it.
    pub fn show(self, value: u64) -> String {
        self.most().map_or_else(|| ON.to_owned(), |_| value.to_string())
    }
}

impl fmt::Display for Lever {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drain => f.write_str("drain"),
            Self::PauseKind(kind) => write!(f, "{PAUSE}{kind}"),
            Self::PausePartition(partition) => write!(f, "{PAUSE}{partition}"),
            Self::Admission(hospital) => write!(f, "{ADMISSION}{hospital}"),
            Self::Batch | Self::Transactions | Self::PublishInFlight | Self::PublishWindow => {
                let name = PLAIN.iter().find(|(_, lever, _)| lever == self);
                f.write_str(name.map_or("", |(name, _, _)| name))
            }
        }
    }
}

impl FromStr for Lever {
    type Err = BadLever;

    fn from_str(text: &str) -> Result<Self, BadLever> {
        let found = if let Some(paused) = text.strip_prefix(PAUSE) {
            let kind = Kind::NAMES.iter().find(|kind| **kind == paused);
            kind.map(|kind| Self::PauseKind(kind)).or_else(|| partition(paused))
        } else if let Some(hospital) = text.strip_prefix(ADMISSION) {
            hospital.parse().ok().map(Self::Admission)
        } else if text == "drain" {
            Some(Self::Drain)
        } else {
            PLAIN.iter().find(|(name, _, _)| *name == text).map(|(_, lever, _)| *lever)
        };
        found.ok_or_else(|| BadLever::Name(text.to_owned()))
    }
}

fn partition(name: &str) -> Option<Lever> {
    let partitions = (0..MAX_PARTITIONS).map(PartitionId::new);
    let mut named = partitions.filter(|partition| partition.to_string() == name);
    named.next().map(Lever::PausePartition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lever_reads_as_it_is_shown() {
        let hospital = Lever::Admission(HospitalId::generate());
        let levers = Lever::all(8);
        assert_eq!(levers.len(), 1 + PLAIN.len() + Kind::NAMES.len() + 8);
        for lever in levers.into_iter().chain([hospital]) {
            assert_eq!(lever.to_string().parse(), Ok(lever));
            assert!(lever.takes(1) && !lever.takes(0), "{lever}");
            assert_eq!(lever.read(&lever.show(1)), Ok(1));
        }
    }

    #[test]
    fn what_is_none_is_told_so() {
        for name in ["", "pause", "pause.", "pause.nothing", "pause.p3", "pause.p100", "Drain"] {
            let error = name.parse::<Lever>().unwrap_err();
            assert_eq!(error, BadLever::Name(name.to_owned()));
            assert!(error.to_string().contains("pause.book"), "{error}");
        }
        assert!("admission.7".parse::<Lever>().is_err());
        for (lever, value) in [
            (Lever::Drain, "off"),
            (Lever::PauseKind("book"), "1"),
            (Lever::Batch, "0"),
            (Lever::Batch, "2001"),
            (Lever::Transactions, "-1"),
            (Lever::PublishWindow, "many"),
        ] {
            let error = lever.read(value).unwrap_err().to_string();
            assert!(error.contains(&format!("not '{value}'")), "{error}");
        }
        assert_eq!(Lever::Batch.read("2000"), Ok(2_000));
    }
}
