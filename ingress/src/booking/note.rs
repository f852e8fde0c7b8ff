//! Reason and phone of a booking: sealed as soon as they are checked, opened only where their patient reads them.

use domain::booking::Booking;
use domain::ids::RequestId;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::state::App;

/// What is sealed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phone: Option<String>,
}

/// From here on nobody but the keys of ingress reads the free text. It is bound to its request.
pub(super) fn seal(app: &App, note: &Note, request: RequestId) -> Result<Option<String>, Problem> {
    if note.reason.is_none() && note.phone.is_none() {
        return Ok(None);
    }
    let plain = serde_json::to_string(note).map_err(Problem::internal)?;
    let sealed = app.seal.seal(&plain, request);
    sealed.map(Some).ok_or_else(|| Problem::internal("sealing failed"))
}

/// What was sealed when the booking was made. A text that does not open is not shown, and logged.
pub(super) fn open(app: &App, booking: &Booking) -> Note {
    let Some(sealed) = &booking.sealed else { return Note::default() };
    let sealed = std::str::from_utf8(sealed).ok();
    let text = sealed.and_then(|sealed| app.seal.open(sealed, booking.request_id).ok());
    let note = text.and_then(|text| serde_json::from_str(&text).ok());
    note.unwrap_or_else(|| {
        tracing::error!(booking = %booking.id, "the sealed text of a booking does not open");
        Note::default()
    })
}
