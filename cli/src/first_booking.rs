//! `docde first-booking`: does once what a patient's phone does. Finds a free time of a demonstration doctor over the
//! API, opens the socket, books, waits for the outcome, and prints the curl that does it again.

use domain::time::Timestamp;
use platform::auth::Signer;
use platform::seed::PatientSeed;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::demo::patients;
use crate::failure::CliError;
use crate::{Context, Finding, Out, token};

mod api;
mod socket;

use api::{Api, ApiAnswer, Doctor};
use socket::Socket;

/// Demonstration patients that are tried in turn: one may have all the bookings allowed.
const PATIENTS: u32 = 20;
/// Bookings tried for one patient; somebody else may be quicker, or the limits reached.
const MAX_TRIES: usize = 4;
/// Open bookings that a patient may have at one hospital.
const MAX_AT_HOSPITAL: usize = 3;
/// How long the outcome may take.
const OUTCOME_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the printed token is valid.
const TOKEN_SECONDS: i64 = 86_400;

pub async fn run(
    context: &Context,
    url: &str,
    ws: &str,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let signer = Signer::from_env(&context.env)?;
    let pool = context.pool()?;
    let people = patients::ensure(&pool, 0..PATIENTS, context.clock.now()).await?;
    for patient in &people {
        let token = token::sign(context, &signer, patient.account_id, TOKEN_SECONDS)?;
        if book_for(context, patient, Api::new(url, token)?, ws, out).await? {
            return Ok(Finding::Good);
        }
    }
    writeln!(
        out,
        "no demonstration doctor has a free time that these patients may book: docde seed --days 28 adds some"
    )?;
    Ok(Finding::Wrong)
}

/// Tries one free time after the other; true once a booking is confirmed.
async fn book_for(
    context: &Context,
    patient: &PatientSeed,
    api: Api,
    ws: &str,
    out: Out<'_>,
) -> Result<bool, CliError> {
    let mut socket = Socket::open(ws, &api.token).await?;
    let trials = trials(&api, context.clock.now()).await?;
    for trial in trials {
        let started = Instant::now();
        let answer = api.book(&trial.key, &trial.body).await?;
        let answered = started.elapsed();
        if answer.is_refusal() {
            continue;
        }
        let id = answer.request_id().filter(|_| answer.is_accepted());
        let id = id.ok_or_else(|| {
            CliError::refused(format!("the API answered {}: {}", answer.status, answer.body))
        })?;
        let Some(frame) = socket.outcome(id, started + OUTCOME_TIMEOUT).await? else {
            let waited = OUTCOME_TIMEOUT.as_secs();
            return Err(CliError::refused(format!(
                "no outcome on the socket within {waited} s; the API answered {}",
                answer.body
            )));
        };
        if frame["request"]["state"] == "confirmed" {
            trial.show(&api, patient, &answer, (answered, started.elapsed()), &frame, out)?;
            socket.close().await;
            return Ok(true);
        }
    }
    socket.close().await;
    Ok(false)
}

/// Free times of demonstration doctors that the patient may book, as far as can be seen from outside.
async fn trials(api: &Api, now: Timestamp) -> Result<Vec<Trial>, CliError> {
    let open = api.open_bookings().await?;
    let listed = api.doctors().await?;
    let mut trials = Vec::new();
    for id in crate::demo::seed::doctor_ids() {
        if trials.len() >= MAX_TRIES {
            break;
        }
        let doctor = match listed.iter().find(|doctor| doctor.id == id) {
            Some(doctor) => doctor.clone(),
            None => api.doctor(id).await?,
        };
        let at_hospital = open.iter().filter(|open| open.hospital_id == doctor.hospital_id).count();
        if at_hospital >= MAX_AT_HOSPITAL || open.iter().any(|open| open.doctor_id == id) {
            continue;
        }
        if let Some(starts_at) = api.first_free(id, now, &open).await? {
            trials.push(Trial::of(&doctor, &starts_at));
        }
    }
    Ok(trials)
}

/// A booking that is tried under a fresh key.
struct Trial {
    key: String,
    body: Value,
    what: String,
}

impl Trial {
    fn of(doctor: &Doctor, starts_at: &str) -> Self {
        let body = json!({"doctor_id": doctor.id, "starts_at": starts_at, "visit": "return"});
        Self {
            key: Uuid::new_v4().to_string(),
            body,
            what: format!("{} at {starts_at}", doctor.name),
        }
    }

    fn show(
        &self,
        api: &Api,
        patient: &PatientSeed,
        answer: &ApiAnswer,
        (answered, told): (Duration, Duration),
        frame: &Value,
        out: Out<'_>,
    ) -> Result<(), CliError> {
        writeln!(out, "booked {} for demonstration patient {}", self.what, patient.id)?;
        writeln!(
            out,
            "\nthe curl that did it (again: the same answer, since the key is the same):\n{}",
            api.curl(&self.key, &self.body)
        )?;
        writeln!(
            out,
            "\nHTTP {} after {} ms\n{}",
            answer.status,
            answered.as_millis(),
            answer.body
        )?;
        writeln!(out, "\nthe socket, {} ms after the request was sent\n{frame}", told.as_millis())?;
        Ok(())
    }
}
