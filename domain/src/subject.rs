//! What a request is about. A joint: each aggregate has a line in [`Subject`], with the members that its room names.

use serde::Serialize;
use uuid::Uuid;

use crate::booking::BookingSubject;
use crate::outcome::Confirmed;
use crate::parking::RequestSubject;

/// What a request is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Subject {
    Booking(BookingSubject),
    Request(RequestSubject),
    /// The frame of the command could not be read.
    Unknown,
}

impl From<BookingSubject> for Subject {
    fn from(subject: BookingSubject) -> Self {
        Subject::Booking(subject)
    }
}

impl From<RequestSubject> for Subject {
    fn from(subject: RequestSubject) -> Self {
        Subject::Request(subject)
    }
}

impl Subject {
    /// The id of the thing that the request is about, once there is one.
    pub fn id(&self) -> Option<Uuid> {
        match self {
            Subject::Booking(subject) => subject.id(),
            Subject::Request(subject) => Some(subject.id()),
            Subject::Unknown => None,
        }
    }

    /// The subject of a request that made something.
    #[must_use]
    pub fn confirmed(self, confirmed: &Confirmed) -> Self {
        match confirmed {
            Confirmed::Nothing => self,
            Confirmed::Booking(booking) => match self {
                Subject::Booking(subject) => Subject::Booking(subject.of(booking)),
                other => other,
            },
        }
    }
}
