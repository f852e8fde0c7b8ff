//! Which bookings lie outside of a schedule: of the present one as a list, of another one before it is set.

use domain::ids::DoctorId;
use domain::schedule::{Schedule, Terms};
use domain::time::{self, Timestamp};
use domain::timetable::{Ahead, Conflict, TimetableState, outside, with_version};
use platform::directory::KnownDoctor;
use platform::timetable::ahead_store::{self, Found};
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::revision::Seen;
use crate::state::App;

/// Those of the present schedule that end after an instant.
pub(super) async fn of_present(
    app: &App,
    known: &KnownDoctor,
    from: Timestamp,
) -> Result<Vec<Conflict>, Problem> {
    of(app, known.doctor.id, &known.doctor.schedule, from).await
}

/// What the version would do. It is judged as the worker would, at this moment.
pub(super) async fn dry_run(
    app: &App,
    known: &KnownDoctor,
    seen: &Seen,
    terms: &Terms,
) -> Result<Value, Problem> {
    let revision = seen.present(known.schedule_revision)?;
    let (now, zone) = (app.clock.now(), known.doctor.zone());
    let today = time::day_of(now, zone);
    if terms.valid_from < today {
        return Err(Problem::invalid("from", "today or later"));
    }
    let schedule = with_version(&known.doctor.schedule, terms, today);
    let conflicts = of(app, known.doctor.id, &schedule, now).await?;
    let state = TimetableState::of(known.doctor.id, revision, conflicts);
    Ok(json!({"dry_run": true, "timetable": state.view(zone)}))
}

async fn of(
    app: &App,
    doctor: DoctorId,
    schedule: &Schedule,
    from: Timestamp,
) -> Result<Vec<Conflict>, Problem> {
    let mut connection = app.database.acquire().await?;
    let found = ahead_store::ahead(&mut connection, &[doctor], from).await?;
    let ahead = |found: &Found| {
        let Found { booking_id, starts_at, ends_at, seat, .. } = *found;
        Ahead { booking_id, starts_at, ends_at, seat }
    };
    let ahead: Vec<Ahead> = found.iter().map(ahead).collect();
    Ok(outside(schedule, &ahead))
}
