//! Time as DocDe stores and shows it: UTC to the millisecond inside, RFC 3339 with the hospital's
//! own offset outside. A start without an offset is refused, never guessed.

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;
use serde::{Serialize, Serializer};
use std::fmt::{Display, Formatter};

/// An IANA zone.
pub use chrono_tz::{Tz as Zone, UTC};

/// An instant, UTC, to the millisecond.
pub type Timestamp = DateTime<Utc>;

/// The instant `millis` after the Unix epoch; out of range falls to the epoch.
pub fn from_millis(millis: i64) -> Timestamp {
    DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::UNIX_EPOCH)
}

/// Drops what is finer than a millisecond.
pub fn to_millis(at: Timestamp) -> Timestamp {
    from_millis(at.timestamp_millis())
}

/// The text is not RFC 3339 with an offset.
#[derive(Debug, thiserror::Error)]
#[error("a time is RFC 3339 with an offset, such as 2026-11-23T09:00:00+09:00")]
pub struct BadTime;

/// Reads a client's time, of any year and as fine as it is written: what is cut off would be another instant. An offset
/// is required (CONTRACT, Names, ids, time).
pub fn parse(text: &str) -> Result<Timestamp, BadTime> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| BadTime)?;
    Ok(at.with_timezone(&Utc))
}

/// Whether a time is one that a visit or a command could have: between 2000 and 2200.
pub fn is_sane(at: Timestamp) -> bool {
    (2000..2200).contains(&at.year())
}

/// The first instant of a zone at or after a local time that a clock put forward may have skipped, by quarters of an hour.
pub fn first_at(zone: Tz, local: NaiveDateTime) -> Option<Timestamp> {
    let mut quarters = (0..16).map(|quarter| local + TimeDelta::minutes(15 * quarter));
    quarters.find_map(|local| zone.from_local_datetime(&local).earliest()).map(|at| at.to_utc())
}

/// RFC 3339 with the zone's offset at that instant, to the second unless it has a fraction.
pub fn show(at: Timestamp, zone: Tz) -> String {
    Shown(at, zone).to_string()
}

/// An instant as [`show`] writes it, without a text of its own: every document holds half a dozen of them.
#[derive(Clone, Copy, Debug)]
pub struct Shown(pub Timestamp, pub Tz);

impl Display for Shown {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let local = self.0.with_timezone(&self.1);
        let (day, time, offset) =
            (local.date_naive(), local.time(), local.offset().fix().local_minus_utc());
        let (hour, minute, second, millis) =
            (time.hour(), time.minute(), time.second(), time.nanosecond() / 1_000_000);
        write!(
            f,
            "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}",
            day.year(),
            day.month(),
            day.day()
        )?;
        if millis > 0 {
            write!(f, ".{millis:03}")?;
        }
        let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The calendar day in the hospital's zone that the instant falls on.
pub fn day_of(at: Timestamp, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// Minutes as a span.
pub fn minutes(count: u32) -> TimeDelta {
    TimeDelta::minutes(i64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_required() {
        assert!(parse("2026-11-23T09:00:00").is_err());
        assert!(parse("2026-11-23").is_err());
        let at = parse("2026-11-23T09:00:00+09:00").unwrap();
        assert_eq!(show(at, chrono_tz::Asia::Seoul), "2026-11-23T09:00:00+09:00");
        assert_eq!(show(at, chrono_tz::UTC), "2026-11-23T00:00:00+00:00");
    }

    #[test]
    fn nothing_is_cut_off_and_no_year_is_malformed() {
        let nine = parse("2026-11-23T09:00:00+09:00").unwrap();
        for other in ["2026-11-23T09:00:00.0005+09:00", "2026-11-23T08:59:60+09:00"] {
            assert_ne!(parse(other).unwrap(), nine, "{other}");
        }
        for same in ["2026-11-23t00:00:00z", "2026-11-23T14:00:00.000000+14:00"] {
            assert_eq!(parse(same).unwrap(), nine, "{same}");
        }
        for year in ["0000", "1999", "2200", "9999"] {
            let at = parse(&format!("{year}-11-23T09:00:00Z")).unwrap();
            assert!(!is_sane(at), "{year}");
        }
    }

    #[test]
    fn shows_what_chrono_shows() {
        let zones = [
            chrono_tz::UTC,
            chrono_tz::Asia::Seoul,
            chrono_tz::America::New_York,
            chrono_tz::Asia::Kathmandu,
        ];
        for (millis, zone) in (0..400).map(|n| 1_000_003_007 * n * 7).zip(zones.into_iter().cycle())
        {
            let at = from_millis(millis);
            assert_eq!(
                show(at, zone),
                at.with_timezone(&zone).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false)
            );
        }
        let whole = from_millis(1_800_000_000_000);
        assert_eq!(show(whole, UTC), whole.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false));
    }

    #[test]
    fn the_day_begins_in_the_zone() {
        let at = parse("2026-11-22T15:00:00Z").unwrap();
        assert_eq!(day_of(at, chrono_tz::Asia::Seoul).to_string(), "2026-11-23");
        assert_eq!(day_of(at, chrono_tz::UTC).to_string(), "2026-11-22");
    }
}
