//! What a mail says, and to whom.

use domain::ids::{MailId, RequestId};
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is said.
#[derive(Serialize, Deserialize)]
pub(crate) struct Letter {
    pub subject: String,
    pub text: String,
}

/// When and to whom.
pub(crate) struct Posting<'p> {
    /// What it tells of: a second one about the same to the same recipient is not written.
    pub notice: Uuid,
    pub recipient: &'p str,
    pub now: Timestamp,
    /// From then on it helps nobody.
    pub expires_at: Timestamp,
    /// Written, and never sent: where a mail would tell that there is an account.
    pub held: bool,
}

/// Sealed texts are bound to a request's id; a mail's takes its place.
pub(super) fn bound_to(id: MailId) -> RequestId {
    RequestId::from_uuid(id.uuid())
}
