//! The shapes of doctors and hospitals, which are answered as they stand here.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::lists;

/// A doctor.
#[derive(Serialize, ToSchema)]
pub struct Doctor {
    pub id: Uuid,
    pub hospital_id: Uuid,
    pub name: String,
    pub department: String,
    pub zone: String,
}

/// A hospital.
#[derive(Serialize, ToSchema)]
pub struct Hospital {
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub address: String,
    pub sido: String,
    pub sigungu: String,
    pub phone: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub departments: String,
    pub zone: String,
}

lists! {
    /// A page of doctors.
    Doctors of Doctor;
    /// A page of hospitals.
    Hospitals of Hospital;
}
