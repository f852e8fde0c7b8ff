//! The hours of a hospital's day in which everybody comes at once.

use chrono::NaiveTime;
use chrono_tz::Tz;
use domain::time::Timestamp;
use std::str::FromStr;

/// From one local time to another, over midnight if need be; `None` never.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PeakWindow(Option<(NaiveTime, NaiveTime)>);

/// The text is not a window.
#[derive(Debug, thiserror::Error)]
#[error("expected local hours such as 08:00-10:00, or none")]
pub(crate) struct BadWindow;

impl Default for PeakWindow {
    fn default() -> Self {
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Self(Some((hour(8), hour(10))))
    }
}

impl FromStr for PeakWindow {
    type Err = BadWindow;

    fn from_str(text: &str) -> Result<Self, BadWindow> {
        if text == "none" {
            return Ok(Self(None));
        }
        let clock =
            |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").map_err(|_| BadWindow);
        let (from, until) = text.split_once('-').ok_or(BadWindow)?;
        Ok(Self(Some((clock(from)?, clock(until)?))))
    }
}

impl PeakWindow {
    /// Whether the server's clock stands within the window, where the hospital is.
    pub fn contains(self, now: Timestamp, zone: Tz) -> bool {
        let local = now.with_timezone(&zone).time();
        match self.0 {
            None => false,
            Some((from, until)) if from <= until => from <= local && local < until,
            Some((from, until)) => from <= local || local < until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Asia::Seoul;

    fn at(text: &str) -> Timestamp {
        domain::time::parse(text).unwrap()
    }

    #[test]
    fn counts_by_the_hospitals_clock() {
        let peak = PeakWindow::default();
        assert!(!peak.contains(at("2026-11-23T07:59:59+09:00"), Seoul));
        assert!(peak.contains(at("2026-11-23T08:00:00+09:00"), Seoul));
        assert!(peak.contains(at("2026-11-23T00:59:59Z"), Seoul));
        assert!(!peak.contains(at("2026-11-23T10:00:00+09:00"), Seoul));
        assert!(!peak.contains(at("2026-11-23T08:30:00+09:00"), chrono_tz::UTC));
    }

    #[test]
    fn reads_windows_over_midnight_and_none() {
        let night: PeakWindow = "22:30-01:00".parse().unwrap();
        assert!(
            night.contains(at("2026-11-23T23:00:00+09:00"), Seoul)
                && night.contains(at("2026-11-23T00:30:00+09:00"), Seoul)
        );
        assert!(!night.contains(at("2026-11-23T01:00:00+09:00"), Seoul));
        let never: PeakWindow = "none".parse().unwrap();
        assert!(!never.contains(at("2026-11-23T09:00:00+09:00"), Seoul));
        for bad in ["", "8", "08:00", "25:00-26:00"] {
            assert!(bad.parse::<PeakWindow>().is_err(), "{bad:?}");
        }
    }
}
