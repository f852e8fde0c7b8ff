//! From a checked body to a command: which doctor, which hospital, and whether what was seen is still so.

use domain::code::Code;
use domain::ids::{DoctorId, RequestId};
use domain::people::Sender;
use domain::timetable::{CloseHospital, EndDoctor, SetDayHours, SetSchedule};
use platform::directory::KnownDoctor;

use super::body::TimetableBody;
use super::timetable_store;
use crate::problem::Problem;
use crate::state::App;
use crate::submit::{Address, CheckedBody};

impl CheckedBody for TimetableBody {
    /// The worker alone knows.
    type Precheck = ();

    fn creates(&self) -> bool {
        false
    }

    async fn address(
        self,
        app: &App,
        _: &Sender,
        _: RequestId,
    ) -> Result<Address<Self::Precheck>, Problem> {
        match self {
            Self::SetSchedule { doctor_id, seen, terms } => {
                let (known, _) = present(app, doctor_id).await?;
                let revision = seen.present(known.schedule_revision)?;
                Ok(of_doctor(&known, SetSchedule { doctor_id, revision, terms }))
            }
            Self::SetDayHours { doctor_id, seen, day, hours } => {
                let (known, _) = present(app, doctor_id).await?;
                let revision = seen.present(known.schedule_revision)?;
                Ok(of_doctor(&known, SetDayHours { doctor_id, revision, day, hours }))
            }
            Self::EndDoctor { doctor_id, seen } => {
                let (known, revision) = present(app, doctor_id).await?;
                seen.present(revision)?;
                Ok(of_doctor(&known, EndDoctor { doctor_id }))
            }
            Self::CloseHospital { hospital_id, seen } => {
                let found = timetable_store::hospital(&app.database, hospital_id).await?;
                let found = found.filter(|found| !found.is_closed);
                let found = found.ok_or_else(|| Problem::new(Code::NotFound))?;
                seen.present(found.revision)?;
                let (kind, zone) = (CloseHospital {}.into(), found.zone);
                Ok(Address { kind, hospital_id, zone, precheck: () })
            }
        }
    }
}

/// The doctor, with a schedule or without, and the revision of name and department. One who has left is not found: what was
/// done before is answered from its record.
async fn present(app: &App, id: DoctorId) -> Result<(KnownDoctor, u32), Problem> {
    let found = timetable_store::doctor(&app.database, id).await?;
    let found = found.filter(|(known, _)| !known.has_left);
    found.ok_or_else(|| Problem::new(Code::NotFound))
}

fn of_doctor(known: &KnownDoctor, kind: impl Into<domain::command::Kind>) -> Address<()> {
    let (hospital_id, zone) = (known.doctor.hospital_id, known.doctor.zone());
    Address { kind: kind.into(), hospital_id, zone, precheck: () }
}
