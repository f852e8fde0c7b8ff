//! `docde operator`: makes the account of an e-mail address an operator of the platform, or takes that back. Each change has a
//! row that says who made it.

use domain::email::Email;
use serde_json::json;

use crate::args;
use crate::failure::CliError;
use crate::{Context, Finding, Out};

mod store;

/// Longest name of who makes the change: it stands in a reason.
const MAX_ACTOR: usize = 80;

pub async fn run(
    context: &Context,
    wanted: &args::Operator,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let email = wanted.email.parse::<Email>();
    let email = email.map_err(|error| CliError::Usage(error.to_string()))?;
    let by = wanted.by.as_deref().or_else(|| context.env.optional("USER"));
    let by = by.ok_or_else(|| CliError::Usage("--by or USER says who changes it".to_owned()))?;
    if by.is_empty() || by.chars().count() > MAX_ACTOR {
        return Err(CliError::Usage(format!("--by is 1 to {MAX_ACTOR} characters")));
    }
    let is_operator = !wanted.remove;
    let mut transaction = context.pool()?.begin().await?;
    let found = store::find(&mut transaction, &email).await?;
    let (account, was) = found.ok_or_else(|| CliError::refused("there is no such account"))?;
    if was != is_operator {
        let now = context.clock.now();
        store::set(&mut transaction, account, is_operator, by, now).await?;
    }
    transaction.commit().await?;
    let line = json!({"account_id": account, "email": email.as_str(), "operator": is_operator});
    writeln!(out, "{line}")?;
    Ok(Finding::Good)
}
