//! The shapes of doctors and hospitals, which are answered as they stand here.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::hours::OpenHours;
use super::limits::Limits;
use crate::schema::lists;

/// A doctor.
#[derive(Serialize, ToSchema)]
pub struct Doctor {
    pub id: Uuid,
    pub hospital_id: Uuid,
    pub name: String,
    pub department: String,
    pub zone: String,
    /// Rises with every edit; it is the ETag.
    pub revision: u32,
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
    #[schema(value_type = Vec<String>)]
    pub departments: Departments,
    pub announcement: Option<String>,
    /// When it is open, as it says itself: days that are not named are closed, or not known. Absent: nothing is known.
    pub hours: Option<Vec<OpenHours>>,
    pub zone: String,
    /// How much one patient or account may have here.
    pub limits: Limits,
    /// Rises with every edit; it is the ETag.
    pub revision: u32,
}

/// Names of departments, which one column holds with bars between them.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Departments(Vec<String>);

impl From<String> for Departments {
    fn from(column: String) -> Self {
        let names = column.split('|').map(str::trim).filter(|name| !name.is_empty());
        Self(names.map(str::to_owned).collect())
    }
}

lists! {
    /// A page of doctors.
    Doctors of Doctor;
    /// A page of hospitals.
    Hospitals of Hospital;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departments_are_a_list() {
        let list =
            |column: &str| serde_json::to_value(Departments::from(column.to_owned())).unwrap();
        assert_eq!(
            list("내과|한방안·이비인후·피부과"),
            serde_json::json!(["내과", "한방안·이비인후·피부과"])
        );
        assert_eq!(list("내과| 외과 ||"), serde_json::json!(["내과", "외과"]));
        assert_eq!(list(""), serde_json::json!([]));
    }
}
