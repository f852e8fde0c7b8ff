//! `set_day_hours`: a date of a doctor has other hours than its weekday, on a public holiday too, or those of its weekday
//! again. What closes a day is another command.

use chrono::{Days, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::rules::{doctor_here, is_director, is_present, with_schedule};
use super::{Facts, Needs, TimetableChange, TimetableState, TimetableSubject};
use crate::code::Code;
use crate::ids::{DoctorId, HospitalId};
use crate::partition::QueueKind;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::schedule::Hours;
use crate::time::{self, Timestamp};

/// How far ahead a date may be.
const MAX_DAYS: u64 = 366;
/// Dates ahead with hours of their own.
const MAX_DATES: usize = 200;

/// Give a date other hours.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SetDayHours {
    pub doctor_id: DoctorId,
    /// Of the schedule that the sender has seen.
    pub revision: u32,
    pub day: NaiveDate,
    /// `None`: as the weekday.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hours: Option<Hours>,
}

impl CommandRules for SetDayHours {
    const NAME: &'static str = "set_day_hours";
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
        let today = time::day_of(now, known.doctor.zone());
        let last = today.checked_add_days(Days::new(MAX_DAYS)).unwrap_or(today);
        if !(today..=last).contains(&self.day) {
            return Err(Rejection::invalid("day").into());
        }
        let mut schedule = known.doctor.schedule.clone();
        match self.hours {
            Some(hours) if !hours.is_sane() => return Err(Rejection::invalid("hours").into()),
            // Without a schedule nothing says how long a visit lasts.
            Some(_) if schedule.terms_on(self.day).is_none() => {
                return Err(Rejection::conflict("no_schedule").into());
            }
            Some(hours) => {
                schedule.other_hours.insert(self.day, hours);
            }
            None if schedule.other_hours.remove(&self.day).is_none() => {
                return Err(Rejection::new(Code::NotFound).into());
            }
            None => {}
        }
        if schedule.other_hours.range(today..).count() > MAX_DATES {
            return Err(Rejection::conflict("too_many_dates").into());
        }
        let (doctor, state) = with_schedule(facts, known, schedule)?;
        let (revision, day, hours) = (state.revision, self.day, self.hours);
        let changes = vec![TimetableChange::Day { doctor, revision, day, hours }];
        Ok(Decided { changes, ..Decided::nothing(state) })
    }
}
