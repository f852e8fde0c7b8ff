//! Schemas from examples: the members that all examples of a thing have are required, the others may be absent.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The schema of which all of these are examples.
pub fn schema(examples: &[Value]) -> Value {
    let is_null = examples.iter().any(Value::is_null);
    let examples: Vec<&Value> = examples.iter().filter(|one| !one.is_null()).collect();
    let Some(first) = examples.first() else { return json!({"type": "null"}) };
    let mut schema = match first {
        Value::Object(_) => object(&examples),
        Value::Array(_) => array(&examples),
        Value::String(_) => text(&examples),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(number) if number.is_f64() => json!({"type": "number"}),
        Value::Number(_) => json!({"type": "integer"}),
        Value::Null => json!({"type": "null"}),
    };
    if is_null {
        schema["type"] = json!([schema["type"], "null"]);
    }
    schema
}

fn object(examples: &[&Value]) -> Value {
    let mut found: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (name, value) in examples.iter().filter_map(|one| one.as_object()).flatten() {
        found.entry(name).or_default().push(value.clone());
    }
    let all = |(_, values): &(&&str, &Vec<Value>)| values.len() == examples.len();
    let required: Vec<&str> = found.iter().filter(all).map(|(name, _)| *name).collect();
    let member = |(name, values): (&&str, &Vec<Value>)| ((*name).to_owned(), schema(values));
    let properties: Map<String, Value> = found.iter().map(member).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn array(examples: &[&Value]) -> Value {
    let items: Vec<Value> =
        examples.iter().filter_map(|one| one.as_array()).flatten().cloned().collect();
    if items.is_empty() {
        return json!({"type": "array"});
    }
    json!({"type": "array", "items": schema(&items)})
}

fn text(examples: &[&Value]) -> Value {
    let texts: Vec<&str> = examples.iter().filter_map(|one| one.as_str()).collect();
    let all = |is: fn(&str) -> bool| texts.iter().all(|text| is(text));
    let format = if all(|text| text.parse::<uuid::Uuid>().is_ok()) {
        "uuid"
    } else if all(|text| chrono::DateTime::parse_from_rfc3339(text).is_ok()) {
        "date-time"
    } else if all(|text| text.parse::<chrono::NaiveDate>().is_ok()) {
        "date"
    } else {
        return json!({"type": "string"});
    };
    json!({"type": "string", "format": format})
}

/// Pointers of all references within a document.
pub fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(text) = members.get("$ref").and_then(Value::as_str) {
                found.extend(text.strip_prefix('#').map(str::to_owned));
            }
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
