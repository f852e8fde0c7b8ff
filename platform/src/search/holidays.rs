//! Public holidays in a document: the spans of time in which a hospital's weekly hours do not hold, because it is closed on
//! holidays or does not say. A document has those of the weeks to come, and time alone brings the next ones.

use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use domain::time::{self, Timestamp};
use serde_json::{Value, json};

use super::facts::HospitalFacts;
use super::hours::{Known, OpeningHours};

/// Days after which a document takes up the next holidays, and days of which it then has them. Which day that is differs
/// from hospital to hospital, so that not all are written on one.
const RENEWED: u32 = 20;
const KNOWN: u32 = 50;

/// The holidays of a document.
pub struct Holidays {
    /// Spans, in seconds since 1970; each ends before the second `lt`.
    pub shut: Vec<Value>,
    /// When the next ones are taken up; `None` where holidays change nothing.
    pub until: Option<Timestamp>,
}

impl Holidays {
    pub fn of(facts: &HospitalFacts, hours: &OpeningHours, at: Timestamp) -> Self {
        let none = Self { shut: Vec::new(), until: None };
        if !hours.is_known() || hours.holiday() == Known::Yes {
            return none;
        }
        let midnight = |day: NaiveDate| time::first_at(facts.zone, day.and_time(NaiveTime::MIN));
        let today = time::day_of(at, facts.zone);
        let own = u32::from(facts.id.uuid().as_bytes()[15]);
        let since = (today.num_days_from_ce().unsigned_abs() + own) % RENEWED;
        let ahead = |days: u32| today.checked_add_days(Days::new(u64::from(days - since)));
        // The same for all days until it is renewed: a document depends on nothing else.
        let first = today.checked_sub_days(Days::new(u64::from(since)));
        let (Some(first), Some(last)) = (first, ahead(KNOWN)) else { return none };
        let span = |day: &NaiveDate| {
            let (from, until) = (midnight(*day)?, midnight(day.succ_opt()?)?);
            Some(json!({"gte": from.timestamp(), "lt": until.timestamp()}))
        };
        Self {
            shut: facts.holidays.range(first..last).filter_map(span).collect(),
            until: ahead(RENEWED).and_then(midnight),
        }
    }
}

/// Whether a document's weekly hours do not hold at that instant.
pub fn is_shut(document: &Value, at: Timestamp) -> bool {
    let at = at.timestamp();
    let within = |span: &Value| {
        span["gte"].as_i64().is_some_and(|from| from <= at)
            && span["lt"].as_i64().is_some_and(|until| at < until)
    };
    document["shut"].as_array().is_some_and(|spans| spans.iter().any(within))
}
