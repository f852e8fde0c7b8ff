//! The way of a command through ingress, the same for all of them: address it, look whether it is a retry or
//! impossible, hand it over, wait if the client may, answer.

use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use domain::code::Code;
use domain::command::{BodyHash, Command, Kind};
use domain::ids::{BookingId, HospitalId, IdempotencyKey, RequestId};
use domain::partition::PartitionId;
use domain::world::Doctor;
use http::HeaderValue;
use platform::crash;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

use crate::admission::{self, Admission};
use crate::answer::{self, Asked};
use crate::body::{Ask, Note};
use crate::handover::{self, Handed};
use crate::prefer::Preference;
use crate::problem::Problem;
use crate::session::Session;
use crate::state::App;
use crate::unbroken::Unbroken;
use crate::waiters::{Told, Waiting};
use crate::{store_bookings, store_requests};

/// How long is waited for an outcome in the quiet (CONTRACT, Request).
const USUAL_WAIT: Duration = Duration::from_secs(5);

/// A command, addressed.
pub(crate) struct Draft {
    pub command: Command,
    pub partition: PartitionId,
    /// Of the hospital.
    pub zone: Tz,
    /// Where the command takes time of a doctor who was looked up.
    pub doctor: Option<Arc<Doctor>>,
}

/// Takes a command from its parsed body to its answer.
pub(crate) async fn submit(
    app: &Arc<App>,
    session: Session,
    key: &IdempotencyKey,
    preference: Preference,
    ask: Ask,
) -> Result<Response, Problem> {
    let began = Instant::now();
    let asked = Asked {
        request_id: RequestId::of(session.account, key),
        account_id: session.account,
        body_hash: BodyHash::under(key, &serde_json::to_vec(&ask).map_err(Problem::internal)?),
        books: matches!(ask, Ask::Book { .. }),
    };
    let draft = match address(app, session, asked, ask).await {
        Ok(draft) => Arc::new(draft),
        Err(problem) => return unaddressed(app, asked, problem).await,
    };
    let again = match admission::admit(app, &draft).await? {
        Admission::Recorded(recorded) => return answer::recorded(asked, recorded),
        Admission::Again => true,
        Admission::First => false,
    };
    let patience = patience(app, &draft, preference);
    let waiting =
        if patience.is_zero() { None } else { app.waiters.register(draft.command.request_id) };
    let capped = !patience.is_zero() && waiting.is_none();
    let handing_over =
        Unbroken::new(handover::hand_over(Arc::clone(app), Arc::clone(&draft), again));
    if let Handed::Recorded(recorded) = handing_over.await? {
        return answer::recorded(asked, recorded);
    }
    let told = match waiting {
        Some(waiting) => outcome(app, &draft, waiting, began + patience).await,
        None => None,
    };
    crash::point("before_answer");
    let answer =
        told.map_or_else(|| Ok(answer::accepted(app, &draft)), |told| answer::told(asked, &told));
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    let applied = if capped { Some("respond-async".to_owned()) } else { preference.applied() };
    if let Some(value) = applied.and_then(|applied| HeaderValue::from_str(&applied).ok()) {
        response.headers_mut().insert("preference-applied", value);
    }
    Ok(response)
}

/// How long the client waits: as it wishes, else by load and clock.
fn patience(app: &App, draft: &Draft, preference: Preference) -> Duration {
    let peak = app.settings.peak.contains(draft.command.accepted_at, draft.zone);
    let loaded = app.partitions.backlog(draft.partition) > app.settings.peak_backlog;
    preference.wait_or(if peak || loaded { Duration::ZERO } else { USUAL_WAIT })
}

/// Until the outcome, or the deadline; then the database is asked once, so that a lost outcome message
/// costs time and never truth. `None`: not decided yet, as far as can be told.
async fn outcome(app: &App, draft: &Draft, mut waiting: Waiting, until: Instant) -> Option<Told> {
    if let Some(told) = wait(app, &mut waiting, until).await {
        return Some(told);
    }
    let recorded =
        store_requests::find_soon(&app.database, draft.command.request_id).await.ok().flatten()?;
    Some(Told { body_hash: recorded.body_hash, document: recorded.document.into() })
}

/// Waits; `None` at the deadline, and when ingress stops.
pub(crate) async fn wait(app: &App, waiting: &mut Waiting, until: Instant) -> Option<Told> {
    tokio::select! {
        told = waiting.told() => told,
        () = tokio::time::sleep_until(until) => None,
        () = app.shutdown.stopping() => None,
    }
}

/// It has nowhere to go: a doctor has left, or never was. What was decided while there was one stays true.
async fn unaddressed(app: &App, asked: Asked, problem: Problem) -> Result<Response, Problem> {
    match store_requests::find_soon(&app.database, asked.request_id).await {
        Ok(Some(recorded)) => answer::recorded(asked, recorded),
        _ => Err(problem),
    }
}

/// Finds out where the command goes, and makes it.
async fn address(app: &App, session: Session, asked: Asked, ask: Ask) -> Result<Draft, Problem> {
    let accepted_at = app.clock.now();
    let Asked { request_id, body_hash, .. } = asked;
    let nothing = || Problem::new(Code::NotFound);
    let (kind, hospital_id, zone, doctor) = match ask {
        Ask::Book { doctor_id, starts_at, patient_id, visit, note } => {
            let doctor =
                app.directory.get(doctor_id).await?.ok_or_else(|| nothing().field("doctor_id"))?;
            let sealed = seal(app, &note, request_id)?;
            let kind = Kind::Book { doctor_id, starts_at, patient_id, visit, sealed };
            (kind, doctor.hospital_id, doctor.zone(), Some(doctor))
        }
        Ask::Cancel { booking_id } => {
            let found = booking(app, session, booking_id).await?;
            let kind = Kind::Cancel { booking_id, doctor_id: found.booking.doctor_id };
            (kind, found.booking.hospital_id, found.zone, None)
        }
        Ask::Reschedule { booking_id, doctor_id, starts_at } => {
            let found = booking(app, session, booking_id).await?;
            if let Some(doctor_id) = doctor_id {
                let doctor = app
                    .directory
                    .get(doctor_id)
                    .await?
                    .ok_or_else(|| nothing().field("doctor_id"))?;
                same_hospital(&doctor, found.booking.hospital_id)?;
            }
            let kind = Kind::Reschedule {
                booking_id,
                doctor_id: doctor_id.unwrap_or(found.booking.doctor_id),
                starts_at,
            };
            (kind, found.booking.hospital_id, found.zone, None)
        }
    };
    let (account_id, actor) = (session.account, session.account);
    let channel = "app".to_owned();
    let (replay, first) = (false, false);
    let command = Command {
        request_id,
        account_id,
        actor,
        hospital_id,
        channel,
        accepted_at,
        body_hash,
        replay,
        first,
        kind,
    };
    Ok(Draft { command, partition: app.partitions.of(hospital_id), zone, doctor })
}

async fn booking(
    app: &App,
    session: Session,
    id: BookingId,
) -> Result<store_bookings::Found, Problem> {
    let found = store_bookings::find(&app.database, session.account, id).await?;
    found.ok_or_else(|| Problem::new(Code::NotFound))
}

fn same_hospital(doctor: &Doctor, hospital: HospitalId) -> Result<(), Problem> {
    if doctor.hospital_id == hospital {
        return Ok(());
    }
    Err(Problem::invalid(
        "doctor_id",
        "the doctor is at another hospital: book there, then cancel this booking",
    ))
}

/// From here on nobody but the worker's and our own key reads the free text.
fn seal(app: &App, note: &Note, request: RequestId) -> Result<Option<String>, Problem> {
    if note.is_empty() {
        return Ok(None);
    }
    let plain = serde_json::to_string(note).map_err(Problem::internal)?;
    app.seal.seal(&plain, request).map(Some).ok_or_else(|| Problem::internal("sealing failed"))
}
