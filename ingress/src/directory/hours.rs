//! When a hospital says that it is open, as a list of days. It is kept in the form in which the imported list has it, which
//! searches read.

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::problem::Problem;

/// Names of the days in the details, Monday first.
pub(super) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Says that nobody is there on Sundays.
pub(super) const CLOSED_SUNDAY: &str = "closed_sunday";

/// The hours of a weekday.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenHours {
    /// `mon` to `sun`.
    pub weekday: String,
    /// `09:00`.
    pub opens: String,
    /// `18:00`; not after `opens`: on the next day.
    pub closes: String,
}

/// The members of the details. A Sunday that is not named is closed.
pub(super) fn details_of(hours: &[OpenHours]) -> Result<Map<String, Value>, Problem> {
    let mut details = Map::new();
    for OpenHours { weekday, opens, closes } in hours {
        let known = DAYS.contains(&weekday.as_str()) && !details.contains_key(weekday);
        let (opens, closes) = (clock(opens)?, clock(closes)?);
        if !known {
            return Err(Problem::invalid("hours", "each weekday once, mon to sun"));
        }
        details.insert(weekday.clone(), Value::from(format!("{opens}-{closes}")));
    }
    if !details.contains_key("sun") {
        details.insert(CLOSED_SUNDAY.to_owned(), Value::from("Y"));
    }
    Ok(details)
}

/// As the details have them; `None`: they say nothing of any day.
pub(super) fn of_details(details: &Map<String, Value>) -> Option<Vec<OpenHours>> {
    let of_day = |weekday: &&str| {
        let (opens, closes) = details.get(*weekday)?.as_str()?.split_once('-')?;
        let (opens, closes) = (opens.trim().to_owned(), closes.trim().to_owned());
        Some(OpenHours { weekday: (*weekday).to_owned(), opens, closes })
    };
    let hours: Vec<OpenHours> = DAYS.iter().filter_map(of_day).collect();
    let told = !hours.is_empty() || details.get(CLOSED_SUNDAY).is_some_and(|told| told == "Y");
    told.then_some(hours)
}

fn clock(text: &str) -> Result<String, Problem> {
    let at = NaiveTime::parse_from_str(text, "%H:%M");
    let rule = |_| Problem::invalid("hours", "times of day, such as 09:00");
    at.map(|at| at.format("%H:%M").to_string()).map_err(rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::search::OpeningHours;

    fn day(weekday: &str, opens: &str, closes: &str) -> OpenHours {
        let [weekday, opens, closes] = [weekday, opens, closes].map(str::to_owned);
        OpenHours { weekday, opens, closes }
    }

    #[test]
    fn what_is_set_is_read_as_searches_read_it() {
        let hours = [day("mon", "09:00", "18:00"), day("sat", "20:00", "02:00")];
        let details = details_of(&hours).ok().unwrap();
        assert_eq!(of_details(&details).unwrap(), hours);
        let read = OpeningHours::of(&details);
        assert_eq!((read.saturday().as_str(), read.sunday().as_str()), ("yes", "no"));
        assert_eq!(of_details(&Map::new()), None);
        for wrong in [
            vec![day("mon", "09:00", "18:00"), day("mon", "09:00", "18:00")],
            vec![day("holiday", "09:00", "18:00")],
            vec![day("mon", "9 am", "18:00")],
            vec![day("mon", "09:00", "24:00")],
        ] {
            assert!(details_of(&wrong).is_err(), "{wrong:?}");
        }
    }
}
