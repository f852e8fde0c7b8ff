//! Frames of commands. The examples are the golden frames of the domain, which its own test writes from real commands. Which
//! members a kind needs, and which may be null, is asked of the type that reads them.

use domain::command::{Command, Kind};
use domain::partition::QueueKind;
use domain::wire;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use super::infer;

const FRAMES: &str = include_str!("../../../../domain/tests/golden/frames.txt");
/// Members that frames of all kinds share.
const SHARED: [&str; 9] = [
    "v",
    "for_account",
    "role",
    "hospital_id",
    "channel",
    "accepted_at",
    "body_hash",
    "replay",
    "first",
];

/// A golden frame.
pub struct Frame {
    pub line: &'static str,
    /// Its third word.
    pub json: Value,
    pub command: Command,
}

/// All of them. Each is written back as it was read.
pub fn frames() -> Vec<Frame> {
    let frame = |line: &'static str| {
        let command =
            wire::decode(line.as_bytes()).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(wire::encode(&command), *line);
        let json = line.splitn(3, ' ').nth(2).expect("three words");
        Frame { line, json: serde_json::from_str(json).expect("JSON"), command }
    };
    FRAMES.lines().map(frame).collect()
}

/// Schemas of the kinds, by name.
pub fn kinds() -> BTreeMap<String, Value> {
    let mut of_kinds: BTreeMap<&str, Vec<&Frame>> = BTreeMap::new();
    let frames = frames();
    for frame in &frames {
        of_kinds.entry(frame.command.kind.name()).or_default().push(frame);
    }
    for name in Kind::NAMES {
        assert!(of_kinds.contains_key(name), "the kind {name} has no golden frame");
    }
    of_kinds.into_iter().map(|(name, frames)| (name.to_owned(), kind(&frames))).collect()
}

fn kind(frames: &[&Frame]) -> Value {
    let mut own: Vec<Value> = frames.iter().map(|frame| members(&frame.json, false)).collect();
    own.push(with_values(&own[0]));
    let command = &frames[0].command;
    let queue = match command.kind.queue() {
        QueueKind::Usual => "of bookings and tickets",
        QueueKind::Desk => "of the desk",
    };
    let ends = command.kind.time_to_live().map_or("It never expires.".to_owned(), |time| {
        format!("It expires {} minutes after it was accepted.", time.num_minutes())
    });
    let mut schema = infer::schema(&own);
    schema["description"] = json!(format!("In the queue {queue}. {ends}"));
    schema["properties"]["kind"] = json!({"const": command.kind.name()});
    ask(&mut schema, &own, |changed| serde_json::from_value::<Kind>(changed.clone()).is_ok());
    schema
}

/// With a value for each member that is null, as another kind has one there.
fn with_values(example: &Value) -> Value {
    let mut filled = example.clone();
    let frames = frames();
    for (name, value) in filled.as_object_mut().expect("members") {
        let mut found = frames.iter().filter_map(|frame| frame.json.get(name));
        if let Some(other) = found.find(|other| !other.is_null())
            && value.is_null()
        {
            *value = other.clone();
        }
    }
    let read: Kind = serde_json::from_value(filled.clone()).expect("it is read with that");
    assert_eq!(serde_json::to_value(read).expect("JSON"), filled);
    filled
}

/// What frames of all kinds have before that.
pub fn shared() -> Value {
    let frames = frames();
    let mut all: Vec<Value> = frames.iter().map(|frame| members(&frame.json, true)).collect();
    all.push(members(&for_another(&frames[0]), true));
    let mut schema = infer::schema(&all);
    let any = members(&frames[0].json, false);
    ask(&mut schema, &all, |changed| {
        let mut whole = changed.clone();
        whole.as_object_mut().expect("members").extend(any.as_object().expect("members").clone());
        let line =
            format!("{} {} {whole}", frames[0].command.request_id, frames[0].command.sender.caller);
        wire::decode(line.as_bytes()).is_ok()
    });
    schema
}

/// A frame that is sent for another's account, which no golden one is.
fn for_another(frame: &Frame) -> Value {
    let mut command = frame.command.clone();
    command.sender.for_account = command.hospital_id.uuid().to_string().parse().expect("an id");
    let line = wire::encode(&command);
    assert_eq!(wire::decode(line.as_bytes()).as_ref(), Ok(&command));
    serde_json::from_str(line.splitn(3, ' ').nth(2).expect("three words")).expect("JSON")
}

/// Makes optional what the reader does without, and null what it takes as that.
fn ask(schema: &mut Value, examples: &[Value], reads: impl Fn(&Value) -> bool) {
    let names: Vec<String> =
        schema["properties"].as_object().expect("members").keys().cloned().collect();
    let mut required = Vec::new();
    for name in names {
        let has = |example: &&Value| example.get(&name).is_some();
        let example = examples.iter().find(has).expect("an example with it");
        let (mut without, mut null) = (example.clone(), example.clone());
        without.as_object_mut().expect("members").remove(&name);
        null[&name] = Value::Null;
        if !reads(&without) {
            required.push(name.clone());
        }
        let member = &mut schema["properties"][&name];
        if reads(&null) && member["type"].is_string() {
            member["type"] = json!([member["type"], "null"]);
        }
    }
    schema["required"] = json!(required);
}

/// Those that all kinds share, or those of its own.
fn members(frame: &Value, shared: bool) -> Value {
    let of = frame.as_object().expect("an object").iter();
    let of = of.filter(|(name, _)| SHARED.contains(&name.as_str()) == shared);
    Value::Object(of.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}
