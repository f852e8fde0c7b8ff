//! The joint of the operators' tools: what the audit asks of each room.

use crate::audit::store::Question;
use crate::{account, booking, closing, line};

/// Counts that must be 0.
pub fn questions() -> Vec<Question> {
    [
        booking::questions_store::questions(),
        line::questions_store::questions(),
        closing::questions_store::questions(),
        account::questions_store::questions(),
    ]
    .concat()
}
