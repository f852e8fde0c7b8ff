//! Where a page ended: the engine's sort values, or the last id of the database's answer, with the fingerprint of the query.
//! A cursor of another query is refused, since it would skip hits.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::wanted::Wanted;
use crate::problem::Problem;

/// Longer ones were never given out.
const MAX_LENGTH: usize = 600;

/// The place after which the next page begins.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum Place {
    /// Sort values of the engine's last hit.
    #[serde(rename = "e")]
    Engine(Vec<Value>),
    /// Id of the database's.
    #[serde(rename = "d")]
    Database(Uuid),
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    q: String,
    after: Place,
}

/// As clients get it.
pub(super) fn write(wanted: &Wanted, after: Place) -> String {
    let cursor = Cursor { q: wanted.fingerprint(), after };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
}

/// As they send it back.
pub(super) fn read(wanted: &Wanted) -> Result<Option<Place>, Problem> {
    let Some(text) = &wanted.cursor else { return Ok(None) };
    let unknown =
        || Problem::malformed("this is not a cursor that was given out here").field("cursor");
    let bytes = Some(text)
        .filter(|text| text.len() <= MAX_LENGTH)
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let cursor: Option<Cursor> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let cursor = cursor.ok_or_else(unknown)?;
    if cursor.q != wanted.fingerprint() {
        return Err(Problem::malformed("this cursor is of another query").field("cursor"));
    }
    let plain = |value: &Value| value.is_number() || value.is_string() || value.is_null();
    match &cursor.after {
        Place::Engine(values)
            if values.is_empty() || values.len() > 3 || !values.iter().all(plain) =>
        {
            Err(unknown())
        }
        _ => Ok(Some(cursor.after)),
    }
}
