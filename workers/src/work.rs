//! What one transaction is to decide: commands in the broker's order, the messages that end with them, and how
//! far the inbox is looked into before.

use domain::code::Code;
use domain::ids::RequestId;
use uuid::Uuid;

use crate::intake::{Frame, Message};

/// One command to decide.
pub struct Item<'m> {
    pub publisher: Uuid,
    pub frame: &'m Frame,
    /// Its place, if it was held back.
    pub held: Option<u64>,
    /// Settled before the rules are asked.
    pub settled: Option<Override>,
}

/// What was settled before the rules are asked.
#[derive(Clone, Debug)]
pub enum Override {
    Park { reason: &'static str, detail: String },
    Reject(Code),
}

/// Which requests the inbox is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inbox {
    /// Those that their senders do not call the first of their kind. If one of the others was decided before after all, the
    /// unique key of requests refuses the batch, and it is decided again with [`Inbox::All`].
    Doubted,
    All,
}

/// The commands of a transaction, and the messages that end with it.
pub struct Work<'m> {
    pub items: Vec<Item<'m>>,
    pub heard: Vec<&'m Message>,
    pub inbox: Inbox,
}

impl Work<'_> {
    /// Requests that may have been decided or parked before.
    pub fn doubted(&self) -> Vec<Uuid> {
        let named = self.items.iter().filter_map(|item| match &item.frame.command {
            // What was held back may have been decided before it was.
            Ok(command) if command.first && item.held.is_none() && self.inbox == Inbox::Doubted => {
                None
            }
            Ok(command) => Some(command.request_id),
            Err(bad) => bad.request_id,
        });
        named.map(RequestId::uuid).collect()
    }
}
