//! What is due later: a command that a decision sets for a time to come. It is written in the transaction of its cause, and
//! the owner of its partition sends it once it is due (CONTRACT, Ownership). It tells no sender and never expires.

use serde::Serialize;
use uuid::Uuid;

use crate::json::json_text;
use crate::time::Timestamp;

/// A command that falls due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timer {
    pub due: Timestamp,
    /// What it is about, and the revision at which it was set. Its rule does nothing at another one.
    pub subject: Uuid,
    pub revision: u32,
    /// The kind of the command with its members, as in a frame.
    pub command: String,
}

#[derive(Serialize)]
struct Tagged<'k, K> {
    kind: &'static str,
    #[serde(flatten)]
    members: &'k K,
}

impl Timer {
    /// `name` is that of the kind.
    pub fn new(
        due: Timestamp,
        (subject, revision): (Uuid, u32),
        name: &'static str,
        kind: &impl Serialize,
    ) -> Self {
        let command = json_text(&Tagged { kind: name, members: kind });
        Self { due, subject, revision, command }
    }
}
