//! Typed ids. Entities get UUIDv7; a request's id is UUIDv5 of account and key, so that a retry is
//! the same request even when every cache is lost; the id of what a request makes is a UUIDv7 made from
//! the decision's time and the request id, so that deciding again gives the same id.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use uuid::Uuid;

use crate::time::Timestamp;

/// Namespace of request ids. Fixed for ever: changing it breaks every client's retry.
pub const REQUEST_NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_6d2e_0d0c_5de0_9a3e_d0cd_e000_0001);

/// Namespace of the requests that timers become. Fixed as well: a timer that is sent again must be the same request.
pub const TIMER_NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_6d2e_0d0c_5de0_9a3e_d0cd_e000_0002);

/// Namespace of the requests by which what a deleted account has is given back. Fixed for the same reason.
pub const DELETION_NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_6d2e_0d0c_5de0_9a3e_d0cd_e000_0003);

macro_rules! typed_id {
    ($(#[$meta:meta] $name:ident),+ $(,)?) => {$(
        #[$meta]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// A new UUIDv7 of the present moment.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

typed_id!(
    /// What falls due later.
    TimerId,
    /// Who signs in. Apart from the patient: one account may speak for a family.
    AccountId,
    /// Who is treated.
    PatientId,
    /// A medical institution (의료기관).
    HospitalId,
    /// A doctor at one hospital.
    DoctorId,
    /// A booking (예약).
    BookingId,
    /// A number in a doctor's line of the day (접수).
    TicketId,
    /// Closed time of a doctor or of a hospital (휴진).
    ClosingId,
    /// A command as its sender sees it.
    RequestId,
    /// A sign-in, to its end: what all tokens of it name.
    SessionId,
    /// An e-mail to one recipient.
    MailId,
    /// That a hospital is one's own.
    ClaimId,
    /// To work at a hospital.
    InvitationId,
);

/// A client's `Idempotency-Key`: 16 to 128 visible ASCII characters (CONTRACT, Request).
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The key is missing its form.
#[derive(Debug, thiserror::Error)]
#[error("an Idempotency-Key has 16 to 128 visible ASCII characters")]
pub struct BadKey;

impl IdempotencyKey {
    pub const MIN: usize = 16;
    pub const MAX: usize = 128;

    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let fits = (Self::MIN..=Self::MAX).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadKey)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl HospitalId {
    /// No hospital: of a command about a request whose frame could not be read.
    pub const NONE: Self = Self(Uuid::nil());
}

impl RequestId {
    /// UUIDv5(namespace, account id, LF, key). Keys of different accounts never meet.
    pub fn of(account: AccountId, key: &IdempotencyKey) -> Self {
        let name = format!("{account}\n{}", key.as_str());
        Self(Uuid::new_v5(&REQUEST_NAMESPACE, name.as_bytes()))
    }

    /// The same for who has no account yet, or has not signed in: `scope` is a hash of what they are known by.
    pub fn of_scope(scope: &[u8; 32], key: &IdempotencyKey) -> Self {
        let mut name = scope.to_vec();
        name.push(b'\n');
        name.extend_from_slice(key.as_str().as_bytes());
        Self(Uuid::new_v5(&REQUEST_NAMESPACE, &name))
    }

    /// UUIDv5(namespace, timer): however often it is sent, it is decided once.
    pub fn of_timer(timer: TimerId) -> Self {
        Self(Uuid::new_v5(&TIMER_NAMESPACE, timer.0.as_bytes()))
    }

    /// UUIDv5(namespace, booking or ticket, revision): however often a deleted account's is given back, it is done once. One
    /// that has changed since is another request, since the first may have been refused for how it was then.
    pub fn of_deletion(subject: Uuid, revision: u32) -> Self {
        let name = [&subject.as_bytes()[..], &revision.to_be_bytes()].concat();
        Self(Uuid::new_v5(&DELETION_NAMESPACE, &name))
    }
}

/// The id of the thing that `request` makes when it is decided `at`: a well-formed UUIDv7 whose random part is a hash of
/// the request id, so the decision stays a pure function.
pub fn made_by(request: RequestId, at: Timestamp) -> Uuid {
    let digest = Sha256::digest(request.uuid().as_bytes());
    let mut random = [0_u8; 10];
    random.copy_from_slice(&digest[..10]);
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

impl BookingId {
    /// See [`made_by`].
    pub fn of(request: RequestId, at: Timestamp) -> Self {
        Self(made_by(request, at))
    }
}

impl TicketId {
    /// See [`made_by`].
    pub fn of(request: RequestId, at: Timestamp) -> Self {
        Self(made_by(request, at))
    }
}

impl ClosingId {
    /// See [`made_by`].
    pub fn of(request: RequestId, at: Timestamp) -> Self {
        Self(made_by(request, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_id_is_fixed_by_account_and_key() {
        let account: AccountId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        let key = IdempotencyKey::parse("0123456789abcdef").unwrap();
        let id = RequestId::of(account, &key);
        assert_eq!(id, RequestId::of(account, &key));
        assert_eq!(id.uuid().get_version_num(), 5);
        let other: AccountId = "018f0000-0000-7000-8000-000000000002".parse().unwrap();
        assert_ne!(id, RequestId::of(other, &key));
    }

    #[test]
    fn the_request_of_a_timer_never_changes() {
        let timer: TimerId = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        let request = RequestId::of_timer(timer);
        assert_eq!(request.to_string(), "f5902663-0bec-5f1f-8015-5246fdde5e25");
    }

    #[test]
    fn keys_are_bounded() {
        assert!(IdempotencyKey::parse(&"a".repeat(15)).is_err());
        assert!(IdempotencyKey::parse(&"a".repeat(16)).is_ok());
        assert!(IdempotencyKey::parse(&"a".repeat(128)).is_ok());
        assert!(IdempotencyKey::parse(&"a".repeat(129)).is_err());
        assert!(IdempotencyKey::parse("has a space in it").is_err());
        assert!(IdempotencyKey::parse("열여섯글자가넘는키열여섯글자가넘는키").is_err());
    }

    #[test]
    fn booking_id_is_a_v7_of_the_decision() {
        let request = RequestId::generate();
        let at = crate::time::from_millis(1_800_000_000_123);
        let id = BookingId::of(request, at);
        assert_eq!(id, BookingId::of(request, at));
        assert_eq!(id.uuid().get_version_num(), 7);
    }
}
