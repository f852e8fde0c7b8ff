//! `set_schedule`: from a date on a doctor has another schedule. Versions from that date on go, those before it stay until
//! then. Bookings stay as they are: which of them lie outside is told.

use chrono::{Days, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::rules::{doctor_here, is_director, is_present, with_schedule};
use super::{Facts, Needs, TimetableChange, TimetableState, TimetableSubject};
use crate::ids::{DoctorId, HospitalId};
use crate::partition::QueueKind;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::schedule::{Schedule, Terms};
use crate::time::{self, Timestamp};

/// A version that another one has replaced is kept for so many days: what was booked under it is long over then.
const KEPT_DAYS: u64 = 366;
/// How far ahead a version may begin.
const MAX_DAYS: u64 = 366;

/// Change a doctor's schedule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SetSchedule {
    pub doctor_id: DoctorId,
    /// Of the schedule that the sender has seen.
    pub revision: u32,
    pub terms: Box<Terms>,
}

/// The schedule with these terms from their first day on. What is long over is dropped.
#[must_use]
pub fn with_version(schedule: &Schedule, terms: &Terms, today: NaiveDate) -> Schedule {
    let mut after = schedule.clone();
    after.seats_before = schedule.most_seats();
    after.versions.retain(|version| version.valid_from < terms.valid_from);
    after.versions.push(terms.clone());
    let old = today.checked_sub_days(Days::new(KEPT_DAYS)).unwrap_or(today);
    while after.versions.get(1).is_some_and(|next| next.valid_from < old) {
        after.versions.remove(0);
    }
    after
}

impl CommandRules for SetSchedule {
    const NAME: &'static str = "set_schedule";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

    type Subject = TimetableSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = TimetableState;
    type Change = TimetableChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        Some(self.doctor_id)
    }

    fn subject(&self, hospital_id: HospitalId) -> TimetableSubject {
        let (command, doctor_id) = (Self::NAME, Some(self.doctor_id));
        TimetableSubject { command, hospital_id, doctor_id }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        needs.directory.hospitals.insert(context.hospital_id);
        needs.own.doctors.insert(self.doctor_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<TimetableState, TimetableChange>, NoDecision> {
        is_director(facts, context)?;
        let known = doctor_here(facts, context, self.doctor_id)?;
        is_present(known, self.revision)?;
        if let Some(field) = self.terms.fault() {
            return Err(Rejection::invalid(field).into());
        }
        let today = time::day_of(now, known.doctor.zone());
        let last = today.checked_add_days(Days::new(MAX_DAYS)).unwrap_or(today);
        if !(today..=last).contains(&self.terms.valid_from) {
            return Err(Rejection::invalid("from").into());
        }
        let schedule = with_version(&known.doctor.schedule, &self.terms, today);
        let (doctor, state) = with_schedule(facts, known, schedule)?;
        let (revision, terms) = (state.revision, self.terms.clone());
        let changes = vec![TimetableChange::Schedule { doctor, revision, terms }];
        Ok(Decided { changes, ..Decided::nothing(state) })
    }
}
