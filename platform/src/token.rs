//! What a sign-in token says of itself and of its account, read strictly (RFC 7515, 7519): dates may have fractions,
//! claims are an object in which none comes twice, and a header that asks for more than is understood is refused.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ids::{AccountId, SessionId};
use domain::time::Timestamp;
use jsonwebtoken::Header;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Formatter;
use std::marker::PhantomData;
use uuid::Uuid;

/// The claims.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The account.
    pub sub: AccountId,
    /// The sign-in that it is part of. Without one it opens nothing, since nobody could end it.
    pub sid: Option<SessionId>,
    pub iat: NumericDate,
    /// Before this the token opens nothing. Absent: it does from the beginning.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub nbf: Option<NumericDate>,
    /// From this on the token opens nothing.
    pub exp: NumericDate,
    /// `access`; any other type opens nothing.
    pub typ: String,
    /// Of this token alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<Uuid>,
}

/// A claim that may be absent, but is not null where it is given.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NumericDate>, D::Error> {
    NumericDate::deserialize(deserializer).map(Some)
}

/// Seconds since the Unix epoch, whole or with a fraction (RFC 7519, section 2), kept to the millisecond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NumericDate {
    millis: i64,
}

/// The seconds of the year 10000: a date at or beyond it, before or after the epoch, is a mistake and refused.
const END: i64 = 253_402_300_800;

impl NumericDate {
    /// Whole seconds; beyond the last date there can be, that one.
    pub fn seconds(seconds: i64) -> Self {
        Self { millis: seconds.clamp(1 - END, END - 1) * 1_000 }
    }

    /// The last whole second that is not after it.
    pub fn whole_seconds(self) -> i64 {
        self.millis.div_euclid(1_000)
    }
}

impl From<Timestamp> for NumericDate {
    fn from(at: Timestamp) -> Self {
        Self { millis: at.timestamp_millis() }
    }
}

impl Serialize for NumericDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.millis % 1_000 == 0 {
            serializer.serialize_i64(self.millis / 1_000)
        } else {
            serializer.serialize_f64(self.millis as f64 / 1_000.0)
        }
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        if !seconds.is_finite() || seconds.abs() >= END as f64 {
            return Err(D::Error::custom("a date of before the year 10000"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is less than END, times 1,000")]
        let millis = (seconds * 1_000.0).round() as i64;
        Ok(Self { millis })
    }
}

/// A JSON object. A plain struct would also be read from an array of its members.
#[derive(Clone)]
pub(crate) struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Whether the header asks for nothing that is not understood. No extension is: `crit`, even null, is refused (RFC
/// 7515, section 4.1.11). The media type, where it is given, is that of a JWT or of an access token (RFC 9068): a token
/// that was signed for another purpose names its own (RFC 8725, section 3.11).
pub(crate) fn is_understood(token: &str, header: &Header) -> bool {
    let Some(members) = members(token.split('.').next().unwrap_or_default()) else { return false };
    let typ = header.typ.as_deref().map(str::to_ascii_lowercase);
    let typ = typ.as_deref().map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
    !members.contains_key("crit") && matches!(typ, None | Some("jwt" | "at+jwt"))
}

fn members(part: &str) -> Option<HashMap<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
