//! What a confirmed request is about, and where it is found. A joint: each room has a line in [`ShownSubject`].

use serde::Deserialize;

use crate::{booking, closing, line};

/// What a confirmed request is about, as its document says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ShownSubject {
    Booking(booking::ShownSubject),
    Ticket(line::ShownSubject),
    Closing(closing::ShownSubject),
    #[serde(other)]
    Other,
}

impl ShownSubject {
    /// The path of the thing.
    pub fn path(&self) -> Option<String> {
        match self {
            ShownSubject::Booking(subject) => subject.path(),
            ShownSubject::Ticket(subject) => subject.path(),
            ShownSubject::Closing(subject) => subject.path(),
            ShownSubject::Other => None,
        }
    }
}
