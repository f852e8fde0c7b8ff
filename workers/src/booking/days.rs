//! Doctors' days kept between batches: all that changes them comes through this partition, and the epoch in each
//! transaction proves that nobody else owns it. Anything that goes wrong empties what is kept.

use domain::booking::TakenTime;
use domain::directory::DoctorDay;
use domain::feed::{Entry, Feed};
use domain::known::Unasked;
use domain::partition::PartitionId;
use platform::booking::availability::{self, CachedDay};
use platform::kv::Kv;
use std::collections::{BTreeSet, HashMap};

/// Doctors' days held between batches; from it on all are let go before the next.
const MAX_DAYS: usize = 20_000;

/// Time in use of a day, and its revision.
#[derive(Clone, Debug, Default)]
pub struct Day {
    pub revision: u64,
    pub taken: TakenTime,
}

/// Days as the last commit left them.
#[derive(Default)]
pub struct DayCache(HashMap<DoctorDay, Day>);

impl DayCache {
    pub fn get(&self, day: DoctorDay) -> Option<&Day> {
        self.0.get(&day)
    }

    pub fn put(&mut self, day: DoctorDay, state: Day) {
        self.0.insert(day, state);
    }

    /// Lets all go if there are too many. This happens before a batch asks which it knows, never while it decides: a
    /// day let go then would look free.
    pub fn make_room(&mut self) {
        if self.0.len() >= MAX_DAYS {
            self.0.clear();
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Keeps what was committed.
    pub fn keep(&mut self, changed: &ChangedDays) {
        self.0.extend(changed.0.iter().cloned());
    }
}

/// Days that a batch changed, with their new revisions.
#[derive(Debug, Default)]
pub struct ChangedDays(Vec<(DoctorDay, Day)>);

impl ChangedDays {
    /// Of these days, whose time in use is now as `facts` say.
    pub fn of(
        days: &BTreeSet<DoctorDay>,
        facts: &domain::booking::Facts,
        kept: &DayCache,
    ) -> Result<Self, Unasked> {
        const WHAT: Unasked = Unasked("a doctor's day");
        let changed = days.iter().map(|day| {
            let revision = kept.get(*day).ok_or(WHAT)?.revision + 1;
            let taken = facts.taken.get(day)?.ok_or(WHAT)?.clone();
            Ok((*day, Day { revision, taken }))
        });
        changed.collect::<Result<_, Unasked>>().map(Self)
    }

    /// Days and revisions.
    pub fn revisions(&self) -> Vec<(DoctorDay, u64)> {
        self.0.iter().map(|(day, state)| (*day, state.revision)).collect()
    }

    /// Tells listeners of the days.
    pub fn tell(&self, feed: &mut Feed) {
        for ((doctor, day), state) in &self.0 {
            feed.push(Entry::Day { doctor: *doctor, day: *day, revision: state.revision });
        }
    }
}

/// Writes changed days into the availability cache. Where Redis is away, ingress passes over the older version.
pub async fn refresh_availability(kv: &Kv, partition: PartitionId, epoch: u64, days: &ChangedDays) {
    let cached = |((doctor, day), state): &(DoctorDay, Day)| {
        let (revision, taken) = (state.revision, state.taken.clone());
        (*doctor, *day, CachedDay { epoch, revision, taken })
    };
    let days: Vec<_> = days.0.iter().map(cached).collect();
    if !days.is_empty()
        && let Err(error) = availability::store(kv, partition, &days).await
    {
        tracing::debug!(%error, "the availability cache was not written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use domain::ids::DoctorId;

    #[test]
    fn days_are_let_go_between_batches_only() {
        let mut days = DayCache::default();
        let date = |n: usize| NaiveDate::default() + chrono::Days::new(n as u64 % 365);
        let kept: Vec<DoctorDay> =
            (0..=MAX_DAYS).map(|n| (DoctorId::generate(), date(n))).collect();
        for day in &kept {
            days.put(*day, Day::default());
        }
        assert!(
            kept.iter().all(|day| days.get(*day).is_some()),
            "a batch finds all that it has read"
        );
        days.make_room();
        assert!(days.get(kept[0]).is_none());
    }

    #[test]
    fn a_day_that_was_not_read_has_no_next_revision() {
        let day = (DoctorId::generate(), NaiveDate::default());
        let mut facts = domain::booking::Facts::default();
        facts.taken.insert(day, TakenTime::default());
        let changed = |kept: &DayCache| ChangedDays::of(&BTreeSet::from([day]), &facts, kept);
        let mut kept = DayCache::default();
        assert!(changed(&kept).is_err());
        kept.put(day, Day { revision: 6, taken: TakenTime::default() });
        assert_eq!(changed(&kept).unwrap().revisions(), [(day, 7)]);
    }
}
