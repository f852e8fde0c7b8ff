//! The broker's fixed topology: declared at install from `rabbitmq/definitions.json`, which a test holds
//! equal to this file, and verified by every service at its start. Nothing is declared on demand
//! but each replica's own exclusive queue: a quorum queue younger than about a second lost
//! confirmed messages in a broker kill (measured on 3.10.8).

use domain::partition::{PartitionId, QueueId};
use serde_json::{Value, json};

/// Commands, by `doctor.pNN.<doctor>` and, for the desk's queue, `desk.pNN.<doctor>`.
pub const COMMANDS: &str = "docde.commands";
/// What no binding takes: exchange and queue. Without it an unroutable command would be confirmed and gone.
pub const UNROUTED: &str = "docde.unrouted";
/// Committed outcomes and events, to every notifier and ingress.
pub const OUTCOMES: &str = "docde.outcomes";
/// Dead letters: exchange and queue.
pub const DEAD: &str = "docde.dead";
/// Messages that a partition's queue holds before it refuses more.
pub const MAX_LENGTH: u64 = 200_000;
/// High, since closing a channel counts as a delivery; attempts are counted by the worker.
pub const DELIVERY_LIMIT: u64 = 1_000;

/// Exchanges as the management API shows them.
pub fn exchanges() -> Vec<Value> {
    let exchange = |name: &str, kind: &str, arguments: Value| json!({"name": name, "type": kind, "durable": true, "auto_delete": false, "internal": false, "arguments": arguments});
    vec![
        exchange(COMMANDS, "topic", json!({"alternate-exchange": UNROUTED})),
        exchange(UNROUTED, "fanout", json!({})),
        exchange(OUTCOMES, "fanout", json!({})),
        exchange(DEAD, "topic", json!({})),
    ]
}

/// Both queues of every partition.
fn of_commands(partitions: u16) -> impl Iterator<Item = QueueId> {
    (0..partitions).map(PartitionId::new).flat_map(PartitionId::queues)
}

/// Durable queues.
pub fn queues(partitions: u16) -> Vec<Value> {
    let queue = |name: &str, arguments: Value| json!({"name": name, "durable": true, "auto_delete": false, "arguments": arguments});
    let partition = json!({
        "x-queue-type": "quorum", "x-single-active-consumer": true, "x-dead-letter-exchange": DEAD,
        "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish", "x-max-length": MAX_LENGTH,
        "x-delivery-limit": DELIVERY_LIMIT,
    });
    let mut queues: Vec<_> =
        of_commands(partitions).map(|id| queue(&id.name(), partition.clone())).collect();
    // RabbitMQ 4 drops after 20 deliveries where no limit is set.
    let letters = json!({"x-queue-type": "quorum", "x-overflow": "reject-publish", "x-max-length": 100_000, "x-delivery-limit": DELIVERY_LIMIT});
    queues.extend([UNROUTED, DEAD].map(|name| queue(name, letters.clone())));
    queues
}

/// Bindings between them.
pub fn bindings(partitions: u16) -> Vec<Value> {
    let binding = |source: &str, queue: &str, key: &str| json!({"source": source, "destination": queue, "destination_type": "queue", "routing_key": key, "arguments": {}});
    let mut bindings: Vec<_> =
        of_commands(partitions).map(|id| binding(COMMANDS, &id.name(), &id.binding())).collect();
    bindings.push(binding(UNROUTED, UNROUTED, ""));
    bindings.push(binding(DEAD, DEAD, "#"));
    bindings
}

/// The broker does not have the topology that this build expects.
#[derive(Debug, thiserror::Error)]
pub enum TopologyError {
    #[error("the broker's management API does not answer: {0}")]
    Unreachable(#[from] reqwest::Error),
    #[error(
        "{0} is missing or differs from rabbitmq/definitions.json; import that file and start again"
    )]
    Differs(String),
}

/// What the broker has, as lists of the management API.
#[derive(Clone, Debug)]
pub struct Found {
    pub exchanges: Vec<Value>,
    pub queues: Vec<Value>,
    pub bindings: Vec<Value>,
}

/// Compares the broker with this file. Further queues (replicas' own) are no concern.
pub fn compare(partitions: u16, found: &Found) -> Result<(), TopologyError> {
    let checks = [
        ("exchange", exchanges(), &found.exchanges, "name"),
        ("queue", queues(partitions), &found.queues, "name"),
        ("binding", bindings(partitions), &found.bindings, "destination"),
    ];
    for (what, expected, found, label) in checks {
        for wanted in expected {
            if !found.iter().any(|thing| holds(thing, &wanted)) {
                let name = wanted[label].as_str().unwrap_or_default();
                return Err(TopologyError::Differs(format!("{what} {name}")));
            }
        }
    }
    let count = found.queues.iter().filter(|queue| is_of_commands(queue)).count();
    let expected = of_commands(partitions).count();
    if count == expected {
        Ok(())
    } else {
        Err(TopologyError::Differs(format!(
            "the number of partition queues ({count}, expected {expected})"
        )))
    }
}

fn is_of_commands(queue: &Value) -> bool {
    let name = queue["name"].as_str().unwrap_or_default();
    let name = name.strip_suffix(".desk").unwrap_or(name);
    name.strip_prefix("docde.p")
        .is_some_and(|index| index.len() == 2 && index.bytes().all(|b| b.is_ascii_digit()))
}

/// Every member of `wanted` stands so in `thing`.
fn holds(thing: &Value, wanted: &Value) -> bool {
    wanted
        .as_object()
        .is_some_and(|members| members.iter().all(|(name, value)| thing.get(name) == Some(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file and the code say the same, user rights aside.
    #[test]
    fn definitions_file_equals_the_code() {
        let file = include_str!("../../rabbitmq/definitions.json");
        let file: Value = serde_json::from_str(file).unwrap();
        let of = |what: &str| file[what].as_array().unwrap().clone();
        for (what, code) in
            [("exchanges", exchanges()), ("queues", queues(8)), ("bindings", bindings(8))]
        {
            let listed = of(what);
            assert_eq!(listed.len(), code.len(), "{what}");
            for wanted in code {
                assert!(listed.iter().any(|thing| holds(thing, &wanted)), "{what}: {wanted}");
            }
        }
        assert!(
            of("users").iter().all(|user| user["password_hash"] == ""),
            "no password stands in the file"
        );
    }
}
