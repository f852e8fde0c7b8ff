//! JSON from outside, and JSON that is recorded and sent. serde reads a struct from an array too, its members in the
//! order of the code: such a text would change its meaning with the next member. What outsiders send is an object, with
//! its members named.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::error::Error;
use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

/// Reads a JSON object.
pub fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    if is_object(bytes) {
        serde_json::from_slice(bytes)
    } else {
        Err(serde::de::Error::custom("not a JSON object"))
    }
}

/// Whether this, if it is JSON at all, is an object.
pub fn is_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}

/// Reads an enum by its name. serde takes `{"name":null}` for it too.
pub fn name<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let name = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    name.map(|name| name.parse().map_err(serde::de::Error::custom)).transpose()
}

/// JSON of a value that always has one: plain structs of ids, times, texts and numbers.
///
/// # Panics
/// Where the value has none: an empty text must never be recorded instead.
#[expect(clippy::expect_used, reason = "a document that is lost in silence is worse than a crash")]
pub fn json_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain values are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Visit;

    #[derive(Deserialize, PartialEq, Debug)]
    struct Pair {
        left: u8,
        right: Option<u8>,
    }

    #[test]
    fn only_an_object_is_read() {
        for text in [r#"{"left":1}"#, " \t\r\n{\"left\":1,\"right\":null}"] {
            assert_eq!(object::<Pair>(text.as_bytes()).unwrap(), Pair { left: 1, right: None });
        }
        assert!(serde_json::from_str::<Pair>("[1,null]").is_ok(), "what serde takes by itself");
        for text in
            ["[1,null]", " [1,2]", "[[1,null]]", "1", "null", "\"{}\"", "", " ", "{", "{}[]"]
        {
            assert!(object::<Pair>(text.as_bytes()).is_err(), "{text}");
        }
        assert!(object::<()>(b"null").is_err() && object::<Option<Pair>>(b"null").is_err());
    }

    #[derive(Deserialize)]
    struct Named {
        #[serde(default, deserialize_with = "name")]
        visit: Option<Visit>,
    }

    #[test]
    fn a_name_is_a_string() {
        let read = |text: &str| object::<Named>(text.as_bytes()).map(|named| named.visit);
        assert_eq!(read(r#"{"visit":"first"}"#).unwrap(), Some(Visit::First));
        assert_eq!(read(r#"{"visit":null}"#).unwrap(), None);
        assert_eq!(read("{}").unwrap(), None);
        for bad in [r#"{"visit":{"first":null}}"#, r#"{"visit":"second"}"#, r#"{"visit":0}"#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
