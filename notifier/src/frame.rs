//! The frames that clients get. The Request goes out byte for byte as it is stored. All but the id
//! is the same for every socket of an account and is written once; the id is each socket's own cursor.

use domain::partition::PartitionId;
use domain::time::{self, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// An event on its way to the sockets of its account.
#[derive(Debug)]
pub struct Told {
    pub partition: PartitionId,
    pub seq: u64,
    /// The frame after its id.
    tail: String,
}

/// The member of a decided Request that says when.
#[derive(Deserialize)]
struct Decided<'a> {
    decided_at: Option<&'a str>,
}

impl Told {
    /// `kind` is one of [`kind_of`]; `at` is used where the document names no time of decision.
    pub fn new(
        partition: PartitionId,
        seq: u64,
        kind: &str,
        at: Timestamp,
        document: &str,
    ) -> Self {
        let decided = serde_json::from_str::<Decided<'_>>(document)
            .ok()
            .and_then(|request| request.decided_at);
        let at = decided.map_or_else(|| json!(show(at)), |decided| json!(decided));
        Self {
            partition,
            seq,
            tail: format!(r#"","type":"{kind}","at":{at},"request":{document}}}"#),
        }
    }

    /// The frame for a socket whose cursor, with this event, is `id`.
    pub fn frame(&self, id: &str) -> Utf8Bytes {
        format!(r#"{{"id":"{id}{}"#, self.tail).into()
    }
}

/// The kinds of events that are told, by the name in the database and on the wire.
pub fn kind_of(name: &str) -> Option<&'static str> {
    ["outcome", "place", "notice"].into_iter().find(|known| *known == name)
}

/// The first frame: signed in, and listening.
pub fn connected(id: &str, at: Timestamp) -> Utf8Bytes {
    json!({"id": id, "type": "notice", "code": "CONNECTED", "at": show(at)}).to_string().into()
}

/// Instead of events that are no longer kept: how things stand.
pub fn resync(id: &str, at: Timestamp, bookings: Vec<Value>, requests: &[String]) -> Utf8Bytes {
    let (at, bookings) = (json!(show(at)), Value::Array(bookings));
    let requests = requests.join(",");
    format!(r#"{{"id":"{id}","type":"resync","resync":true,"at":{at},"bookings":{bookings},"requests":[{requests}]}}"#).into()
}

fn show(at: Timestamp) -> String {
    time::show(at, chrono_tz::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_stays_byte_for_byte() {
        let document = r#"{"b": 1,"a":"ㄱ", "decided_at":"2026-11-23T09:00:00+09:00","outcome":{"decided_at":"x"}}"#;
        let told = Told::new(PartitionId::new(2), 7, "outcome", time::from_millis(0), document);
        let frame = told.frame("abc");
        assert!(frame.ends_with(&format!(r#""request":{document}}}"#)), "{frame}");
        let value: Value = serde_json::from_str(&frame).unwrap();
        assert_eq!((&value["id"], &value["type"]), (&json!("abc"), &json!("outcome")));
        assert_eq!(value["at"], "2026-11-23T09:00:00+09:00");
    }

    #[test]
    fn every_frame_is_json_with_its_id() {
        let at = time::from_millis(0);
        let told = Told::new(PartitionId::new(0), 1, "notice", at, r#"{"state":"parked"}"#);
        let frames = [
            connected("c", at),
            resync("c", at, vec![json!({"id": 1})], &["{}".to_owned(), "{}".to_owned()]),
            told.frame("c"),
        ];
        for frame in frames {
            let value: Value = serde_json::from_str(&frame).unwrap();
            assert_eq!(value["id"], "c");
            assert_eq!(value["at"], "1970-01-01T00:00:00+00:00");
        }
    }

    #[test]
    fn only_known_kinds_are_told() {
        assert_eq!(kind_of("place"), Some("place"));
        assert_eq!(kind_of("outcome\",\"x"), None);
    }
}
