//! A closing has more bookings than one command ends: the command by which it goes on, and the timer that sends it.

use serde::{Deserialize, Serialize};

use super::Closing;
use crate::ids::{ClosingId, DoctorId};
use crate::timer::Timer;

/// The name of the command.
pub(super) const NAME: &str = "go_on_closing";

/// End the next bookings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GoOnClosing {
    pub closing_id: ClosingId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub doctor_id: Option<DoctorId>,
    /// Of the closing when this was set.
    pub revision: u32,
}

impl GoOnClosing {
    /// Goes on at once.
    pub(super) fn timer(closing: &Closing) -> Timer {
        let (closing_id, doctor_id, revision) =
            (closing.id, closing.time.doctor_id, closing.revision);
        let command = Self { closing_id, doctor_id, revision };
        Timer::new(closing.updated_at, (closing_id.uuid(), revision), NAME, &command)
    }
}
