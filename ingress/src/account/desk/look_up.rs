//! A clerk looks a patient up. The look-up is counted first, whatever is found; what is found is written down as read, and told, before it
//! is shown.

use axum::response::Response;
use chrono::TimeDelta;
use domain::code::Code;
use domain::command::BodyHash;
use domain::ids::{AccountId, HospitalId, PatientId, RequestId};
use domain::people::Sender;
use domain::time::{self, Timestamp};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

use super::body::{LookUpBody, Wanted};
use super::people_store::{self, Found, LookUp};
use super::schema::FoundPatients;
use super::{clerk, letters};
use crate::access_store::{self, Access};
use crate::asked::Asked;
use crate::mail::Posting;
use crate::page::{Id, Json};
use crate::problem::Problem;
use crate::state::App;
use crate::{answer, schema, staff};

/// As it stands in the log of reads.
const ROUTE: &str = "POST /v1/hospitals/{id}/patients/look-ups";
/// Patients that are shown at once.
const MOST: usize = 10;
/// For how long a mail about it is worth sending.
const MAIL_HELPS: TimeDelta = TimeDelta::days(3);

/// Looks up a patient whom the hospital knows: who had a booking or a ticket there, or was entered by its desk. Anybody else is found
/// by the code that their account shows. An account is told who looked it up. A retry is no second look-up.
#[utoipa::path(post, path = "/v1/hospitals/{id}/patients/look-ups", tag = "desk", request_body = LookUpBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, description = "Who was found", body = FoundPatients), schema::Refusal))]
pub(super) async fn look_up(
    Asked { app, session, key, .. }: Asked,
    Id(hospital): Id<HospitalId>,
    Json(body): Json<LookUpBody>,
) -> Result<Response, Problem> {
    let sender = staff::sender(&app, session, hospital).await?;
    let now = app.clock.now();
    let wanted = body.check(time::day_of(now, chrono_tz::Asia::Seoul))?;
    let plain = serde_json::to_vec(&(ROUTE, hospital, &wanted)).map_err(Problem::internal)?;
    let (id, body_hash) = (RequestId::of(sender.caller, &key), BodyHash::under(&key, &plain));
    let look = Look { app, sender, hospital, now, id };
    look.count(body_hash).await?;
    let (found, more) = look.find(&wanted).await?;
    look.tell(&found, matches!(wanted, Wanted::Code(_))).await?;
    let as_of = time::show(now, chrono_tz::UTC);
    let items = found.into_iter().map(|found| found.person).collect();
    let body = json!(FoundPatients { items, more, as_of });
    Ok(answer::json(StatusCode::OK, body.to_string()))
}

/// Who looks, where and when.
struct Look {
    app: Arc<App>,
    sender: Sender,
    hospital: HospitalId,
    now: Timestamp,
    id: RequestId,
}

impl Look {
    /// Counts it, unless it is a retry.
    async fn count(&self, body_hash: BodyHash) -> Result<(), Problem> {
        let (now, actor) = (self.now, self.sender.caller);
        let rules = self.app.rooms.account.desk.rules;
        let mut transaction = self.app.database.begin().await?;
        people_store::lock_clerk(&mut transaction, actor).await?;
        match people_store::look_up(&mut transaction, self.id).await? {
            Some(known) if known == body_hash => return Ok(()),
            Some(_) => return Err(Problem::new(Code::KeyReused)),
            None => {}
        }
        let since = now - clerk::WITHIN;
        let most = rules.look_ups_an_hour;
        clerk::has_room(
            people_store::full_of_look_ups(&mut transaction, (actor, since), most).await?,
            now,
        )?;
        let look_up = LookUp { id: self.id, body_hash, actor, at: now };
        people_store::add_look_up(&mut transaction, &look_up).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Who is found, and whether there are more.
    async fn find(&self, wanted: &Wanted) -> Result<(Vec<Found>, bool), Problem> {
        let app = &self.app;
        let mut found = match wanted {
            Wanted::Code(code) => {
                let asked = (code.as_str(), self.id);
                let codes = &app.rooms.account.desk.codes;
                let patient = codes.redeem(&app.seal, asked, self.now).await?;
                let wrong = || Problem::new(Code::CodeWrong).field("code");
                let patient: PatientId = patient.ok_or_else(wrong)?;
                let found = people_store::of_an_account(&app.database, patient).await?;
                vec![found.ok_or_else(wrong)?]
            }
            known => {
                let place = (self.hospital, self.now);
                people_store::find(&app.database, place, known, MOST + 1).await?
            }
        };
        let more = found.len() > MOST;
        found.truncate(MOST);
        Ok((found, more))
    }

    /// Writes down who is read, that the hospital knows whose code it was told, and what their accounts are told.
    async fn tell(&self, found: &[Found], by_code: bool) -> Result<(), Problem> {
        let Self { app, hospital, now, .. } = self;
        let mut transaction = app.database.begin().await?;
        access_store::record_all(&mut *transaction, &self.reads(found)).await?;
        let until = *now + app.rooms.account.desk.rules.known_for;
        for one in found.iter().filter(|_| by_code) {
            let patient = PatientId::from_uuid(one.person.id);
            let known = (patient, *hospital, self.sender.caller);
            people_store::know_by_code(&mut transaction, known, (*now, until)).await?;
        }
        let name = people_store::hospital_name(&mut transaction, *hospital).await?;
        for address in found.iter().filter_map(|one| one.address.as_deref()) {
            let posting = Posting {
                notice: self.id.uuid(),
                recipient: address,
                now: *now,
                expires_at: *now + MAIL_HELPS,
                held: false,
            };
            app.mail.write(&mut transaction, &posting, &letters::looked_up(&name, *now)).await?;
        }
        transaction.commit().await?;
        app.mail.wake();
        Ok(())
    }

    /// One for each who is shown; where nobody is, one of the look-up.
    fn reads(&self, found: &[Found]) -> Vec<Access> {
        let (actor, hospital): (AccountId, _) = (self.sender.caller, self.hospital);
        let read = |patient: Option<PatientId>| Access {
            at: self.now,
            actor,
            hospital,
            patient,
            subject: self.id.uuid(),
            route: ROUTE,
        };
        if found.is_empty() {
            return vec![read(None)];
        }
        found.iter().map(|one| read(Some(PatientId::from_uuid(one.person.id)))).collect()
    }
}
