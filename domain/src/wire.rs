//! Commands on the broker. A message's body holds one frame a line, up to [`MAX_FRAMES`]; a frame
//! is `<request id> <account id> <JSON>`, so that one that cannot be read still tells whose it was
//! and is parked alone while its neighbours are decided. Wire types are versioned and apart from
//! the domain's: field names here are a promise to messages already queued.

use serde::{Deserialize, Serialize};

use crate::command::{BodyHash, Command, Kind};
use crate::ids::{AccountId, HospitalId, RequestId};
use crate::json::json_text;
use crate::people::{Channel, Role, Sender};
use crate::time;

/// Commands that may share a message (CONTRACT, Messages).
pub const MAX_FRAMES: usize = 64;

/// AMQP header names.
pub mod header {
    /// Version of the message. The owner parks the frames of one that it does not know.
    pub const VERSION: &str = "v";
    /// The version that is written and read here.
    pub const VERSION_HERE: u8 = 1;
    /// The publisher: new for each channel, and after each unconfirmed publish.
    pub const PUBLISHER: &str = "publisher";
    /// Number of the message's first command, per publisher and partition, from 1.
    pub const SEQ: &str = "seq";
    /// How many commands the message holds; 0 for a report of `acked` alone. The owner parks the frames of one that
    /// holds another number.
    pub const COUNT: &str = "count";
    /// Highest number that the publisher knows confirmed without a gap.
    pub const ACKED: &str = "acked";
    /// Numbers confirmed beyond a gap, `first-last` joined by commas: a publisher's final report.
    pub const CONFIRMED_BEYOND: &str = "confirmed_beyond";
    /// Doctors of a message of several commands. No program reads it: it is for people, who see in the broker's UI
    /// whose commands wait.
    pub const DOCTORS: &str = "doctors";
    /// W3C trace context, that of each command in their order, joined by commas. It decides nothing, and may be absent.
    pub const TRACEPARENT: &str = "traceparent";
    /// The broker gave the message up, for this reason: its commands are parked, not decided.
    pub const DEAD: &str = "dead";
}

#[derive(Serialize, Deserialize)]
struct FrameV1 {
    v: u8,
    /// Absent: the sender's own account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    for_account: Option<AccountId>,
    /// Absent: the usual one of the channel.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    role: Option<Role>,
    hospital_id: HospitalId,
    channel: Channel,
    accepted_at: i64,
    body_hash: BodyHash,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    replay: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    first: bool,
    #[serde(flatten)]
    kind: Kind,
}

/// Why a frame could not be read, with as much of its address as could.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct BadFrame {
    pub request_id: Option<RequestId>,
    pub account_id: Option<AccountId>,
    pub reason: String,
}

/// One line, without the line's end.
///
/// # Panics
/// Never: a frame holds nothing that JSON cannot.
pub fn encode(command: &Command) -> String {
    let Sender { caller, for_account, role, channel } = command.sender;
    let frame = FrameV1 {
        v: 1,
        for_account: (for_account != caller).then_some(for_account),
        role: (role != channel.usual_role()).then_some(role),
        hospital_id: command.hospital_id,
        channel,
        accepted_at: command.accepted_at.timestamp_millis(),
        body_hash: command.body_hash,
        replay: command.replay,
        first: command.first,
        kind: command.kind.clone(),
    };
    format!("{} {caller} {}", command.request_id, json_text(&frame))
}

/// Reads one line.
pub fn decode(line: &[u8]) -> Result<Command, BadFrame> {
    let nameless =
        |reason: &str| BadFrame { request_id: None, account_id: None, reason: reason.to_owned() };
    let line = std::str::from_utf8(line).map_err(|_| nameless("the frame is not UTF-8"))?;
    let mut words = line.splitn(3, ' ');
    let request_id: RequestId =
        word(&mut words).ok_or_else(|| nameless("the frame names no request"))?;
    let account_id: Option<AccountId> = word(&mut words);
    let bad = |reason: String| BadFrame { request_id: Some(request_id), account_id, reason };
    let account_id = account_id.ok_or_else(|| bad("the frame names no account".to_owned()))?;
    let frame: FrameV1 =
        serde_json::from_str(words.next().unwrap_or_default()).map_err(|error| {
            bad(format!(
                "the frame does not decode: {} at column {}",
                kind_of(&error),
                error.column()
            ))
        })?;
    if frame.v != 1 {
        return Err(bad(format!("frames of version {} are not known here", frame.v)));
    }
    let accepted_at = time::from_millis(frame.accepted_at);
    if !time::is_sane(accepted_at) {
        return Err(bad("the frame's time of acceptance is out of all range".to_owned()));
    }
    let (channel, caller) = (frame.channel, account_id);
    Ok(Command {
        request_id,
        sender: Sender {
            caller,
            for_account: frame.for_account.unwrap_or(caller),
            role: frame.role.unwrap_or(channel.usual_role()),
            channel,
        },
        hospital_id: frame.hospital_id,
        accepted_at,
        body_hash: frame.body_hash,
        replay: frame.replay,
        first: frame.first,
        kind: frame.kind,
    })
}

fn word<T: std::str::FromStr>(words: &mut std::str::SplitN<'_, char>) -> Option<T> {
    words.next()?.parse().ok()
}

/// serde's own message may quote the value, which may be a patient's: name only the kind of fault.
fn kind_of(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "unknown or missing value",
        serde_json::error::Category::Eof => "cut off",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::Book;
    use crate::ids::DoctorId;
    use crate::schedule::Visit;
    use proptest::prelude::*;

    fn command() -> Command {
        Command {
            request_id: RequestId::generate(),
            sender: Sender::patient(AccountId::generate()),
            hospital_id: HospitalId::generate(),
            accepted_at: time::from_millis(1_800_000_000_123),
            body_hash: BodyHash::of(b"x"),
            replay: false,
            first: true,
            kind: Kind::from(Book {
                doctor_id: DoctorId::generate(),
                starts_at: time::from_millis(1_800_000_900_000),
                patient_id: None,
                visit: Visit::First,
                sealed: Some("k1.abc".to_owned()),
            }),
        }
    }

    /// In the order of the members, as serde would take it for a plain struct.
    #[test]
    fn a_frame_is_an_object() {
        let command = command();
        let line = encode(&command);
        let (address, json) = line.split_at(line.find('{').unwrap());
        let object: serde_json::Value = serde_json::from_str(json).unwrap();
        let members =
            ["v", "for_account", "role", "hospital_id", "channel", "accepted_at", "body_hash"];
        let mut values: Vec<_> = members.map(|name| object[name].clone()).into();
        values.extend([false.into(), false.into(), object.clone()]);
        for array in [serde_json::json!(values), serde_json::json!([object])] {
            assert!(decode(format!("{address}{array}").as_bytes()).is_err(), "{array}");
        }
        assert_eq!(decode(line.as_bytes()).unwrap(), command);
    }

    #[test]
    fn a_frame_tells_who_acts_for_whom_in_which_role() {
        let receptionist = Sender {
            caller: AccountId::generate(),
            for_account: AccountId::generate(),
            role: Role::Receptionist,
            channel: Channel::Desk,
        };
        for sender in [receptionist, Sender::operator(AccountId::generate())] {
            let sent = Command { sender, ..command() };
            assert_eq!(decode(encode(&sent).as_bytes()).unwrap(), sent);
        }
    }

    #[test]
    fn reads_what_it_wrote_and_stays_on_one_line() {
        let sent = command();
        let line = encode(&sent);
        assert!(!line.contains('\n'));
        assert_eq!(decode(line.as_bytes()).unwrap(), sent);
    }

    #[test]
    fn a_bad_frame_still_tells_whose_it_was() {
        let sent = command();
        let line = encode(&sent).replace("\"kind\":\"book\"", "\"kind\":\"unheard_of\"");
        let bad = decode(line.as_bytes()).unwrap_err();
        assert_eq!(
            (bad.request_id, bad.account_id),
            (Some(sent.request_id), Some(sent.sender.caller))
        );
        let later = encode(&sent).replace("\"v\":1", "\"v\":2");
        assert!(decode(later.as_bytes()).unwrap_err().reason.contains("version 2"));
        let micros = encode(&sent).replace("1800000000123", "1800000000123000");
        assert_eq!(
            decode(micros.as_bytes()).unwrap_err().account_id,
            Some(sent.sender.caller),
            "no column holds such a time"
        );
        assert_eq!(decode(b"\xff\xfe").unwrap_err().request_id, None);
    }

    proptest! {
        #[test]
        fn never_panics_on_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
        }
    }
}
