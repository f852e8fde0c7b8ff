//! What a request is about. A joint: each aggregate has a line in [`Subject`], with the members that its room names.

use serde::Serialize;
use uuid::Uuid;

use crate::booking::BookingSubject;
use crate::closing::ClosingSubject;
use crate::line::{LineRuleSubject, LineSubject, NoShowSubject, TicketSubject};
use crate::outcome::Confirmed;
use crate::parking::RequestSubject;

macro_rules! subjects {
    ($($name:ident($subject:ty),)+) => {
        /// What a request is about.
        #[derive(Clone, PartialEq, Eq, Debug, Serialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        pub enum Subject {
            $($name($subject),)+
            /// The frame of the command could not be read.
            Unknown,
        }

        $(impl From<$subject> for Subject {
            fn from(subject: $subject) -> Self {
                Subject::$name(subject)
            }
        })+

        impl Subject {
            /// The id of the thing that the request is about, once there is one.
            pub fn id(&self) -> Option<Uuid> {
                match self {
                    $(Subject::$name(subject) => subject.id(),)+
                    Subject::Unknown => None,
                }
            }
        }
    };
}

subjects! {
    Booking(BookingSubject),
    Ticket(TicketSubject),
    Line(LineSubject),
    LineRule(LineRuleSubject),
    NoShow(NoShowSubject),
    Closing(ClosingSubject),
    Request(RequestSubject),
}

impl Subject {
    /// The subject of a request that made something.
    #[must_use]
    pub fn confirmed(self, confirmed: &Confirmed) -> Self {
        match (self, confirmed) {
            (Subject::Booking(subject), Confirmed::Booking(booking)) => subject.of(booking).into(),
            (Subject::Ticket(subject), Confirmed::Ticket(ticket)) => subject.of(ticket).into(),
            (Subject::Closing(subject), Confirmed::Closing(made)) => subject.of(made).into(),
            (subject, _) => subject,
        }
    }
}
