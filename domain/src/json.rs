//! JSON text of what is recorded and sent.

use serde::Serialize;

/// JSON of a value that always has one: plain structs of ids, times, texts and numbers.
///
/// # Panics
/// Where the value has none: an empty text must never be recorded instead.
#[expect(clippy::expect_used, reason = "a document that is lost in silence is worse than a crash")]
pub fn json_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain values are JSON")
}
