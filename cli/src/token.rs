//! `docde token`: tokens for demonstration patients, for one account, or for new staff of a hospital, without signing in: for
//! trying things out. Each is of a session of its own, which ends as any other does.

use chrono::TimeDelta;
use domain::ids::{AccountId, HospitalId, SessionId};
use domain::people::Role;
use platform::auth::Signer;
use platform::seed::PatientSeed;
use platform::seed::store::add_sessions;
use serde::Serialize;
use uuid::Uuid;

use crate::args::{self, StaffRole};
use crate::demo::{patients, staff};
use crate::failure::CliError;
use crate::{Context, Finding, Out};

/// One line of the answer.
#[derive(Serialize)]
struct Line {
    account_id: Uuid,
    patient_id: Option<Uuid>,
    token: String,
}

pub async fn run(
    context: &Context,
    wanted: &args::Token,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let signer = Signer::from_env(&context.env)?;
    let people = people(context, wanted).await?;
    let session =
        |(account, _): &(Uuid, _)| (AccountId::from_uuid(*account), SessionId::generate());
    let sessions: Vec<_> = people.iter().map(session).collect();
    let now = context.clock.now();
    let until = now + TimeDelta::seconds(wanted.seconds);
    let mut connection = context.pool()?.acquire().await?;
    add_sessions(&mut connection, &sessions, until, now).await?;
    for ((account_id, patient_id), of) in people.into_iter().zip(sessions) {
        let token = signer.access_of(of, now, wanted.seconds).ok_or_else(does_not_sign)?;
        let line = serde_json::to_string(&Line { account_id, patient_id, token })
            .map_err(std::io::Error::from)?;
        writeln!(out, "{line}")?;
    }
    Ok(Finding::Good)
}

/// The accounts that get tokens, each with its own person.
async fn people(
    context: &Context,
    wanted: &args::Token,
) -> Result<Vec<(Uuid, Option<Uuid>)>, CliError> {
    let pool = context.pool()?;
    if let Some(account) = wanted.account {
        return Ok(vec![(account, patients::own_person(&pool, account).await?)]);
    }
    if let (Some(role), Some(hospital)) = (wanted.role, wanted.hospital) {
        let role = match role {
            StaffRole::Receptionist => Role::Receptionist,
            StaffRole::Doctor => Role::Doctor,
            StaffRole::Director => Role::Director,
        };
        let hospital = HospitalId::from_uuid(hospital);
        let account = staff::employ(&pool, hospital, role, context.clock.now()).await?;
        return Ok(vec![(account.uuid(), None)]);
    }
    let last = wanted.offset.checked_add(wanted.patients);
    let last = last.ok_or_else(|| CliError::Usage("--offset is too large".to_owned()))?;
    let made = patients::ensure(&pool, wanted.offset..last, context.clock.now()).await?;
    let with_own_person = |made: PatientSeed| (made.account_id.uuid(), Some(made.id.uuid()));
    Ok(made.into_iter().map(with_own_person).collect())
}

/// A token for the account from now on.
pub fn sign(
    context: &Context,
    signer: &Signer,
    account: AccountId,
    seconds: i64,
) -> Result<String, CliError> {
    let token = signer.access(account, context.clock.now(), seconds);
    token.ok_or_else(does_not_sign)
}

fn does_not_sign() -> CliError {
    CliError::refused("the signing key does not sign")
}
