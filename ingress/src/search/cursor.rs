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

#[cfg(test)]
mod tests {
    use super::*;

    /// Hospitals of one building are as far away as each other. A distance that came back another by the last bit would skip those
    /// of them who are left, or show them twice.
    #[test]
    fn a_distance_comes_back_as_it_was() {
        let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..10_000 {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let distance = (chance >> 11) as f64 / 3.0e11;
            let place = Place::Engine(vec![distance.into(), "01a22144".into()]);
            let text = serde_json::to_string(&place).unwrap();
            assert_eq!(serde_json::from_str::<Place>(&text).unwrap(), place, "{text}");
        }
    }
}
