//! The body by which staff change the rules of their hospital's lines, checked once, here.

use domain::json;
use domain::line::{Assign, HospitalRules, RuleChanges};
use serde::Deserialize;
use std::ops::RangeInclusive;
use utoipa::ToSchema;

use crate::problem::Problem;

/// `POST /v1/hospitals/{id}/line-rule`: at least one of these; what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleBody {
    /// 0 to 120: a booking that arrived in time stands in the line so long before its start.
    early_minutes: Option<u32>,
    /// 0 to 120: so long after its start, a booking still arrives in time.
    late_minutes: Option<u32>,
    /// 1 to 20: the call passing over one who is not there at which that one is held.
    max_passed: Option<u32>,
    /// 1 to 20: live tickets of an account, at all hospitals together, when it takes one here.
    max_live_tickets: Option<u32>,
    /// 0 to 10: times that a ticket may be put off.
    max_postpones: Option<u32>,
    /// `shortest_estimate` or `fewest_ahead`: to which doctor a patient goes who names none.
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "json::name")]
    assign: Option<Assign>,
    /// Whether a line refuses tickets that would be seen after the end of its reception.
    cap_by_finish: Option<bool>,
    /// Whether anybody may see which numbers are called, at `/ws/boards/{hospital}`.
    board: Option<bool>,
}

impl RuleBody {
    pub fn check(self) -> Result<RuleChanges, Problem> {
        let changes = RuleChanges {
            early_minutes: number("early_minutes", self.early_minutes)?,
            late_minutes: number("late_minutes", self.late_minutes)?,
            max_passed: number("max_passed", self.max_passed)?,
            max_live_tickets: number("max_live_tickets", self.max_live_tickets)?,
            max_postpones: number("max_postpones", self.max_postpones)?,
            assign: self.assign,
            cap_by_finish: self.cap_by_finish,
            board: self.board,
        };
        if changes.is_empty() {
            return Err(Problem::malformed("names no rule to change"));
        }
        Ok(changes)
    }
}

fn number<T: TryFrom<u32>>(name: &'static str, value: Option<u32>) -> Result<Option<T>, Problem> {
    let mut limits = HospitalRules::LIMITS.into_iter();
    let limit = limits.find(|(of, _)| *of == name).map(|(_, limit)| limit).unwrap_or(0..=0);
    within(name, value, &limit)
}

/// The number that a body gives a rule, if it may be set so far.
pub(super) fn within<T: TryFrom<u32>>(
    name: &'static str,
    value: Option<u32>,
    limit: &RangeInclusive<u16>,
) -> Result<Option<T>, Problem> {
    let Some(value) = value else { return Ok(None) };
    let fits = u16::try_from(value).is_ok_and(|value| limit.contains(&value));
    match T::try_from(value) {
        Ok(value) if fits => Ok(Some(value)),
        _ => Err(Problem::invalid(name, format!("{} to {}", limit.start(), limit.end()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::code::Code;

    fn check(text: &str) -> Result<RuleChanges, Code> {
        let body = serde_json::from_str::<RuleBody>(text).map_err(|_| Code::Malformed)?;
        body.check().map_err(|problem| problem.code())
    }

    #[test]
    fn each_number_is_taken_up_to_its_limits() {
        for (name, limit) in HospitalRules::LIMITS {
            for (value, fits) in [
                (u64::from(*limit.start()), true),
                (u64::from(*limit.end()), true),
                (u64::from(*limit.end()) + 1, false),
                (65_536 + u64::from(*limit.start()), false),
            ] {
                let set = check(&format!("{{\"{name}\":{value}}}"));
                assert_eq!(set.is_ok(), fits, "{name} {value}");
                assert!(fits || set == Err(Code::Invalid), "{name} {value}");
            }
        }
        for bad in ["{}", r#"{"max_passed":-1}"#, r#"{"assign":"me"}"#, r#"{"unheard":1}"#] {
            assert_eq!(check(bad), Err(Code::Malformed), "{bad}");
        }
        let set = check(r#"{"assign":"fewest_ahead","cap_by_finish":true}"#).unwrap();
        assert_eq!((set.assign, set.cap_by_finish), (Some(Assign::FewestAhead), Some(true)));
    }
}
