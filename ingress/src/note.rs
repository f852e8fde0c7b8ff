//! Reason and phone that come with a booking or a ticket, and a walk-in's name: sealed as soon as they are checked, opened only where their
//! patient reads them, or staff, whose reads are written down.

use domain::ids::RequestId;
use serde::{Deserialize, Serialize};

use crate::phone;
use crate::problem::Problem;
use crate::state::App;
use crate::text::{Lines, checked};

/// Characters of a reason.
const MAX_REASON: usize = 300;
/// Characters of a walk-in's name.
const MAX_NAME: usize = 100;

/// What is sealed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phone: Option<String>,
    /// Of a walk-in, whom no row of a patient names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

impl Note {
    /// What a client sent, if it may be sent.
    pub fn checked(reason: Option<String>, phone: Option<String>) -> Result<Self, Problem> {
        let reason = checked("reason", reason, Lines::Many, MAX_REASON)?;
        Ok(Self { reason, phone: phone::checked(phone)?, name: None })
    }

    /// With a walk-in's name.
    pub fn named(self, name: Option<String>) -> Result<Self, Problem> {
        Ok(Self { name: checked("name", name, Lines::One, MAX_NAME)?, ..self })
    }
}

/// From here on nobody but the keys of ingress reads the free text. It is bound to its request.
pub(crate) fn seal(app: &App, note: &Note, request: RequestId) -> Result<Option<String>, Problem> {
    if note.reason.is_none() && note.phone.is_none() && note.name.is_none() {
        return Ok(None);
    }
    let plain = serde_json::to_string(note).map_err(Problem::internal)?;
    let sealed = app.seal.seal(&plain, request);
    sealed.map(Some).ok_or_else(|| Problem::internal("sealing failed"))
}

/// What was sealed when `request` made its thing. A text that does not open is not shown, and logged.
pub(crate) fn open(app: &App, sealed: Option<&[u8]>, request: RequestId) -> Note {
    let Some(sealed) = sealed else { return Note::default() };
    let sealed = std::str::from_utf8(sealed).ok();
    let text = sealed.and_then(|sealed| app.seal.open(sealed, request).ok());
    let note = text.and_then(|text| serde_json::from_str(&text).ok());
    note.unwrap_or_else(|| {
        tracing::error!(%request, "the sealed text that came with a request does not open");
        Note::default()
    })
}
