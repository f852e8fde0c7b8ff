//! What handlers read from a request besides who asks: paths, queries, pages, bodies.

use axum::body::{Bytes, HttpBody};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::code::Code;
use domain::ids::IdempotencyKey;
use domain::time::{self, Timestamp};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::str::FromStr;
use uuid::Uuid;

use crate::problem::Problem;

/// The id in a path. One that is no id names nothing: 404.
pub(crate) struct Id<T>(pub T);

impl<T: FromStr + Send, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let nothing = || Problem::new(Code::NotFound);
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| nothing())?;
        text.parse().map(Self).map_err(|_| nothing())
    }
}

/// The two ids in a path, as [`Id`].
pub(crate) struct Ids<A, B>(pub A, pub B);

impl<A: FromStr + Send, B: FromStr + Send, S: Send + Sync> FromRequestParts<S> for Ids<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let nothing = || Problem::new(Code::NotFound);
        let Path((one, other)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| nothing())?;
        let one = one.parse().map_err(|_| nothing())?;
        other.parse().map(|other| Self(one, other)).map_err(|_| nothing())
    }
}

/// The query.
pub(crate) struct Params<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::try_from_uri(&parts.uri)
            .map_err(|error| Problem::malformed(error.body_text()))?;
        Ok(Self(query.0))
    }
}

/// Which page of a list. Absent: the first, of 20.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Page {
    cursor: Option<String>,
    limit: Option<u32>,
}

impl Page {
    const DEFAULT: u32 = 20;
    const MAX: u32 = 100;

    pub const fn new(cursor: Option<String>, limit: Option<u32>) -> Self {
        Self { cursor, limit }
    }

    /// The last id of the page before.
    pub fn after(&self) -> Result<Option<Uuid>, Problem> {
        self.read(|bytes| Uuid::from_slice(bytes).ok())
    }

    /// The last time of the page before, for lists in the order of time.
    pub fn after_time(&self) -> Result<Option<Timestamp>, Problem> {
        self.read(|bytes| Some(time::from_millis(i64::from_be_bytes(bytes.try_into().ok()?))))
    }

    /// The last number of the page before, for lists in the order in which their rows were written.
    pub fn after_number(&self) -> Result<Option<u64>, Problem> {
        self.read(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?)))
    }

    /// Start and id of the last one of the page before, for lists in the order of starts.
    pub fn after_start(&self) -> Result<Option<(Timestamp, Uuid)>, Problem> {
        self.read(|bytes| {
            let (at, id) = bytes.split_first_chunk()?;
            Some((time::from_millis(i64::from_be_bytes(*at)), Uuid::from_slice(id).ok()?))
        })
    }

    fn read<T>(&self, last: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(cursor) = self.cursor.as_deref().filter(|cursor| !cursor.is_empty()) else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        bytes.and_then(|bytes| last(&bytes)).map(Some).ok_or_else(|| {
            Problem::malformed("this is not a cursor that was given out here").field("cursor")
        })
    }

    pub fn limit(&self) -> Result<u32, Problem> {
        let limit = self.limit.unwrap_or(Self::DEFAULT);
        if (1..=Self::MAX).contains(&limit) {
            Ok(limit)
        } else {
            Err(Problem::malformed("limit is 1 to 100").field("limit"))
        }
    }
}

/// A list as clients see it. `items` were read one beyond the limit, which tells whether there are more.
pub(crate) fn list<T>(
    items: Vec<T>,
    limit: u32,
    id: impl Fn(&T) -> Uuid,
    show: impl Fn(T) -> Value,
    as_of: &str,
) -> Value {
    list_by(items, limit, |last| URL_SAFE_NO_PAD.encode(id(last)), show, as_of)
}

/// The same with a cursor of another kind.
pub(crate) fn list_by<T>(
    mut items: Vec<T>,
    limit: u32,
    cursor: impl Fn(&T) -> String,
    show: impl Fn(T) -> Value,
    as_of: &str,
) -> Value {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(cursor) } else { None };
    json!({"items": items.into_iter().map(show).collect::<Vec<_>>(), "next_cursor": next, "as_of": as_of})
}

/// The cursor of a page that ends with this time.
pub(crate) fn cursor_of_time(at: Timestamp) -> String {
    URL_SAFE_NO_PAD.encode(at.timestamp_millis().to_be_bytes())
}

/// The cursor of a page that ends with the row of this number.
pub(crate) fn cursor_of_number(number: u64) -> String {
    URL_SAFE_NO_PAD.encode(number.to_be_bytes())
}

/// An instant in a query. A `+` that was not escaped there arrives as a space.
pub(crate) fn instant(field: &'static str, text: &str) -> Result<Timestamp, Problem> {
    let read = time::parse(&text.replace(' ', "+")).map_err(|error| error.to_string());
    let read =
        read.and_then(|at| if time::is_sane(at) { Ok(at) } else { Err("2000 to 2199".to_owned()) });
    read.map_err(|rule| Problem::malformed(rule).field(field))
}

/// The cursor of a page that ends with what starts then and has this id.
pub(crate) fn cursor_of_start(at: Timestamp, id: Uuid) -> String {
    let at = at.timestamp_millis().to_be_bytes();
    URL_SAFE_NO_PAD.encode([&at[..], id.as_bytes()].concat())
}

/// A JSON object of at most 16 KiB as the body; an absent one reads as `{}`.
pub(crate) struct Json<T>(pub T);

/// Bytes that a body may have.
pub(crate) const MAX_BYTES: usize = 16 * 1024;

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (plain, json) = (is_plain(request.headers()), is_json(request.headers()));
        // Said before its sender is asked for it (`Expect`).
        if request.body().size_hint().lower() > MAX_BYTES as u64 {
            return Err(Problem::new(Code::TooLarge));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|error| unread(&error))?;
        let bytes = match &*bytes {
            b"" => b"{}",
            _ if !plain => return Err(unsupported("the body comes with no Content-Encoding")),
            _ if !json => return Err(unsupported("the Content-Type is application/json, UTF-8")),
            bytes => bytes,
        };
        domain::json::object(bytes).map(Self).map_err(|error| Problem::malformed(error.to_string()))
    }
}

fn unsupported(detail: &str) -> Problem {
    Problem::new(Code::UnsupportedMediaType).detail(detail)
}

fn unread(error: &BytesRejection) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::TooLarge),
        _ => Problem::malformed("the body could not be read"),
    }
}

/// Not compressed.
fn is_plain(headers: &HeaderMap) -> bool {
    let plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    headers.get_all(CONTENT_ENCODING).iter().all(plain)
}

/// One content type, JSON, in UTF-8 if it says in what.
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(Ok(value)), None) = (values.next().map(HeaderValue::to_str), values.next()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let charset = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        !is_charset || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    };
    parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
        && parts.all(charset)
}

/// The `Idempotency-Key`. Missing or misshapen: 400 `KEY_MISSING`.
pub(crate) struct Key(pub IdempotencyKey);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let missing = || Problem::new(Code::KeyMissing);
        let text =
            parts.headers.get("idempotency-key").ok_or_else(missing)?.to_str().unwrap_or_default();
        IdempotencyKey::parse(text).map(Self).map_err(|error| missing().detail(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cursor: Option<&str>, limit: Option<u32>) -> Page {
        Page { cursor: cursor.map(ToOwned::to_owned), limit }
    }

    #[test]
    fn a_cursor_leads_to_the_next_page() {
        let ids: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
        let listed = list(ids.clone(), 2, |id| *id, |id| json!(id), "now");
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);
        let cursor = listed["next_cursor"].as_str().unwrap();
        assert_eq!(page(Some(cursor), None).after().unwrap(), Some(ids[1]));
        assert_eq!(list(ids, 3, |id| *id, |id| json!(id), "now")["next_cursor"], Value::Null);
    }

    #[test]
    fn a_cursor_of_a_time_is_read_back_and_is_none_of_an_id() {
        let at = time::from_millis(1_800_000_000_123);
        let cursor = cursor_of_time(at);
        assert_eq!(page(Some(&cursor), None).after_time().unwrap(), Some(at));
        assert!(page(Some(&cursor), None).after().is_err());
        let id = Uuid::now_v7();
        let both = cursor_of_start(at, id);
        assert_eq!(page(Some(&both), None).after_start().unwrap(), Some((at, id)));
        assert!(page(Some(&cursor), None).after_start().is_err());
    }

    #[test]
    fn a_cursor_of_a_number_is_read_back() {
        let cursor = cursor_of_number(7);
        assert_eq!(page(Some(&cursor), None).after_number().unwrap(), Some(7));
        assert!(page(Some(&cursor), None).after().is_err());
    }

    #[test]
    fn an_instant_of_a_query_has_an_offset_and_a_year_that_can_be() {
        let at = |text: &str| instant("from", text).ok();
        assert_eq!(at("2026-11-23T09:00:00 09:00"), at("2026-11-23T00:00:00Z"));
        assert!(at("2026-11-23T09:00:00Z").is_some());
        assert!(at("2026-11-23").is_none() && at("0001-11-23T09:00:00Z").is_none());
    }

    #[test]
    fn limits_and_cursors_are_checked() {
        assert_eq!(page(None, None).limit().unwrap(), 20);
        assert_eq!(page(None, Some(100)).limit().unwrap(), 100);
        assert!(page(None, Some(0)).limit().is_err() && page(None, Some(101)).limit().is_err());
        assert!(page(Some("xyz"), None).after().is_err());
    }
}
