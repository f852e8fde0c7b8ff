//! The time zone of a run's hospitals.

use chrono::Timelike;
use domain::time::Timestamp;
use platform::Failure;

/// Where it is one o'clock in the morning and so many minutes. A run must end before the day of its lines does: then timers
/// cancel who waits, which no client has asked for, and numbers begin with 1 again.
pub fn of_morning(now: Timestamp) -> Result<chrono_tz::Tz, Failure> {
    // `Etc/GMT+5` is five hours behind UTC.
    let behind = i64::from(now.hour()) - 1;
    let behind = if behind > 12 { behind - 24 } else { behind };
    Ok(format!("Etc/GMT{behind:+}").parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn a_run_begins_at_one_in_the_morning_whenever_it_begins() {
        for hour in 0..24 {
            let at = chrono::Utc.with_ymd_and_hms(2026, 11, 27, hour, 59, 0).unwrap();
            let zone = of_morning(at).expect("a zone");
            assert_eq!(at.with_timezone(&zone).hour(), 1, "{zone} at {hour}");
        }
    }
}
