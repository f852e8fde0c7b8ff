//! The frames that clients get. The Request goes out byte for byte as it is stored. All but the id
//! is the same for every socket of an account and is written once; the id is each socket's own cursor.

use domain::event::EventKind;
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
    /// `at` is used where the document names no time of decision.
    pub fn new(
        partition: PartitionId,
        seq: u64,
        kind: EventKind,
        at: Timestamp,
        document: &str,
    ) -> Self {
        let decided = serde_json::from_str::<Decided<'_>>(document).ok();
        let decided = decided.and_then(|request| request.decided_at);
        let at = decided.map_or_else(|| json!(show(at)), |decided| json!(decided));
        let name = type_of(kind);
        let tail = if kind.shows_request() {
            format!(r#"","type":"{name}","at":{at},"request":{document}}}"#)
        } else {
            // The document is an object: its members are the frame's.
            let members = document.trim().strip_prefix('{').unwrap_or("}");
            let comma = if members.trim_start().starts_with('}') { "" } else { "," };
            format!(r#"","type":"{name}","at":{at}{comma}{members}"#)
        };
        Self { partition, seq, tail }
    }

    /// The frame for a socket whose cursor, with this event, is `id`.
    pub fn frame(&self, id: &str) -> Utf8Bytes {
        format!(r#"{{"id":"{id}{}"#, self.tail).into()
    }
}

/// What clients see of the kind (CONTRACT, Request): a parked request is told by a notice.
const fn type_of(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Outcome => "outcome",
        EventKind::Parked | EventKind::Notice => "notice",
        // Sockets are not told of it.
        EventKind::Line => "line",
    }
}

/// The first frame: signed in, and listening.
pub fn connected(id: &str, at: Timestamp) -> Utf8Bytes {
    json!({"id": id, "type": "notice", "code": "CONNECTED", "at": show(at)}).to_string().into()
}

/// Instead of events that are no longer kept: how things stand. `members` are those of the rooms.
pub fn resync(
    id: &str,
    at: Timestamp,
    members: &[(&'static str, Value)],
    requests: &[String],
) -> Utf8Bytes {
    let at = json!(show(at));
    let members = members.iter().map(|(name, value)| format!(r#""{name}":{value},"#));
    let members = members.collect::<Vec<_>>().concat();
    let requests = requests.join(",");
    format!(r#"{{"id":"{id}","type":"resync","resync":true,"at":{at},{members}"requests":[{requests}]}}"#).into()
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
        let told =
            Told::new(PartitionId::new(2), 7, EventKind::Outcome, time::from_millis(0), document);
        let frame = told.frame("abc");
        assert!(frame.ends_with(&format!(r#""request":{document}}}"#)), "{frame}");
        let value: Value = serde_json::from_str(&frame).unwrap();
        assert_eq!((&value["id"], &value["type"]), (&json!("abc"), &json!("outcome")));
        assert_eq!(value["at"], "2026-11-23T09:00:00+09:00");
    }

    #[test]
    fn every_frame_is_json_with_its_id() {
        let at = time::from_millis(0);
        let told =
            Told::new(PartitionId::new(0), 1, EventKind::Parked, at, r#"{"state":"parked"}"#);
        let frames = [
            connected("c", at),
            resync(
                "c",
                at,
                &[("bookings", json!([{"id": 1}]))],
                &["{}".to_owned(), "{}".to_owned()],
            ),
            told.frame("c"),
        ];
        for frame in frames {
            let value: Value = serde_json::from_str(&frame).unwrap();
            assert_eq!(value["id"], "c");
            assert_eq!(value["at"], "1970-01-01T00:00:00+00:00");
        }
    }

    #[test]
    fn a_notice_has_a_document_of_its_own_and_no_request() {
        let at = time::from_millis(0);
        for (document, code) in
            [(r#"{"code":"X","n":1}"#, json!("X")), ("{}", Value::Null), ("broken", Value::Null)]
        {
            let told = Told::new(PartitionId::new(0), 1, EventKind::Notice, at, document);
            let frame: Value = serde_json::from_str(&told.frame("c")).unwrap();
            assert_eq!(
                (&frame["id"], &frame["type"], &frame["code"]),
                (&json!("c"), &json!("notice"), &code)
            );
            assert!(frame.get("request").is_none(), "{frame}");
        }
    }
}
