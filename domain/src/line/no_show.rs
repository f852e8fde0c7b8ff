//! What a hospital does about those who do not come: how long whoever was passed over is waited for, when a day is over, and
//! after how many no-shows the app takes no number for a while. Staff change it by `set_no_show_rule`.

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::{Status, Ticket};
use crate::code::Code;
use crate::ids::{AccountId, HospitalId, PatientId, TicketId};
use crate::known::{Known, Unasked};
use crate::people;
use crate::rejection::Rejection;
use crate::rules::{Context, NoDecision};
use crate::time::Timestamp;

macro_rules! numbers {
    ($($(#[$meta:meta])+ $name:ident: $default:literal in $limit:expr;)+) => {
        /// What a hospital has set.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
        pub struct NoShowRules { $($(#[$meta])+ pub $name: u16,)+ }

        /// What is to be set; the rest stays as it is.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
        pub struct NoShowChanges {
            $(#[serde(skip_serializing_if = "Option::is_none", default)] pub $name: Option<u16>,)+
        }

        impl Default for NoShowRules {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl NoShowRules {
            /// These, as they are to be.
            #[must_use]
            pub fn with(self, changes: &NoShowChanges) -> Self {
                Self { $($name: changes.$name.unwrap_or(self.$name),)+ }
            }

            /// How far a number may be set; the table holds the same.
            pub fn limit(name: &str) -> Option<RangeInclusive<u16>> {
                $(if name == stringify!($name) { return Some($limit); })+
                None
            }
        }

        impl NoShowChanges {
            /// The first number that is set farther than it may be.
            pub fn fault(&self) -> Option<(&'static str, RangeInclusive<u16>)> {
                $(if self.$name.is_some_and(|set| !($limit).contains(&set)) {
                    return Some((stringify!($name), $limit));
                })+
                None
            }
        }
    };
}

numbers! {
    /// Whoever was passed over, is held and does not come for so long, is a no-show.
    held_minutes: 20 in 1..=240;
    /// So long after the end of reception the day is over for who still waits.
    day_over_minutes: 0 in 0..=360;
    /// No-shows of a patient after which the app takes no number for them; 0: never.
    penalty_after: 0 in 0..=20;
    /// They lie no farther apart than that.
    within_days: 90 in 1..=365;
    /// How long the app takes none, from the last of them on.
    penalty_days: 14 in 1..=365;
}

/// The rule as a hospital has it now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoShowRule {
    pub hospital_id: HospitalId,
    /// How often it was changed.
    pub revision: u32,
    pub rules: NoShowRules,
}

/// See [`NoShowRule`].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NoShowRuleView<'r> {
    hospital_id: HospitalId,
    revision: u32,
    rules: &'r NoShowRules,
}

impl NoShowRule {
    /// Of a hospital that has set none.
    pub fn of_defaults(hospital_id: HospitalId) -> Self {
        Self { hospital_id, revision: 0, rules: NoShowRules::default() }
    }

    /// As clients see it.
    pub const fn view(&self, _: Tz) -> NoShowRuleView<'_> {
        let Self { hospital_id, revision, rules } = self;
        NoShowRuleView { hospital_id: *hospital_id, revision: *revision, rules }
    }
}

impl NoShowRules {
    pub fn held_for(&self) -> TimeDelta {
        TimeDelta::minutes(self.held_minutes.into())
    }

    pub fn day_over_after(&self) -> TimeDelta {
        TimeDelta::minutes(self.day_over_minutes.into())
    }

    /// No-shows before that time matter no more.
    pub fn matter_since(&self, now: Timestamp) -> Timestamp {
        now - TimeDelta::days(i64::from(self.within_days) + i64::from(self.penalty_days))
    }

    /// Until when the app takes no number for whoever has these no-shows.
    fn refused_until(&self, no_shows: &NoShows, now: Timestamp) -> Option<Timestamp> {
        let after = usize::from(self.penalty_after);
        if after == 0 {
            return None;
        }
        let mut times: Vec<Timestamp> = no_shows.0.values().copied().collect();
        times.sort_unstable();
        let (within, penalty) =
            (TimeDelta::days(self.within_days.into()), TimeDelta::days(self.penalty_days.into()));
        let together = times.windows(after).filter(|some| some[after - 1] - some[0] <= within);
        together.map(|some| some[after - 1] + penalty).filter(|until| now < *until).max()
    }
}

/// A patient's no-shows at a hospital, as far as staff have not forgiven them: the tickets, and when they were missed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NoShows(pub BTreeMap<TicketId, Timestamp>);

/// What is to be read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    pub rules: BTreeSet<HospitalId>,
    /// Whose no-shows are asked for where the hospital's rule looks at them; an account's: its own person's.
    pub patients: BTreeSet<(HospitalId, PatientId)>,
    pub accounts: BTreeSet<(HospitalId, AccountId)>,
    /// Whose are asked for in any case.
    pub forgiven: BTreeSet<(HospitalId, PatientId)>,
}

impl Needs {
    /// What [`Facts::allows`] looks at when a number is taken for the patient, or for the account's own person.
    pub(super) fn taker(&mut self, context: &Context<'_>, patient: Option<PatientId>) {
        let (hospital, account) = (context.hospital_id, context.sender.for_account);
        self.rules.insert(hospital);
        match patient {
            Some(patient) => {
                self.patients.insert((hospital, patient));
            }
            None => {
                self.accounts.insert((hospital, account));
            }
        }
    }
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Facts {
    /// A hospital that has set none is absent.
    pub rules: Known<HospitalId, NoShowRule>,
    pub no_shows: Known<(HospitalId, PatientId), NoShows>,
}

impl Default for Facts {
    fn default() -> Self {
        let no_shows = Known::new("a patient's no-shows");
        Self { rules: Known::new("a hospital's rule for no-shows"), no_shows }
    }
}

impl Facts {
    /// The rule of the hospital: the one that it has set, or the defaults.
    pub fn rule_of(&self, hospital: HospitalId) -> Result<NoShowRule, Unasked> {
        let set = self.rules.get(&hospital)?.copied();
        Ok(set.unwrap_or_else(|| NoShowRule::of_defaults(hospital)))
    }

    /// Whose no-shows are to be read, once rules and people are.
    pub fn reading(
        &self,
        needs: &Needs,
        people: &people::Facts,
    ) -> Result<BTreeSet<(HospitalId, PatientId)>, Unasked> {
        let mut wanted = needs.patients.clone();
        for (hospital, account) in &needs.accounts {
            let own = people.own_patients.get(account)?;
            wanted.extend(own.map(|patient| (*hospital, *patient)));
        }
        let mut reading = needs.forgiven.clone();
        for (hospital, patient) in wanted {
            if self.rule_of(hospital)?.rules.penalty_after > 0 {
                reading.insert((hospital, patient));
            }
        }
        Ok(reading)
    }

    /// Refuses a patient whose no-shows are too many for the hospital's rule.
    pub(super) fn allows(
        &self,
        hospital: HospitalId,
        patient: PatientId,
        now: Timestamp,
    ) -> Result<(), NoDecision> {
        let rules = self.rule_of(hospital)?.rules;
        if rules.penalty_after == 0 {
            return Ok(());
        }
        let no_shows = self.no_shows.get(&(hospital, patient))?;
        match no_shows.and_then(|no_shows| rules.refused_until(no_shows, now)) {
            Some(until) => Err(Rejection::until(Code::TooManyBookings, until).into()),
            None => Ok(()),
        }
    }

    /// A ticket has changed: a missed one counts, one that is called back does not.
    pub(super) fn keep(&mut self, ticket: &Ticket) {
        let Some(patient) = ticket.patient_id else { return };
        let key = (ticket.hospital_id, patient);
        let Ok(known) = self.no_shows.get(&key) else { return };
        let mut no_shows = known.cloned().unwrap_or_default();
        no_shows.0.remove(&ticket.id);
        if ticket.status == Status::Noshow {
            no_shows.0.insert(ticket.id, ticket.updated_at);
        }
        self.no_shows.insert(key, no_shows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_millis;

    fn day(days: i64) -> Timestamp {
        from_millis(1_800_000_000_000) + TimeDelta::days(days)
    }

    fn missed(days: &[i64]) -> NoShows {
        NoShows(days.iter().map(|days| (TicketId::generate(), day(*days))).collect())
    }

    #[test]
    fn so_many_no_shows_within_so_many_days_refuse_for_so_many_days() {
        let off = NoShowRules::default();
        assert_eq!(off.refused_until(&missed(&[1, 2, 3, 4]), day(4)), None, "off by default");
        let rules = NoShowRules { penalty_after: 2, within_days: 10, penalty_days: 5, ..off };
        let until = |days: &[i64], now| rules.refused_until(&missed(days), day(now));
        assert_eq!(until(&[3], 3), None, "one is not two");
        assert_eq!(until(&[0, 11], 11), None, "they lie too far apart");
        assert_eq!(until(&[0, 10], 10), Some(day(15)));
        assert_eq!(until(&[0, 10], 15), None, "it is over");
        assert_eq!(until(&[0, 10, 12], 13), Some(day(17)), "the last counts");
    }

    #[test]
    fn each_number_has_its_limits_and_the_default_lies_within_them() {
        let defaults = serde_json::to_value(NoShowRules::default()).unwrap();
        for (name, kept) in defaults.as_object().unwrap() {
            let limit = NoShowRules::limit(name).unwrap();
            let kept = u16::try_from(kept.as_u64().unwrap()).unwrap();
            assert!(limit.contains(&kept), "{name}");
            let set = |value: u16| -> NoShowChanges {
                serde_json::from_value(serde_json::json!({ name: value })).unwrap()
            };
            for (value, fits) in
                [(*limit.start(), true), (*limit.end(), true), (limit.end() + 1, false)]
            {
                assert_eq!(set(value).fault().is_none(), fits, "{name} {value}");
            }
            let changed = NoShowRules::default().with(&set(*limit.end()));
            assert_eq!(serde_json::to_value(changed).unwrap()[name], *limit.end());
        }
    }
}
