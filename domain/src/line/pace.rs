//! A doctor's own figures: how long the last consultations took, from the call to the end, and how well the estimates
//! that rest on them came true. Both are bounded, and kept from day to day.

use chrono::TimeDelta;

use super::estimate::Wait;

/// Consultations that are kept of a doctor.
pub const KEPT: usize = 64;
/// What ends sooner was no consultation, but a wrong key.
const SHORTEST: TimeDelta = TimeDelta::seconds(15);
/// What ends later was forgotten.
const LONGEST: TimeDelta = TimeDelta::hours(4);

/// How estimates came true. An estimate counts once, at the ticket's first call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Grades {
    pub graded: u64,
    /// Of these, who waited no longer than the p50 said.
    pub within_p50: u64,
    /// Of these, who waited no longer than the p90 said.
    pub within_p90: u64,
}

/// One wait against what had been estimated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grade {
    pub within_p50: bool,
    pub within_p90: bool,
}

impl Grade {
    pub fn of(expected: Wait, waited: TimeDelta) -> Self {
        let within = |bound: u32| waited <= TimeDelta::seconds(bound.into());
        Self { within_p50: within(expected.p50_s), within_p90: within(expected.p90_s) }
    }
}

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pace {
    /// Seconds, the newest last; at most [`KEPT`].
    pub recent: Vec<u32>,
    pub grades: Grades,
}

impl Pace {
    /// Seconds of a consultation of that length; `None`: it was none, and is not kept.
    fn seconds(length: TimeDelta) -> Option<u32> {
        let counts = (SHORTEST..=LONGEST).contains(&length);
        u32::try_from(length.num_seconds()).ok().filter(|_| counts)
    }

    /// A consultation has ended. Whether that is kept.
    pub fn add(&mut self, length: TimeDelta) -> bool {
        let Some(seconds) = Self::seconds(length) else { return false };
        self.recent.push(seconds);
        let surplus = self.recent.len().saturating_sub(KEPT);
        self.recent.drain(..surplus);
        true
    }

    /// It had not ended after all. Whether it was kept.
    pub fn take_back(&mut self, length: TimeDelta) -> bool {
        let found = Self::seconds(length)
            .and_then(|seconds| self.recent.iter().rposition(|kept| *kept == seconds));
        found.map(|index| self.recent.remove(index)).is_some()
    }

    pub fn grade(&mut self, grade: Grade) {
        self.grades.graded += 1;
        self.grades.within_p50 += u64::from(grade.within_p50);
        self.grades.within_p90 += u64::from(grade.within_p90);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_consultations_are_kept_and_one_that_had_not_ended_is_taken_back() {
        let mut pace = Pace::default();
        for seconds in 100..200 {
            assert!(pace.add(TimeDelta::seconds(seconds)));
        }
        assert_eq!((pace.recent.len(), pace.recent[0], pace.recent[KEPT - 1]), (KEPT, 136, 199));
        assert!(!pace.add(TimeDelta::seconds(3)) && !pace.add(TimeDelta::hours(9)));
        assert!(
            pace.take_back(TimeDelta::seconds(199)) && !pace.take_back(TimeDelta::seconds(199))
        );
        assert_eq!(pace.recent.last(), Some(&198));
    }

    #[test]
    fn a_wait_is_within_its_bound_to_the_second() {
        let expected = Wait { p50_s: 60, p90_s: 120 };
        let grade = |millis| Grade::of(expected, TimeDelta::milliseconds(millis));
        assert_eq!(grade(60_000), Grade { within_p50: true, within_p90: true });
        assert_eq!(grade(60_001), Grade { within_p50: false, within_p90: true });
        assert_eq!(grade(120_001), Grade { within_p50: false, within_p90: false });
        let mut pace = Pace::default();
        pace.grade(grade(60_001));
        assert_eq!(pace.grades, Grades { graded: 1, within_p50: 0, within_p90: 1 });
    }
}
