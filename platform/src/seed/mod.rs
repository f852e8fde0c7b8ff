//! Hospitals, doctors, accounts and patients that demonstrations, loads and tests make by themselves. The system has no
//! commands for these yet, so their rows are written straight into the tables, by the store here alone.

pub mod store;

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::ids::{AccountId, DoctorId, HospitalId, PatientId};
use domain::schedule::{Hours, Release};

/// A hospital to be made.
#[derive(Clone, PartialEq, Debug)]
pub struct HospitalSeed {
    pub id: HospitalId,
    pub name: String,
    /// Such as `의원`.
    pub kind: String,
    pub address: String,
    /// Province or metropolitan city.
    pub sido: String,
    /// City, county or district.
    pub sigungu: String,
    /// Latitude and longitude, degrees.
    pub location: Option<(f64, f64)>,
    pub zone: Tz,
    /// Open bookings that a patient may have.
    pub max_open_bookings: u16,
    /// Open bookings that all people of an account may have; `None`: they are not counted.
    pub max_open_account: Option<u16>,
    /// Bookings that a patient may have with a doctor on one day.
    pub max_per_doctor_day: u16,
}

impl HospitalSeed {
    /// A clinic in Seoul's zone without an address, with the limits that the schema sets by default.
    pub fn clinic(id: HospitalId, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            kind: "의원".to_owned(),
            address: String::new(),
            sido: String::new(),
            sigungu: String::new(),
            location: None,
            zone: Tz::Asia__Seoul,
            max_open_bookings: 3,
            max_open_account: Some(6),
            max_per_doctor_day: 1,
        }
    }
}

/// A doctor to be made, with a schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DoctorSeed {
    pub id: DoctorId,
    pub hospital_id: HospitalId,
    pub name: String,
    pub department: String,
    pub schedule: ScheduleSeed,
}

/// When a doctor can be booked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScheduleSeed {
    /// Between two starts.
    pub step_minutes: u16,
    pub first_visit_minutes: u16,
    pub return_visit_minutes: u16,
    /// Patients at the same time.
    pub seats: u8,
    /// `None`: every day is open at once.
    pub release: Option<Release>,
    /// Before the start: the end of booking and cancelling.
    pub cutoff_minutes: u32,
    pub valid_from: NaiveDate,
    /// This day included.
    pub valid_until: NaiveDate,
    /// Monday first; `None`: closed.
    pub hours: [Option<Hours>; 7],
}

/// A patient to be made. The account has to be there, or is made with [`store::add_accounts`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PatientSeed {
    pub id: PatientId,
    pub account_id: AccountId,
    /// The account's own person, used where a command names no patient.
    pub own_person: bool,
    pub name: String,
    pub birth_date: Option<NaiveDate>,
}

/// What happens to the schedule of a doctor who has one already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExistingSchedule {
    /// It stays, but may reach further, and gets hours on days that had none.
    Extend,
    /// It becomes what is asked for.
    Replace,
}
