//! The one final answer to a command, and what it confirms. A joint: a room that confirms something of its own has a
//! line in [`Confirmed`] and in its view.

use chrono_tz::Tz;
use serde::Serialize;

use crate::booking::{Booking, BookingView};
use crate::closing::{Closing, ClosingView};
use crate::code::Code;
use crate::line::{
    LineRule, LineRuleView, LineState, LineView, NoShowRule, NoShowRuleView, Ticket, TicketView,
};
use crate::rejection::{Rejection, RejectionView};
use crate::state::State;

/// Confirmed, rejected with a code, or expired.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    Confirmed(Confirmed),
    /// The rules say no.
    Rejected(Rejection),
    /// Not decided within its time to live.
    Expired,
}

macro_rules! confirmed {
    ($($name:ident($thing:ty) as $view:ident,)+) => {
        /// The thing that the command is about, as it stands after the command.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum Confirmed {
            /// There is nothing to show.
            Nothing,
            $($name(Box<$thing>),)+
        }

        /// A member named after what it shows.
        #[derive(Clone, Debug, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ConfirmedView<'o> { $($name($view<'o>),)+ }

        $(impl From<$thing> for Confirmed {
            fn from(thing: $thing) -> Self {
                Confirmed::$name(Box::new(thing))
            }
        })+

        impl Confirmed {
            fn view(&self, zone: Tz) -> Option<ConfirmedView<'_>> {
                match self {
                    Confirmed::Nothing => None,
                    $(Confirmed::$name(thing) => Some(ConfirmedView::$name(thing.view(zone))),)+
                }
            }
        }
    };
}

confirmed! {
    Booking(Booking) as BookingView,
    Ticket(Ticket) as TicketView,
    Line(LineState) as LineView,
    LineRule(LineRule) as LineRuleView,
    NoShowRule(NoShowRule) as NoShowRuleView,
    Closing(Closing) as ClosingView,
}

/// The member `outcome` of a Request.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OutcomeView<'o> {
    Confirmed {
        #[serde(flatten, skip_serializing_if = "Option::is_none")]
        confirmed: Option<ConfirmedView<'o>>,
    },
    Rejected(RejectionView),
    Expired,
}

impl From<()> for Confirmed {
    fn from((): ()) -> Self {
        Confirmed::Nothing
    }
}

impl Outcome {
    /// The state of a request with this outcome.
    pub const fn state(&self) -> State {
        match self {
            Outcome::Confirmed(_) => State::Confirmed,
            Outcome::Rejected(_) => State::Rejected,
            Outcome::Expired => State::Expired,
        }
    }

    pub fn code(&self) -> Option<Code> {
        match self {
            Outcome::Rejected(rejection) => Some(rejection.code),
            Outcome::Confirmed(_) | Outcome::Expired => None,
        }
    }

    /// As clients see it.
    pub fn view(&self, zone: Tz) -> OutcomeView<'_> {
        match self {
            Outcome::Confirmed(confirmed) => {
                OutcomeView::Confirmed { confirmed: confirmed.view(zone) }
            }
            Outcome::Rejected(rejection) => OutcomeView::Rejected(rejection.view(zone)),
            Outcome::Expired => OutcomeView::Expired,
        }
    }
}
