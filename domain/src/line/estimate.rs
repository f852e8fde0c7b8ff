//! How long a ticket will wait, from the doctor's own last consultations: the time by which half of such tickets are
//! called, and the time by which nine of ten are. Pure: what it looks at is handed in.
//!
//! The wait is the rest of the consultation in progress and the sum of one for each who goes before. Mean and variance of
//! both are those of the kept consultations, the newer weighing more, so that a slow day shows soon. The sum is taken for
//! log-normal: it is positive and leans to the right. What few consultations leave open widens it, and so does whoever
//! comes in between. Nothing is said of a doctor of whom fewer than [`LEAST`] consultations are known.

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::Serialize;

use super::ahead::Ahead;
use crate::time::{Shown, Timestamp};

/// Consultations without which nothing is said.
pub const LEAST: usize = 3;
/// Why nothing is said.
pub const TOO_FEW: &str = "too_few_consultations";
/// No wait is shown as shorter: between the call before and this one there is the way to the door.
const SHORTEST_S: f64 = 30.0;
/// Each consultation weighs so much of the one after it.
const DECAY: f64 = 0.96;
/// One that took more than so many times the median was most likely ended too late.
const LONGEST_MEDIANS: f64 = 5.0;
/// Of those who have a number and are not there yet, so many come before they are passed over. This and [`BETWEEN`] were chosen
/// on simulated days, of which `tests/calibration.rs` has others.
const COMING: f64 = 0.7;
/// Emergencies go first, booked patients come who were not there, and somebody is called and does not hear it: for each mean
/// consultation of the wait, so many squares of the mean.
const BETWEEN: f64 = 0.7;
/// How far a doctor's mean of the next hours may be from that of the last, as a share of it.
const DRIFT: f64 = 0.06;
/// The standard normal distribution's 90th percentile.
const Z90: f64 = 1.281_6;

/// A wait in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// Half of such tickets are called by then.
    pub p50_s: u32,
    /// Nine of ten.
    pub p90_s: u32,
}

/// An estimate as clients see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct EstimateView {
    p50_s: Option<u32>,
    p90_s: Option<u32>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<&'static str>,
}

impl From<Option<Wait>> for EstimateView {
    fn from(wait: Option<Wait>) -> Self {
        Self {
            p50_s: wait.map(|wait| wait.p50_s),
            p90_s: wait.map(|wait| wait.p90_s),
            unknown: wait.is_none().then_some(TOO_FEW),
        }
    }
}

/// A place as clients see it where one is read.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PlaceView {
    pub ahead: u32,
    /// Of the line.
    pub version: u64,
    pub as_of: Shown,
    pub estimate: EstimateView,
}

impl PlaceView {
    pub fn new(ahead: Ahead, version: u64, wait: Option<Wait>, as_of: Timestamp, zone: Tz) -> Self {
        let (ahead, as_of) = (ahead.total(), Shown(as_of, zone));
        Self { ahead, version, as_of, estimate: wait.into() }
    }
}

/// What a doctor's last consultations say of the next ones.
#[derive(Clone, PartialEq, Debug)]
pub struct Outlook {
    /// Seconds and weight.
    samples: Vec<(f64, f64)>,
    next: Moments,
    /// As many consultations of equal weight would say as much.
    effective: f64,
}

/// Mean and variance of a time in seconds.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Moments {
    mean: f64,
    variance: f64,
}

impl Moments {
    /// Of values with weights; `None` of none.
    fn of(samples: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Self> {
        let weight: f64 = samples.clone().map(|(_, weight)| weight).sum();
        if weight <= 0.0 {
            return None;
        }
        let mean = samples.clone().map(|(value, weight)| value * weight).sum::<f64>() / weight;
        let squares = samples.map(|(value, weight)| (value - mean).powi(2) * weight).sum::<f64>();
        Some(Self { mean, variance: squares / weight })
    }
}

impl Outlook {
    /// `recent` are seconds, the newest last.
    pub fn of(recent: &[u32]) -> Option<Self> {
        if recent.len() < LEAST {
            return None;
        }
        let mut sorted = recent.to_vec();
        sorted.sort_unstable();
        let longest = f64::from(sorted[sorted.len() / 2]) * LONGEST_MEDIANS;
        let weights = std::iter::successors(Some(1.0), |weight| Some(weight * DECAY));
        let newest_first = recent.iter().rev().map(|seconds| f64::from(*seconds).min(longest));
        let samples: Vec<(f64, f64)> = newest_first.zip(weights).collect();
        let weight: f64 = samples.iter().map(|(_, weight)| weight).sum();
        let effective = weight.powi(2) / samples.iter().map(|(_, w)| w.powi(2)).sum::<f64>();
        let mut next = Moments::of(samples.iter().copied())?;
        next.variance *= effective / (effective - 1.0).max(1.0);
        Some(Self { samples, next, effective })
    }

    /// The wait of who has `ahead` before it at `now`; `since` is when the consultation in progress began. The doctor
    /// does not call during `lunch`.
    pub fn wait(
        &self,
        ahead: Ahead,
        since: Option<Timestamp>,
        lunch: Option<(Timestamp, Timestamp)>,
        now: Timestamp,
    ) -> Wait {
        let rest = since.map(|since| self.rest(now - since)).unwrap_or_default();
        let (there, absent) = (f64::from(ahead.there), f64::from(ahead.absent));
        let count = there + absent * COMING;
        let open = self.next.variance / self.effective + (self.next.mean * DRIFT).powi(2);
        let mean = rest.mean + count * self.next.mean;
        let variance = rest.variance
            + count * self.next.variance
            + absent * COMING * (1.0 - COMING) * self.next.mean.powi(2)
            + BETWEEN * mean * self.next.mean
            + count.powi(2) * open;
        let spread = if mean > 0.0 { (1.0 + variance / mean.powi(2)).ln() } else { 0.0 };
        let median = mean * (-spread / 2.0).exp();
        let shown = |seconds: f64| whole(self.past(lunch, now, seconds.max(SHORTEST_S)));
        Wait { p50_s: shown(median), p90_s: shown(median * (Z90 * spread.sqrt()).exp()) }
    }

    /// What is left of a consultation that has taken so long: of those that took longer, what they took beyond.
    fn rest(&self, taken: TimeDelta) -> Moments {
        let taken = taken.num_seconds().max(0) as f64;
        let longer = self.samples.iter().filter(|(seconds, _)| *seconds > taken);
        let beyond = Moments::of(longer.map(|(seconds, weight)| (seconds - taken, *weight)));
        let quarter = self.next.mean / 4.0;
        beyond.unwrap_or(Moments { mean: quarter, variance: quarter.powi(2) })
    }

    /// Seconds from `now` until so many seconds of consultations have passed. The one that is in progress when lunch
    /// begins is brought to its end, and takes that from lunch.
    fn past(&self, lunch: Option<(Timestamp, Timestamp)>, now: Timestamp, seconds: f64) -> f64 {
        let until = |at: Timestamp| (at - now).num_seconds() as f64;
        match lunch.map(|(from, end)| (until(from), until(end))) {
            Some((from, end)) if from <= 0.0 && end > 0.0 => end + seconds,
            Some((from, end)) if from > 0.0 && seconds > from => {
                let Moments { mean, variance } = self.next;
                let over = f64::midpoint(mean, variance / mean.max(1.0));
                (end - from + seconds - over).max(end)
            }
            _ => seconds,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of seconds of 30 and more; beyond the range it is cut to it"
)]
fn whole(seconds: f64) -> u32 {
    seconds.ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_millis;

    fn minutes(count: i64) -> Timestamp {
        from_millis(count * 60_000)
    }

    #[test]
    fn nothing_is_said_of_a_doctor_of_whom_little_is_known() {
        assert_eq!(Outlook::of(&[600, 600]), None);
        let shown = serde_json::to_value(EstimateView::from(None)).unwrap();
        assert_eq!(
            shown,
            serde_json::json!({"p50_s": null, "p90_s": null, "unknown": "too_few_consultations"})
        );
        assert!(Outlook::of(&[600, 600, 600]).is_some());
    }

    #[test]
    fn more_ahead_is_a_longer_wait_and_none_is_never_nought() {
        let outlook = Outlook::of(&[500, 700, 600, 550, 650]).unwrap();
        let wait =
            |there, absent, since| outlook.wait(Ahead { there, absent }, since, None, minutes(0));
        let mut before = wait(0, 0, None);
        assert_eq!(before, Wait { p50_s: 30, p90_s: 30 });
        for there in 1..50 {
            let next = wait(there, 0, None);
            assert!(next.p50_s > before.p50_s && next.p90_s > next.p50_s, "{there}: {next:?}");
            before = next;
        }
        let ten = wait(10, 0, None);
        assert!((5_700..6_100).contains(&ten.p50_s) && ten.p90_s < 8_500, "{ten:?}");
        assert!(wait(0, 10, None).p50_s < ten.p50_s, "not all come who are not there");
        let just_begun = wait(0, 0, Some(minutes(0)));
        assert!((400..700).contains(&just_begun.p50_s), "{just_begun:?}");
        let long = wait(0, 0, Some(minutes(-60)));
        assert!((30..300).contains(&long.p50_s), "longer than any before: {long:?}");
    }

    #[test]
    fn one_that_was_ended_too_late_does_not_spoil_the_others() {
        let mut recent = [600_u32; 20];
        let ahead = Ahead { there: 5, absent: 0 };
        let p50 =
            |recent: &[u32]| Outlook::of(recent).unwrap().wait(ahead, None, None, minutes(0)).p50_s;
        let usual = p50(&recent);
        recent[12] = 4 * 3_600;
        assert!(p50(&recent) < usual * 13 / 10, "{} {usual}", p50(&recent));
    }

    #[test]
    fn nobody_is_called_during_lunch() {
        let outlook = Outlook::of(&[600; 20]).unwrap();
        let lunch = Some((minutes(30), minutes(90)));
        let wait =
            |there, now| outlook.wait(Ahead { there, absent: 0 }, None, lunch, minutes(now)).p50_s;
        assert!(wait(2, 0) < 1_300, "before it");
        let after = wait(4, 0);
        assert!((5_400..6_100).contains(&after), "behind it: {after}");
        assert!((3_600..4_300).contains(&wait(1, 30)), "in it");
        assert!(wait(2, 90) < 1_300, "when it is over");
    }
}
