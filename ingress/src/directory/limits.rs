//! How much one patient or account may have at a hospital, as its director sets it (CONTRACT, Limits).

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use utoipa::ToSchema;

use crate::problem::Problem;

/// Limits as they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct Limits {
    /// Open bookings of a patient.
    pub max_open_bookings: u16,
    /// Open bookings of all people of an account together, never fewer than of a patient; absent: not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_open_account: Option<u16>,
    /// Bookings of a patient with a doctor on one day.
    pub max_per_doctor_day: u16,
    /// How long a time is held while its form is filled.
    pub hold_minutes: u8,
    /// Times that an account holds at once, at all hospitals.
    pub max_holds: u8,
    /// Holds of an account in an hour.
    pub max_holds_hour: u8,
    /// Until an account may hold the same time again.
    pub hold_again_minutes: u8,
}

/// Limits to be set: what is absent stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsEdit {
    /// 1 to 100.
    pub max_open_bookings: Option<u16>,
    /// 1 to 100.
    pub max_open_account: Option<u16>,
    /// 1 to 20.
    pub max_per_doctor_day: Option<u16>,
    /// 1 to 30.
    pub hold_minutes: Option<u16>,
    /// 1 to 20.
    pub max_holds: Option<u16>,
    /// 1 to 100.
    pub max_holds_hour: Option<u16>,
    /// 0 to 120.
    pub hold_again_minutes: Option<u16>,
}

impl LimitsEdit {
    /// Refused where one is out of its range.
    pub fn check(self) -> Result<Self, Problem> {
        let ranges: [(&str, Option<u16>, RangeInclusive<u16>); 7] = [
            ("max_open_bookings", self.max_open_bookings, 1..=100),
            ("max_open_account", self.max_open_account, 1..=100),
            ("max_per_doctor_day", self.max_per_doctor_day, 1..=20),
            ("hold_minutes", self.hold_minutes, 1..=30),
            ("max_holds", self.max_holds, 1..=20),
            ("max_holds_hour", self.max_holds_hour, 1..=100),
            ("hold_again_minutes", self.hold_again_minutes, 0..=120),
        ];
        for (name, value, range) in ranges {
            if value.is_some_and(|value| !range.contains(&value)) {
                let (least, most) = range.into_inner();
                return Err(Problem::invalid("limits", format!("{name}: {least} to {most}")));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::code::Language;

    #[test]
    fn a_limit_out_of_its_range_is_refused_by_its_name() {
        assert!(
            LimitsEdit { hold_again_minutes: Some(0), ..LimitsEdit::default() }.check().is_ok()
        );
        for (edit, name) in [
            (
                LimitsEdit { max_open_bookings: Some(0), ..LimitsEdit::default() },
                "max_open_bookings",
            ),
            (
                LimitsEdit { max_open_account: Some(101), ..LimitsEdit::default() },
                "max_open_account",
            ),
            (LimitsEdit { hold_minutes: Some(31), ..LimitsEdit::default() }, "hold_minutes"),
            (
                LimitsEdit { hold_again_minutes: Some(121), ..LimitsEdit::default() },
                "hold_again_minutes",
            ),
        ] {
            let problem = edit.check().err().map(|problem| problem.render(Language::English));
            assert!(problem.as_ref().is_some_and(|text| text.contains(name)), "{problem:?}");
        }
    }
}
