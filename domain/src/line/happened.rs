//! What happened in a line, for the services that tell those who wait in it: from which version to which, what changed
//! and why. One event a batch and line.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::rules::told_account;
use super::{Facts, LineChange, Reception, Standing, Status, TicketChange};
use crate::directory::DoctorDay;
use crate::event::{Audience, Notice};
use crate::ids::HospitalId;
use crate::json::json_text;
use crate::known::Unasked;
use crate::people;
use crate::time::Timestamp;

/// What one change is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum What {
    /// A number was taken.
    Taken,
    /// A booked patient arrived, and so has a number.
    BookedArrived,
    Arrived,
    Called,
    Held,
    Returned,
    /// Was called, did not come, and goes behind all who wait.
    Behind,
    /// Was not there, and a call passed it over.
    Passed,
    Done,
    Missed,
    Left,
    /// Goes before others, for the reason that stands beside.
    Urgent,
    /// Stands behind others now, and still waits.
    Postponed,
    /// Its last step was taken back.
    Undone,
    /// Something else of a ticket.
    Changed,
    /// The line takes numbers, or does not.
    Reception,
}

impl What {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    fn of(change: &TicketChange) -> Self {
        let after = &change.after;
        let Some(before) = &change.before else {
            return if after.booking_id.is_some() { What::BookedArrived } else { What::Taken };
        };
        if before.booking_id.is_none() && after.booking_id.is_some() {
            return What::BookedArrived;
        }
        let moved = before.status != after.status;
        match (change.reason.as_deref(), after.status) {
            (Some("undone"), _) => What::Undone,
            (Some("passed"), _) if !moved => What::Passed,
            _ if after.priority != before.priority => What::Urgent,
            _ if !moved && before.key_at != after.key_at => What::Postponed,
            _ if !moved => What::Changed,
            (_, Status::CheckedIn) => What::Called,
            (_, Status::Waitlist) => What::Held,
            (_, Status::Fulfilled) => What::Done,
            (_, Status::Noshow) => What::Missed,
            (_, Status::Cancelled | Status::EnteredInError) => What::Left,
            _ if before.status == Status::CheckedIn && before.key_at != after.key_at => {
                What::Behind
            }
            _ if matches!(before.status, Status::CheckedIn | Status::Waitlist) => What::Returned,
            _ => What::Arrived,
        }
    }
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Happened {
    pub what: What,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// The ticket as it stands after it; `None`: it is about the line.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ticket: Option<Standing>,
}

impl Happened {
    /// `None` of what leaves the line's version as it is.
    pub fn of(
        change: &LineChange,
        people: &people::Facts,
    ) -> Result<Option<(DoctorDay, Self)>, Unasked> {
        Ok(match change {
            LineChange::Ticket(change) => {
                let ticket = &change.after;
                let what = What::of(change);
                let ticket = Some(Standing::of(ticket, told_account(people, ticket)?));
                let happened = Self { what, why: change.reason.clone(), ticket };
                Some(((change.after.doctor_id, change.after.day), happened))
            }
            LineChange::Reception(change) => {
                let why = Some(Reception::as_str(change.reception).to_owned());
                Some((change.day, Self { what: What::Reception, why, ticket: None }))
            }
            LineChange::NoShowRule(_)
            | LineChange::NoShowsLifted(..)
            | LineChange::Rule(_)
            | LineChange::Attendance(_)
            | LineChange::Noted(_)
            | LineChange::Pace(_) => None,
        })
    }

    /// The one word for whose place it changes: of an urgent one its reason.
    pub fn reason(&self) -> &str {
        match (self.what, &self.why) {
            (What::Urgent, Some(why)) => why,
            _ => self.what.as_str(),
        }
    }
}

/// What a batch did to a line. It never leaves the system.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LineEvent {
    pub hospital: HospitalId,
    pub at: Timestamp,
    /// The line's version before, and after. Each change raises it by one.
    pub from: u64,
    pub to: u64,
    pub changes: Vec<Happened>,
    /// The doctor's last consultations, where these changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recent: Option<Vec<u32>>,
}

impl LineEvent {
    /// Of a day's changes, which are part of the facts.
    pub fn of(
        facts: &Facts,
        day: DoctorDay,
        hospital: HospitalId,
        changes: Vec<Happened>,
        paced: bool,
        at: Timestamp,
    ) -> Result<Self, Unasked> {
        let line = facts.lines.get(&day)?.ok_or(Unasked("a doctor's line"))?;
        let to = line.day.version;
        let recent = if paced { facts.paces.get(&day.0)? } else { None };
        let recent = recent.map(|pace| pace.recent.clone());
        Ok(Self { hospital, at, from: to - changes.len() as u64, to, changes, recent })
    }

    /// As it is written and told.
    pub fn notice(&self, (doctor, day): DoctorDay) -> Notice {
        Notice { to: Audience::Line(doctor, day), document: json_text(self).into() }
    }
}
