//! Bodies by which doctors are added and edited, checked once, here.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::hospital_body::words;
use crate::problem::Problem;

/// Characters of a doctor's name, and of a department.
const MAX_NAME: usize = 60;
const MAX_DEPARTMENT: usize = 40;

/// `POST /v1/hospitals/{id}/doctors`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DoctorBody {
    /// 1 to 60 characters.
    name: String,
    /// 1 to 40 characters.
    department: String,
}

/// `PATCH /v1/doctors/{id}`: what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DoctorEdit {
    /// 1 to 60 characters.
    name: Option<String>,
    /// 1 to 40 characters.
    department: Option<String>,
}

/// A doctor to be added, checked.
#[derive(Serialize)]
pub(super) struct NewDoctor {
    pub name: String,
    pub department: String,
}

/// What is to be written, checked.
#[derive(Serialize)]
pub(super) struct DoctorChanges {
    pub name: Option<String>,
    pub department: Option<String>,
}

impl DoctorBody {
    pub fn check(self) -> Result<NewDoctor, Problem> {
        let name = words("name", &self.name, MAX_NAME)?;
        let department = words("department", &self.department, MAX_DEPARTMENT)?;
        Ok(NewDoctor { name, department })
    }
}

impl DoctorEdit {
    pub fn check(self) -> Result<DoctorChanges, Problem> {
        if self.name.is_none() && self.department.is_none() {
            return Err(Problem::malformed("names nothing to change"));
        }
        let name = self.name.map(|name| words("name", &name, MAX_NAME)).transpose()?;
        let department =
            self.department.map(|name| words("department", &name, MAX_DEPARTMENT)).transpose()?;
        Ok(DoctorChanges { name, department })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::code::Code;
    use serde_json::json;
    use unicode_normalization::UnicodeNormalization;

    fn check(name: &str, department: &str) -> Result<NewDoctor, Code> {
        let body = serde_json::from_value(json!({"name": name, "department": department}));
        let body: DoctorBody = body.map_err(|_| Code::Malformed)?;
        body.check().map_err(|problem| problem.code())
    }

    #[test]
    fn a_doctor_has_a_name_and_a_department() {
        let decomposed: String = " 김의사 ".nfd().collect();
        assert_eq!(check(&decomposed, "내과").unwrap().name, "김의사");
        for name in ["김".to_owned(), "김".repeat(60)] {
            assert_eq!(check(&name, "내과").unwrap().name, name);
        }
        for (name, department) in [
            ("", "내과"),
            ("  ", "내과"),
            ("김의사", ""),
            ("김의사 900101-1234567", "내과"),
            ("김의사", "900101 1234567"),
            ("김\u{202e}의사\u{0}", "내과"),
            (&"김".repeat(61), "내과"),
            ("김의사", &"과".repeat(41)),
        ] {
            assert_eq!(
                check(name, department).err(),
                Some(Code::Invalid),
                "{name:?} {department:?}"
            );
        }
        let nothing: DoctorEdit = serde_json::from_value(json!({})).unwrap();
        assert_eq!(nothing.check().err().map(|problem| problem.code()), Some(Code::Malformed));
    }
}
