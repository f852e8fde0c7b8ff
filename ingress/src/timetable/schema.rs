//! The shapes of schedules: what a director sets is what everybody reads.

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::{Request, lists};

/// A time of day, `09:00`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Clock(pub NaiveTime);

impl Serialize for Clock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.format("%H:%M"))
    }
}

impl<'de> Deserialize<'de> for Clock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = NaiveTime::parse_from_str(&text, "%H:%M");
        at.map(Self).map_err(|_| serde::de::Error::custom("a time of day, such as 09:00"))
    }
}

/// A day of the week.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    /// Monday first.
    pub const ALL: [Self; 7] =
        [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];
}

/// A break.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pause {
    #[schema(value_type = String)]
    pub from: Clock,
    #[schema(value_type = String)]
    pub until: Clock,
}

/// The hours of a weekday. One that is not named is free.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeekdayHours {
    pub weekday: Weekday,
    #[schema(value_type = String)]
    pub opens: Clock,
    #[schema(value_type = String)]
    pub closes: Clock,
    /// At most 5 within the hours; the longest is lunch.
    #[serde(default)]
    pub breaks: Vec<Pause>,
}

/// A day can be booked from so many days before it on, from that time of day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Release {
    /// 0 to 366.
    pub days: u32,
    #[schema(value_type = String)]
    pub at: Clock,
}

/// A schedule from a date on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Version {
    /// From today on, at most 366 days ahead, in the hospital's zone. Versions that begin then or later go.
    pub from: NaiveDate,
    /// This day included; absent: for good.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// 5 to 480: minutes between two starts.
    pub slot_minutes: u32,
    /// 5 to 480: minutes of a first visit.
    pub first_minutes: u32,
    /// 5 to 480: minutes of a return visit.
    pub return_minutes: u32,
    /// 1 to 50: patients at the same time.
    #[serde(default = "one")]
    pub seats: u32,
    /// 0 to 86400: minutes before its start from which on a visit can no longer be booked.
    #[serde(default)]
    pub notice_minutes: u32,
    /// 0 to 366: days before it from which on a day can be booked; absent: however far.
    #[serde(default)]
    pub horizon_days: Option<u32>,
    #[serde(default)]
    pub release: Option<Release>,
    /// 0 to 86400: minutes before its start from which on a patient can no longer book, move or cancel a visit.
    #[serde(default)]
    pub cutoff_minutes: u32,
    /// 1 to 168: what a patient books waits for the clinic's approval, for so many hours at most; absent: it is booked at once.
    #[serde(default)]
    pub approval_hours: Option<u32>,
    /// Public holidays have the hours of their weekday; else they are free.
    #[serde(default)]
    pub open_on_holidays: bool,
    pub hours: Vec<WeekdayHours>,
}

const fn one() -> u32 {
    1
}

/// The hours of one date, instead of its weekday's, on a public holiday too.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DayHours {
    #[schema(value_type = String)]
    pub opens: Clock,
    #[schema(value_type = String)]
    pub closes: Clock,
    /// One at most.
    #[serde(default)]
    pub breaks: Vec<Pause>,
}

/// A date with hours of its own.
#[derive(Serialize, ToSchema)]
pub struct Day {
    pub day: NaiveDate,
    #[schema(value_type = String)]
    pub(crate) opens: Clock,
    #[schema(value_type = String)]
    pub(crate) closes: Clock,
    pub(crate) breaks: Vec<Pause>,
}

/// A doctor's schedule.
#[derive(Serialize, ToSchema)]
pub struct Schedule {
    pub doctor_id: Uuid,
    pub hospital_id: Uuid,
    pub zone: String,
    /// Rises with every change; it is the ETag.
    pub revision: u32,
    /// The present one first, then those that take its place.
    pub(crate) versions: Vec<Version>,
    /// From today on.
    pub days: Vec<Day>,
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// A booking that lies outside of the schedule.
#[derive(ToSchema)]
pub struct Conflict {
    pub booking_id: Uuid,
    #[schema(format = DateTime)]
    pub starts_at: String,
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// `hours`, `closed` or `seats`.
    pub why: String,
}

/// What a schedule would do to bookings. Nothing is changed.
#[derive(ToSchema)]
pub struct ScheduleTrial {
    pub dry_run: bool,
    pub timetable: Timetable,
}

/// A doctor's schedule after a change: which bookings lie outside.
#[derive(ToSchema)]
pub struct Timetable {
    pub doctor_id: Uuid,
    pub revision: u32,
    pub conflicts: u32,
    /// The first 50 of them by time.
    pub outside: Vec<Conflict>,
}

/// What a change of a schedule is answered with.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum ScheduleSet {
    Set(Box<Request>),
    ScheduleTrial(ScheduleTrial),
}

lists! {
    /// A page of bookings that lie outside.
    Conflicts of Conflict;
}
