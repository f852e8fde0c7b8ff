//! Who goes before a ticket by the rule of the line.

use super::Status;

/// How many they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ahead {
    /// They are at the hospital.
    pub there: u32,
    /// They have a number and are on their way, or are not.
    pub absent: u32,
}

impl Ahead {
    /// What is shown.
    pub const fn total(self) -> u32 {
        self.there + self.absent
    }

    /// One more, if that status stands in the order of the line.
    pub const fn add(&mut self, status: Status) {
        match status {
            Status::Arrived => self.there += 1,
            Status::Booked => self.absent += 1,
            _ => {}
        }
    }
}
