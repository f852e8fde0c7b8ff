//! What a decision changes. A joint: what a room changes has a line in [`Change`].

use crate::booking::BookingChange;
use crate::closing::ClosingChange;
use crate::line::LineChange;
use crate::parking::Discarded;

macro_rules! changes {
    ($($name:ident($change:ty),)+) => {
        /// What a decision changes.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum Change { $($name(Box<$change>),)+ }

        $(impl From<$change> for Change {
            fn from(change: $change) -> Self {
                Change::$name(Box::new(change))
            }
        })+
    };
}

changes! {
    Booking(BookingChange),
    Line(LineChange),
    Closing(ClosingChange),
    Discarded(Discarded),
}
