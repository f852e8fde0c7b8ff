//! `docs/asyncapi.json` (`AsyncAPI` 3): what goes over sockets and over the broker. It is written from the code, by this test under
//! `DOCDE_GOLDEN=write`, and otherwise compared with it. Frames are made by what makes them in the service; messages of the
//! broker are examples that the real types read and write back unchanged.

mod broker;
mod commands;
mod document;
mod infer;
mod sockets;

use serde_json::Value;
use std::collections::BTreeSet;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/asyncapi.json");

/// The file that is kept.
fn kept() -> Value {
    serde_json::from_str(&std::fs::read_to_string(PATH).unwrap()).unwrap()
}

/// Where two documents differ, as pointers: the whole of them is too long to be read.
fn differences(kept: &Value, written: &Value, at: &str) -> Vec<String> {
    let (Value::Object(before), Value::Object(after)) = (kept, written) else {
        return if kept == written { Vec::new() } else { vec![at.to_owned()] };
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |name: &String| {
        let (kept, written) = (before.get(name), after.get(name));
        let at = format!("{at}/{name}");
        match (kept, written) {
            (Some(kept), Some(written)) => differences(kept, written, &at),
            _ => vec![at],
        }
    };
    names.into_iter().flat_map(of).collect()
}

#[test]
fn the_description_is_as_the_code() {
    let written = document::document();
    if std::env::var_os("DOCDE_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(PATH, format!("{written:#}\n")).unwrap();
    }
    let kept = kept();
    let differs = differences(&kept, &written, "");
    assert!(differs.is_empty(), "DOCDE_GOLDEN=write writes it anew: {differs:?}");
}

/// Every reference leads somewhere, and every example is as its schema says.
#[test]
fn examples_are_as_their_schemas_say() {
    let kept = kept();
    let mut references = Vec::new();
    infer::references(&kept, &mut references);
    for reference in &references {
        assert!(kept.pointer(reference).is_some(), "#{reference} leads nowhere");
    }
    let mut examples = 0;
    for (name, message) in kept["components"]["messages"].as_object().unwrap() {
        let of = |part: &str| {
            let mut schema = message[part].clone();
            schema["components"] = kept["components"].clone();
            jsonschema::validator_for(&schema).unwrap()
        };
        for example in message["examples"].as_array().unwrap() {
            for part in ["payload", "headers"] {
                if let Some(value) = example.get(part) {
                    let validator = of(part);
                    let found: Vec<_> =
                        validator.iter_errors(value).map(|error| error.to_string()).collect();
                    assert!(found.is_empty(), "{name}, {part}: {found:?} in {value:#}");
                    examples += 1;
                }
            }
        }
    }
    assert!(examples > 20, "{examples}");
}
