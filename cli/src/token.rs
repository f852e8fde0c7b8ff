//! `docde token`: sign-in tokens for demonstration patients, for one account, or for new staff of a hospital. Until
//! accounts arrive, this is where tokens come from.

use domain::ids::{AccountId, HospitalId};
use domain::people::Role;
use platform::auth::Signer;
use platform::seed::PatientSeed;
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
    for (account_id, patient_id) in people(context, wanted).await? {
        let token = sign(context, &signer, AccountId::from_uuid(account_id), wanted.seconds)?;
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
    token.ok_or_else(|| CliError::refused("the signing key does not sign"))
}
