//! The whole document.

use serde_json::{Map, Value, json};

use super::sockets::Described;
use super::{broker, commands, sockets};

/// Shapes of the API that stand in frames too.
const OF_THE_API: [&str; 7] =
    ["Request", "Subject", "Place", "Booking", "Ticket", "TicketPlace", "Estimate"];
const API: &str = include_str!("../../../../ingress/golden/openapi.json");

pub fn document() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {"title": "DocDe", "version": "1", "description":
            "Two parts. `sockets` is for clients: what an account is told, and public boards. `broker` is inside: how services talk over RabbitMQ, in the topology of rabbitmq/definitions.json. Written from the code."},
        "defaultContentType": "application/json",
        "servers": {
            "sockets": {"host": "{host}", "protocol": "wss", "description": "The origin of the API.", "variables": {"host": {"default": "localhost"}}},
            "broker": {"host": "localhost:5672", "pathname": "/docde", "protocol": "amqp", "protocolVersion": "0.9.1", "description": "The vhost `docde`."},
        },
        "channels": channels(),
        "operations": operations(),
        "components": {"messages": messages(), "schemas": schemas()},
    })
}

fn reference(to: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{to}/{name}")})
}

fn channels() -> Value {
    let mut channels = broker::channels();
    let told: Map<String, Value> = of_account(true)
        .iter()
        .map(|frame| (frame.name.to_owned(), reference("messages", frame.name)))
        .chain([("watch".to_owned(), reference("messages", "watch"))])
        .collect();
    channels.insert(
        "account".to_owned(),
        json!({"address": "/ws", "servers": [{"$ref": "#/servers/sockets"}], "messages": told,
            "summary": "What an account is told.",
            "description": "Subprotocols `docde.v1` and `token.<access token>`; the first alone is echoed. Ids and places are in docs/reception.md.",
            "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0",
                "query": {"type": "object", "properties": {"after": {"type": "string", "description": "the `id` of the last frame that was seen"}}},
                "headers": {"type": "object", "properties": {"Sec-WebSocket-Protocol": {"type": "string", "examples": ["docde.v1, token.eyJhbGciOi"]}}, "required": ["Sec-WebSocket-Protocol"]}}},
            "x-closings": sockets::closings()}),
    );
    channels.insert(
        "board".to_owned(),
        json!({"address": "/ws/boards/{hospital}", "servers": [{"$ref": "#/servers/sockets"}],
            "summary": "Which numbers are called at a hospital that shows that, for anybody.",
            "parameters": {"hospital": {"description": "the hospital's id"}}, "messages": {"board": reference("messages", "board")},
            "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}}}),
    );
    Value::Object(channels)
}

/// Frames of an account's socket, or of the others.
fn of_account(wanted: bool) -> Vec<Described> {
    sockets::frames().into_iter().filter(|frame| (frame.name != "board") == wanted).collect()
}

fn operations() -> Value {
    let on = |action: &str, channel: &str, summary: &str| json!({"action": action, "channel": {"$ref": format!("#/channels/{channel}")}, "summary": summary});
    json!({
        "tell": with_messages(on("send", "account", "The notifier tells an account."), of_account(true).iter().map(|frame| frame.name)),
        "watch": with_messages(on("receive", "account", "A client says for which request it waits: ten of an account here, the newest."), ["watch"].into_iter()),
        "show": on("send", "board", "The notifier shows a board."),
        "command": on("send", "docde_commands", "Ingress publishes commands; a worker what falls due; the command line what is replayed."),
        "decide": on("receive", "queue_docde_p_partition_", "The partition's owner decides them in order."),
        "decide_desk": on("receive", "queue_docde_p_partition__desk", "The same owner reads these first."),
        "report": on("send", "docde_outcomes", "The owner tells what a batch has come to."),
        "hear": on("receive", "docde_outcomes", "Ingress, notifiers and the indexer hear it."),
        "park": on("receive", "queue_docde_dead", "Workers move what the broker gave up to a table."),
    })
}

fn with_messages<'n>(mut operation: Value, names: impl Iterator<Item = &'n str>) -> Value {
    operation["messages"] =
        names.map(|name| json!({"$ref": format!("#/channels/account/messages/{name}")})).collect();
    operation
}

fn messages() -> Value {
    let frame = |frame: Described| {
        let examples = frame.examples.iter().map(|example| json!({"payload": example}));
        let examples: Vec<Value> = examples.collect();
        let shown = json!({"name": frame.name, "title": frame.name, "summary": frame.summary, "contentType": "application/json",
            "payload": reference("schemas", &format!("Frame_{}", frame.name)), "examples": examples});
        (frame.name.to_owned(), shown)
    };
    let mut messages: Map<String, Value> = sockets::frames().into_iter().map(frame).collect();
    let watch = json!({"name": "watch", "title": "watch", "summary": "For which request the client waits.", "contentType": "application/json",
        "payload": reference("schemas", "Watch"), "examples": [{"payload": sockets::watch()}]});
    messages.insert("watch".to_owned(), watch);
    messages.insert("commands".to_owned(), broker::message_of_commands());
    messages.insert("feed".to_owned(), broker::message_of_feed());
    Value::Object(messages)
}

fn schemas() -> Value {
    let mut schemas = Map::new();
    for frame in sockets::frames() {
        schemas.insert(format!("Frame_{}", frame.name), sockets::schema(&frame));
    }
    let watch = json!({"type": "object", "properties": {"watch": {"type": "string", "format": "uuid"}}, "required": ["watch"]});
    schemas.insert("Watch".to_owned(), watch);
    for (name, schema) in commands::kinds() {
        schemas.insert(format!("Command_{name}"), schema);
    }
    schemas.insert("CommandFrame".to_owned(), broker::frame());
    schemas.insert("CommandHeaders".to_owned(), broker::headers());
    let api: Value = serde_json::from_str(API).expect("the API's description");
    for name in OF_THE_API {
        schemas.insert(name.to_owned(), api["components"]["schemas"][name].clone());
    }
    Value::Object(schemas)
}
