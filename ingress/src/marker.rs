//! The marker of a command that is about to be handed over.

use domain::request;
pub(crate) use platform::marker::{Marker, TIME_TO_LIVE, key};
use uuid::Uuid;

use crate::addressed::Addressed;

/// Its turn comes once `due` commands of its partition have been settled.
pub(crate) fn of(addressed: &Addressed, due: u64) -> Marker {
    let Addressed { command, zone, .. } = addressed;
    Marker {
        attempt: Uuid::new_v4(),
        body_hash: command.body_hash,
        queue: addressed.queue(),
        accepted_at: command.accepted_at,
        owner: command.sender.caller,
        zone: *zone,
        due,
        document: request::accepted(command, *zone),
    }
}
