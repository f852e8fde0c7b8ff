//! What a document is made of, as the database has it.

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::booking::TakenTime;
use domain::directory::Doctor;
use domain::ids::{DoctorId, HospitalId};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A hospital.
#[derive(Clone, Debug)]
pub struct HospitalFacts {
    pub id: HospitalId,
    /// Read before all the rest: what is newer than it is written once more.
    pub revision: u64,
    pub name: String,
    pub kind: String,
    pub address: String,
    pub sido: String,
    pub sigungu: String,
    pub dong: String,
    pub phone: Option<String>,
    pub location: Option<(f64, f64)>,
    pub departments: Vec<String>,
    pub doctors_count: Option<i32>,
    pub zone: Tz,
    /// Public holidays there.
    pub holidays: Arc<BTreeSet<NaiveDate>>,
    pub details: Map<String, Value>,
    pub doctors: Vec<DoctorFacts>,
}

/// One of its doctors.
#[derive(Clone, Debug)]
pub struct DoctorFacts {
    pub id: DoctorId,
    pub name: String,
    pub department: String,
    /// `None`: without a schedule nothing is known of free time.
    pub schedule: Option<(Arc<Doctor>, TakenTime)>,
}
