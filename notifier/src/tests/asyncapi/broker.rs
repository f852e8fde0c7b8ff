//! The broker: exchanges, queues and keys as every service expects them, messages of commands and the feed.

use domain::event::EventKind;
use domain::feed;
use domain::partition::PartitionId;
use domain::wire::{MAX_FRAMES, header};
use platform::topology::{self, COMMANDS, DEAD, OUTCOMES, UNROUTED};
use serde_json::{Map, Value, json};

use super::commands;

const FEED: &str = include_str!("../../../../domain/tests/golden/feed.txt");

/// Exchanges and queues, of one partition for all.
pub fn channels() -> Map<String, Value> {
    let mut channels = Map::new();
    for exchange in topology::exchanges() {
        let name = exchange["name"].as_str().expect("a name");
        let mut bound: Value = exchange.clone();
        bound.as_object_mut().expect("members").remove("internal");
        let arguments = bound.as_object_mut().expect("members").remove("arguments");
        bound["autoDelete"] = bound.as_object_mut().expect("members").remove("auto_delete").into();
        bound["vhost"] = json!("docde");
        let (address, summary, messages) = about(name);
        channels.insert(
            name.replace('.', "_"),
            json!({"address": address, "summary": summary, "servers": [{"$ref": "#/servers/broker"}],
                "parameters": parameters(address), "messages": messages,
                "bindings": {"amqp": {"is": "routingKey", "exchange": bound, "bindingVersion": "0.3.0"}},
                "x-arguments": arguments}),
        );
    }
    let bindings = topology::bindings(1);
    for queue in topology::queues(1) {
        let name = queue["name"].as_str().expect("a name").to_owned();
        let of_queue = |binding: &&Value| binding["destination"] == queue["name"];
        let bound: Vec<Value> = bindings
            .iter()
            .filter(of_queue)
            .map(|binding| json!({"exchange": binding["source"], "key": anywhere(&binding["routing_key"])}))
            .collect();
        let address = anywhere(&queue["name"]);
        let text = address.as_str().expect("a name");
        channels.insert(
            format!("queue_{}", text.replace(['.', '{', '}'], "_")),
            json!({"address": address, "summary": of_queue_named(&name), "servers": [{"$ref": "#/servers/broker"}],
                "parameters": parameters(text), "messages": {"commands": {"$ref": "#/components/messages/commands"}},
                "bindings": {"amqp": {"is": "queue", "bindingVersion": "0.3.0", "queue": {
                    "name": address, "durable": queue["durable"], "exclusive": false, "autoDelete": queue["auto_delete"], "vhost": "docde"}}},
                "x-arguments": queue["arguments"], "x-bound": bound}),
        );
    }
    channels
}

/// Of partition 0, as it is of any.
fn anywhere(name: &Value) -> Value {
    let of = PartitionId::new(0).to_string();
    json!(name.as_str().expect("a name").replace(&of, "p{partition}"))
}

fn parameters(address: &str) -> Value {
    let mut parameters = Map::new();
    let known = [
        ("queue", "which of the partition's two queues"),
        (
            "partition",
            "two digits: FNV-1a-64 of the hospital's id (16 bytes) modulo the number of partitions",
        ),
        (
            "doctor",
            "the doctor's id; `any`, where no doctor is named; `many`, where several commands share a message",
        ),
    ];
    for (name, description) in known {
        if address.contains(&format!("{{{name}}}")) {
            let values: &[&str] = if name == "queue" { &["doctor", "desk"] } else { &[] };
            let mut parameter = json!({"description": description});
            if !values.is_empty() {
                parameter["enum"] = json!(values);
            }
            parameters.insert(name.to_owned(), parameter);
        }
    }
    Value::Object(parameters)
}

fn about(exchange: &str) -> (&'static str, &'static str, Value) {
    let commands = json!({"commands": {"$ref": "#/components/messages/commands"}});
    match exchange {
        COMMANDS => (
            "{queue}.p{partition}.{doctor}",
            "Commands, each to the queue of its partition: `doctor` is the queue of bookings and tickets, `desk` that of the desk.",
            commands,
        ),
        UNROUTED => (
            "",
            "What no binding takes, so that a command that was confirmed is never gone.",
            commands,
        ),
        OUTCOMES => (
            "",
            "One message a committed batch, to a queue of its own of every ingress, notifier and indexer (exclusive, deleted with it).",
            json!({"feed": {"$ref": "#/components/messages/feed"}}),
        ),
        DEAD => {
            ("#", "What the broker gave up. Workers move it to the table `dead_letter`.", commands)
        }
        other => panic!("the exchange {other} is not described"),
    }
}

fn of_queue_named(name: &str) -> &'static str {
    match name {
        UNROUTED => "Commands that no binding took: none, as long as the topology is right.",
        DEAD => "Commands that the broker gave up, until a worker has moved them.",
        desk if desk.rsplit('.').next() == Some("desk") => {
            "A partition's commands of the desk and of what falls due, read first by the same owner. One active consumer."
        }
        _ => "A partition's bookings and tickets. One active consumer.",
    }
}

/// A message of commands.
pub fn message_of_commands() -> Value {
    let frames = commands::frames();
    let examples: Vec<Value> = frames
        .iter()
        .map(|frame| json!({"name": frame.command.kind.name(), "payload": frame.line, "headers": headers_of(1)}))
        .collect();
    json!({
        "name": "commands", "title": "Commands", "contentType": "text/plain; charset=utf-8",
        "summary": format!("Up to {MAX_FRAMES} frames, one a line: request id, account id and the JSON of `CommandFrame`, with a space between them."),
        "description": "A frame that cannot be read is parked alone. Free text is sealed. Persistent, confirmed by the broker.",
        "headers": {"$ref": "#/components/schemas/CommandHeaders"},
        "payload": {"type": "string", "pattern": r"^[0-9a-f-]{36} [0-9a-f-]{36} \{.*\}(\n[0-9a-f-]{36} [0-9a-f-]{36} \{.*\})*$"},
        "bindings": {"amqp": {"contentEncoding": "utf-8", "messageType": "commands", "bindingVersion": "0.3.0"}},
        "examples": examples,
    })
}

fn headers_of(count: u64) -> Value {
    json!({
        header::VERSION: header::VERSION_HERE, header::PUBLISHER: "018f0000-0000-7000-8000-0000000000e1",
        header::SEQ: 17, header::COUNT: count, header::ACKED: 16,
        header::TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    })
}

/// What stands beside a message of commands.
pub fn headers() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let number =
        |description: &str| json!({"type": "integer", "minimum": 0, "description": description});
    json!({"type": "object", "required": [header::VERSION, header::PUBLISHER, header::SEQ, header::COUNT, header::ACKED], "properties": {
        header::VERSION: {"const": header::VERSION_HERE, "description": "of the message"},
        header::PUBLISHER: text("new for each channel, and after each unconfirmed publish"),
        header::SEQ: number("of the first command, per publisher and partition, from 1"),
        header::COUNT: number("commands in the message; 0 for a report of `acked` alone"),
        header::ACKED: number("highest number that the publisher knows confirmed without a gap: above what arrived, a loss"),
        header::CONFIRMED_BEYOND: text("numbers confirmed beyond a gap, `first-last` joined by commas: a final report"),
        header::DOCTORS: text("of several commands: for people, who see in the broker's UI whose commands wait"),
        header::TRACEPARENT: text("W3C trace context of each command, joined by commas"),
        header::DEAD: text("why the broker or a worker gave it up"),
    }})
}

/// The JSON of a frame.
pub fn frame() -> Value {
    let kinds = commands::kinds();
    let each =
        kinds.keys().map(|name| json!({"$ref": format!("#/components/schemas/Command_{name}")}));
    let kinds: Vec<Value> = each.collect();
    json!({"description": "What all frames have, and what the kind of command has.", "allOf": [commands::shared(), {"oneOf": kinds}]})
}

/// The message of a committed batch. The golden feed is read line by line.
pub fn message_of_feed() -> Value {
    let (_, entries) = feed::read(FEED.trim_end().as_bytes()).expect("the head of the golden feed");
    let lines = FEED.trim_end().lines().count();
    assert_eq!(entries.count() + 1, lines, "each line of the golden feed is read");
    let marks: std::collections::BTreeSet<&str> =
        FEED.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    let lines = [
        ("D", "doctor, day, revision: what is kept of that day is old"),
        (
            "E",
            "seq, audience (an account, or `doctor@day` of a line), kind, request or `-`, hash of its body, document: a committed event",
        ),
        ("H", "hospital: what the search index shows of it has changed"),
        (
            "Q",
            "queue, milliseconds: what came to it before a command that was accepted then is decided",
        ),
        (
            "R",
            "request, hash of its body, document: what was decided before, for a request that was sent again",
        ),
        ("S", "hospital: schedules of its doctors have changed"),
        ("T", "doctor: another schedule, or no longer there"),
    ];
    assert_eq!(lines.iter().map(|line| line.0).collect::<std::collections::BTreeSet<_>>(), marks);
    let lines: Map<String, Value> =
        lines.into_iter().map(|(mark, text)| (mark.to_owned(), json!(text))).collect();
    let kinds: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    json!({
        "name": "feed", "title": "A committed batch", "contentType": "text/plain; charset=utf-8",
        "summary": "First line: `docde1`, partition, epoch of its owner, backlog, commands decided a second, commands ever settled. Then one line each, with a mark before it.",
        "description": "It is told after the commit, and told again by the owner where it may not have been. What no message told is in the database.",
        "payload": {"type": "string", "pattern": r"^docde1 \d+ \d+ \d+ \d+\.\d+ \d+(\n[A-Z] .*)*$"},
        "bindings": {"amqp": {"contentEncoding": "utf-8", "messageType": "feed", "bindingVersion": "0.3.0"}},
        "examples": [{"name": "a batch", "payload": FEED.trim_end()}],
        "x-lines": lines, "x-event-kinds": kinds,
    })
}
