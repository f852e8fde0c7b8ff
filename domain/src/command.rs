//! What a client asks for. A kind of command is added here, in `decide`, and where its route is.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::booking::Visit;
use crate::ids::{
    AccountId, BookingId, DoctorId, HospitalId, IdempotencyKey, PatientId, RequestId,
};
use crate::time::Timestamp;

/// A command with all that its decision needs to know of its sender.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    pub request_id: RequestId,
    /// For whom: the outcome goes to this account.
    pub account_id: AccountId,
    /// Who did it: the account itself, or staff on its behalf.
    pub actor: AccountId,
    pub hospital_id: HospitalId,
    /// `app`, `desk`, `phone`, `operator` ...
    pub channel: String,
    pub accepted_at: Timestamp,
    /// Tells a retry from another command under the same key.
    pub body_hash: BodyHash,
    /// An operator replays a parked command: decide it although it was seen.
    pub replay: bool,
    /// Its sender knows, as far as one can without the database, that it was not sent before. A hint that spares a look
    /// into the inbox; where it is wrong, the request's unique key says so.
    pub first: bool,
    pub kind: Kind,
}

/// The kinds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Take a doctor's time.
    Book {
        doctor_id: DoctorId,
        starts_at: Timestamp,
        /// `None`: the account's own person.
        patient_id: Option<PatientId>,
        visit: Visit,
        /// Reason and phone, sealed by ingress.
        sealed: Option<String>,
    },
    /// Give it back. `doctor_id` is where the booking was when the command was sent.
    Cancel { booking_id: BookingId, doctor_id: DoctorId },
    /// Move it, to another time or to another doctor of the same hospital.
    Reschedule { booking_id: BookingId, doctor_id: DoctorId, starts_at: Timestamp },
    /// An operator closes a parked request for good.
    Discard { target: RequestId },
}

impl Kind {
    /// The name in the database, in metrics and on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Book { .. } => "book",
            Kind::Cancel { .. } => "cancel",
            Kind::Reschedule { .. } => "reschedule",
            Kind::Discard { .. } => "discard",
        }
    }

    /// How long it is worth deciding: 10 minutes from acceptance for what takes time of a doctor,
    /// for ever for what gives back or what staff do (CONTRACT, Request).
    pub fn time_to_live(&self) -> Option<TimeDelta> {
        match self {
            Kind::Book { .. } | Kind::Reschedule { .. } => Some(TimeDelta::minutes(10)),
            Kind::Cancel { .. } | Kind::Discard { .. } => None,
        }
    }

    pub fn doctor_id(&self) -> Option<DoctorId> {
        match self {
            Kind::Book { doctor_id, .. }
            | Kind::Cancel { doctor_id, .. }
            | Kind::Reschedule { doctor_id, .. } => Some(*doctor_id),
            Kind::Discard { .. } => None,
        }
    }

    pub fn booking_id(&self) -> Option<BookingId> {
        match self {
            Kind::Cancel { booking_id, .. } | Kind::Reschedule { booking_id, .. } => {
                Some(*booking_id)
            }
            Kind::Book { .. } | Kind::Discard { .. } => None,
        }
    }
}

/// The first 8 bytes of a SHA-256 over what the client asked, free text included.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BodyHash([u8; 8]);

impl BodyHash {
    /// Of a command that could not be read: it may have been any.
    pub const UNKNOWN: Self = Self([0; 8]);

    /// Whether both may be hashes of the same command.
    pub fn may_be(self, other: Self) -> bool {
        self == other || self == Self::UNKNOWN || other == Self::UNKNOWN
    }

    /// `plain` is the command before sealing, in one fixed form.
    pub fn of(plain: &[u8]) -> Self {
        Self::first_bytes(Sha256::digest(plain).as_slice())
    }

    /// The same under the request's key, which stays with its sender and ingress: hashes lie where the sealed text does,
    /// and whoever reads one there must not find a phone number by trying them all. Hashes are compared under one key only.
    pub fn under(key: &IdempotencyKey, plain: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(key.as_str())
            .chain_update(b"\n")
            .chain_update(plain)
            .finalize();
        Self::first_bytes(digest.as_slice())
    }

    fn first_bytes(digest: &[u8]) -> Self {
        let mut hash = [0; 8];
        hash.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
        Self(hash)
    }

    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(self) -> [u8; 8] {
        self.0
    }
}

impl std::fmt::Display for BodyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl From<BodyHash> for String {
    fn from(hash: BodyHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for BodyHash {
    type Error = std::num::ParseIntError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.as_str().try_into()
    }
}

impl TryFrom<&str> for BodyHash {
    type Error = std::num::ParseIntError;
    fn try_from(text: &str) -> Result<Self, Self::Error> {
        u64::from_str_radix(text, 16).map(|hash| Self(hash.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_tells_nothing_without_its_key() {
        let key = |text: &str| IdempotencyKey::parse(text).unwrap();
        let (one, other) = (key("0123456789abcdef"), key("0123456789abcdeg"));
        let plain = br#"{"phone":"010-1234-5678"}"#;
        assert_eq!(BodyHash::under(&one, plain), BodyHash::under(&one, plain));
        assert_ne!(BodyHash::under(&one, plain), BodyHash::under(&one, b"{}"));
        assert_ne!(BodyHash::under(&one, plain), BodyHash::under(&other, plain));
        assert_ne!(BodyHash::under(&one, plain), BodyHash::of(plain));
    }
}
