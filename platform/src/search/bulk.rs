//! Many documents in one call. Each has a version that comes from the database, so the newest wins in whatever order
//! and however often they are written: the engine's "there is a newer one" is a success.

use domain::ids::HospitalId;
use serde_json::{Value, json};

use super::client::SearchError;
use super::document::Document;

/// What is to become of a document.
#[derive(Clone, Debug)]
pub enum Operation {
    Put(Box<Document>),
    /// There is no such hospital any more.
    Remove {
        id: HospitalId,
        version: i64,
    },
}

/// What became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Written {
    /// It is there, or a newer one was.
    Done,
    /// The engine is too busy for it: again, later.
    Again,
    /// It will not be taken as it is.
    Refused(String),
}

/// The body of the call.
pub fn body(operations: &[Operation]) -> String {
    let mut text = String::new();
    for operation in operations {
        match operation {
            Operation::Put(document) => {
                let about = json!({"index": {"_id": document.id.to_string(), "version": document.version, "version_type": "external"}});
                text.push_str(&about.to_string());
                text.push('\n');
                text.push_str(&document.body.to_string());
            }
            Operation::Remove { id, version } => {
                let about = json!({"delete": {"_id": id.to_string(), "version": version, "version_type": "external"}});
                text.push_str(&about.to_string());
            }
        }
        text.push('\n');
    }
    text
}

/// What the answer says of each.
pub fn results(answer: &Value, count: usize) -> Result<Vec<Written>, SearchError> {
    let items = answer["items"].as_array().filter(|items| items.len() == count);
    let items = items.ok_or_else(|| {
        SearchError::Nonsense("a bulk answer without an item for each document".to_owned())
    })?;
    Ok(items.iter().map(result).collect())
}

fn result(item: &Value) -> Written {
    let about = item.get("index").or_else(|| item.get("delete")).unwrap_or(&Value::Null);
    let error = &about["error"];
    match about["status"].as_u64() {
        Some(200..=299 | 404 | 409) => Written::Done,
        Some(429 | 502..=504) => Written::Again,
        status => {
            let text = |name: &str| error[name].as_str().unwrap_or_default();
            let reason =
                format!("{} {}: {}", status.unwrap_or_default(), text("type"), text("reason"));
            Written::Refused(reason.chars().take(300).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_one_is_a_success_and_each_fails_for_itself() {
        let answer = json!({"errors": true, "items": [
            {"index": {"status": 201}},
            {"index": {"status": 409, "error": {"type": "version_conflict_engine_exception"}}},
            {"index": {"status": 429, "error": {"type": "rejected_execution_exception"}}},
            {"index": {"status": 400, "error": {"type": "mapper_parsing_exception", "reason": "no point"}}},
            {"delete": {"status": 404}},
        ]});
        let refused = Written::Refused("400 mapper_parsing_exception: no point".to_owned());
        let expected = [Written::Done, Written::Done, Written::Again, refused, Written::Done];
        assert_eq!(results(&answer, 5).unwrap(), expected);
        assert!(results(&answer, 4).is_err() && results(&json!({}), 1).is_err());
    }
}
