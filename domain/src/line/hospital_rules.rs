//! The rules of a hospital for its lines: what they are where nobody has set them, and how far they may be set. Staff
//! change them by `set_line_rule`; every rule of this room reads them as facts.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use strum::{EnumString, IntoStaticStr};

use crate::ids::HospitalId;

/// To which doctor a patient goes who names none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Assign {
    /// Whose line is expected to be over first.
    ShortestEstimate,
    /// Before whom the fewest wait.
    FewestAhead,
}

impl Assign {
    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a hospital has set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct HospitalRules {
    /// A booking that arrived in time stands in the line as if a number had been taken so long before its start.
    pub early_minutes: u16,
    /// So long after its start, a booking still arrives in time.
    pub late_minutes: u16,
    /// Calls that pass over one who is not there: at this one it is held.
    pub max_passed: u8,
    /// Live tickets of an account, at all hospitals together, when it takes one here.
    pub max_live_tickets: u8,
    /// Times that a ticket may be put off.
    pub max_postpones: u8,
    pub assign: Assign,
    /// A line takes no ticket that would be seen after the end of its reception.
    pub cap_by_finish: bool,
    /// Anybody may see which numbers are called.
    pub board: bool,
}

impl Default for HospitalRules {
    fn default() -> Self {
        Self {
            early_minutes: 10,
            late_minutes: 10,
            max_passed: 3,
            max_live_tickets: 3,
            max_postpones: 2,
            assign: Assign::ShortestEstimate,
            cap_by_finish: false,
            board: false,
        }
    }
}

/// What is to be set; the rest stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RuleChanges {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub early_minutes: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub late_minutes: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_passed: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_live_tickets: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_postpones: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assign: Option<Assign>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cap_by_finish: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub board: Option<bool>,
}

impl HospitalRules {
    /// How far each number may be set; the table holds the same.
    pub const LIMITS: [(&str, RangeInclusive<u16>); 5] = [
        ("early_minutes", 0..=120),
        ("late_minutes", 0..=120),
        ("max_passed", 1..=20),
        ("max_live_tickets", 1..=20),
        ("max_postpones", 0..=10),
    ];

    /// These, as they are to be.
    #[must_use]
    pub fn with(self, changes: &RuleChanges) -> Self {
        Self {
            early_minutes: changes.early_minutes.unwrap_or(self.early_minutes),
            late_minutes: changes.late_minutes.unwrap_or(self.late_minutes),
            max_passed: changes.max_passed.unwrap_or(self.max_passed),
            max_live_tickets: changes.max_live_tickets.unwrap_or(self.max_live_tickets),
            max_postpones: changes.max_postpones.unwrap_or(self.max_postpones),
            assign: changes.assign.unwrap_or(self.assign),
            cap_by_finish: changes.cap_by_finish.unwrap_or(self.cap_by_finish),
            board: changes.board.unwrap_or(self.board),
        }
    }
}

impl RuleChanges {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The first number that is set farther than it may be.
    pub fn fault(&self) -> Option<(&'static str, RangeInclusive<u16>)> {
        let numbers = [
            self.early_minutes,
            self.late_minutes,
            self.max_passed.map(u16::from),
            self.max_live_tickets.map(u16::from),
            self.max_postpones.map(u16::from),
        ];
        let mut limits = HospitalRules::LIMITS.into_iter().zip(numbers);
        let fault = limits.find(|((_, limit), set)| set.is_some_and(|set| !limit.contains(&set)));
        fault.map(|(limit, _)| limit)
    }
}

/// The rules as a hospital has them now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineRule {
    pub hospital_id: HospitalId,
    /// How often they were changed.
    pub revision: u32,
    pub rules: HospitalRules,
}

impl LineRule {
    /// Of a hospital that has set none.
    pub fn of_defaults(hospital_id: HospitalId) -> Self {
        Self { hospital_id, revision: 0, rules: HospitalRules::default() }
    }

    /// As clients see it.
    pub const fn view(&self, _: Tz) -> LineRuleView<'_> {
        LineRuleView { hospital_id: self.hospital_id, revision: self.revision, rules: &self.rules }
    }
}

/// See [`LineRule`].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LineRuleView<'r> {
    hospital_id: HospitalId,
    revision: u32,
    rules: &'r HospitalRules,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_its_limits_and_the_defaults_lie_within_them() {
        let set = |name: &str, value: u16| -> RuleChanges {
            serde_json::from_value(serde_json::json!({ name: value })).unwrap()
        };
        let defaults = serde_json::to_value(HospitalRules::default()).unwrap();
        for (name, limit) in HospitalRules::LIMITS {
            let kept = u16::try_from(defaults[name].as_u64().unwrap()).unwrap();
            assert!(limit.contains(&kept), "{name}");
            for (value, fits) in
                [(*limit.start(), true), (*limit.end(), true), (limit.end() + 1, false)]
            {
                assert_eq!(set(name, value).fault().is_none(), fits, "{name} {value}");
            }
            if let Some(below) = limit.start().checked_sub(1) {
                assert_eq!(set(name, below).fault(), Some((name, limit)));
            }
        }
    }

    #[test]
    fn what_is_not_set_stays_as_it_is() {
        let changes = RuleChanges { max_passed: Some(5), ..RuleChanges::default() };
        let rules = HospitalRules { late_minutes: 0, ..HospitalRules::default() };
        assert_eq!(rules.with(&changes), HospitalRules { max_passed: 5, ..rules });
        assert_eq!(serde_json::to_string(&changes).unwrap(), r#"{"max_passed":5}"#);
        assert!(!changes.is_empty() && RuleChanges::default().is_empty());
    }
}
