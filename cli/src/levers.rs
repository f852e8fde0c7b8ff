//! `docde levers`: what an operator changes while the services run. The command line writes the change with who made it
//! and why; services read it within a second. Nothing is sent to them.

use chrono::NaiveDateTime;
use domain::time;
use domain::time::Timestamp;
use platform::lever::{BadLever, Lever};
use sqlx::MySqlPool;

use crate::args::{LeverSet, Levers, WhoAndWhy};
use crate::failure::CliError;
use crate::{Context, Finding, Out};

mod store;

use store::{Change, NewValue};

/// Longest name of who made a change, and longest reason: the widths of their columns.
const MAX_ACTOR: usize = 80;
const MAX_REASON: usize = 255;

impl From<BadLever> for CliError {
    fn from(bad: BadLever) -> Self {
        CliError::Usage(bad.to_string())
    }
}

pub async fn run(
    context: &Context,
    what: Option<Levers>,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let pool = context.pool()?;
    match what {
        None => list(context, &pool, out).await,
        Some(Levers::Set(wanted)) => set(context, &pool, &wanted, out).await,
        Some(Levers::Clear { name, who }) => {
            let lever = name.parse::<Lever>()?;
            change(context, &pool, (lever, None), &who, out).await
        }
        Some(Levers::History { name }) => {
            let lever = name.map(|name| name.parse::<Lever>()).transpose()?;
            history(&pool, lever, out).await
        }
    }
}

/// Every lever, set or not; hospitals only where one is set.
async fn list(context: &Context, pool: &MySqlPool, out: Out<'_>) -> Result<Finding, CliError> {
    let present = store::present(pool).await?;
    let mut levers = Lever::all(store::partitions(pool).await?);
    let known = |change: &Change| change.name.parse::<Lever>().ok();
    levers.extend(
        present.iter().filter_map(known).filter(|lever| matches!(lever, Lever::Admission(_))),
    );
    for lever in levers {
        let name = lever.to_string();
        let now = context.clock.now().naive_utc();
        let holds = |change: &&Change| {
            change.name == name
                && change.value.is_some()
                && change.until.is_none_or(|until| now < until)
        };
        match present.iter().find(holds) {
            None => writeln!(out, "{name:<26} not set")?,
            Some(change) => {
                let value = shown(lever, change.value, change.until);
                let (actor, at, reason) = (&change.actor, utc(change.at), &change.reason);
                writeln!(out, "{name:<26} {value}  set by {actor} at {at}: {reason}")?;
            }
        }
    }
    Ok(Finding::Good)
}

async fn history(
    pool: &MySqlPool,
    lever: Option<Lever>,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let changes = store::changes(pool, lever.map(|lever| lever.to_string())).await?;
    if changes.is_empty() {
        writeln!(out, "none")?;
    }
    for change in changes {
        let Ok(lever) = change.name.parse::<Lever>() else { continue };
        let before = shown(lever, change.value_before, change.until_before);
        let after = shown(lever, change.value, change.until);
        let (at, actor, reason) = (utc(change.at), change.actor, change.reason);
        writeln!(out, "{at}  {lever}  {before} -> {after}  by {actor}: {reason}")?;
    }
    Ok(Finding::Good)
}

fn shown(lever: Lever, value: Option<u64>, until: Option<NaiveDateTime>) -> String {
    let value = value.map_or_else(|| "not set".to_owned(), |value| lever.show(value));
    until.map_or_else(|| value.clone(), |until| format!("{value} until {}", utc(until)))
}

fn utc(at: NaiveDateTime) -> String {
    at.and_utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

async fn set(
    context: &Context,
    pool: &MySqlPool,
    wanted: &LeverSet,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let lever = wanted.name.parse::<Lever>()?;
    let value = lever.read(&wanted.value)?;
    let until = wanted.until.as_deref().map(|text| until(context, text)).transpose()?;
    match lever {
        Lever::PausePartition(partition)
            if partition.index() >= store::partitions(pool).await? =>
        {
            return Err(CliError::Usage(format!("there is no partition {partition}")));
        }
        Lever::Admission(hospital) if !store::is_hospital(pool, hospital).await? => {
            return Err(CliError::Usage(format!("there is no hospital {hospital}")));
        }
        _ => {}
    }
    change(context, pool, (lever, Some(NewValue { value, until })), &wanted.who, out).await
}

fn until(context: &Context, text: &str) -> Result<Timestamp, CliError> {
    let until = time::parse(text).map_err(|bad| CliError::Usage(format!("--until: {bad}")))?;
    if time::is_sane(until) && until > context.clock.now() {
        Ok(time::to_millis(until))
    } else {
        Err(CliError::Usage(format!("--until {text} is not in the future")))
    }
}

async fn change(
    context: &Context,
    pool: &MySqlPool,
    (lever, new): (Lever, Option<NewValue>),
    who: &WhoAndWhy,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let reason = text("--reason", &who.reason, MAX_REASON)?;
    let by = who.by.as_deref().or_else(|| context.env.optional("USER"));
    let by = by.ok_or_else(|| CliError::Usage("--by or USER says who changes it".to_owned()))?;
    let actor = text("--by", by, MAX_ACTOR)?;
    let before = store::change(pool, lever, new, (actor, reason), context.clock.now()).await?;
    let (before, after) = (
        before.map_or_else(|| "not set".to_owned(), |value| lever.show(value)),
        shown(
            lever,
            new.map(|new| new.value),
            new.and_then(|new| new.until).map(|at| at.naive_utc()),
        ),
    );
    writeln!(out, "{lever}: {before} -> {after}; services follow within a second")?;
    Ok(Finding::Good)
}

/// One line of text, so that it cannot disturb a terminal.
fn text<'t>(option: &str, text: &'t str, most: usize) -> Result<&'t str, CliError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most || text.contains(char::is_control) {
        return Err(CliError::Usage(format!("{option} is one line of 1 to {most} characters")));
    }
    Ok(text)
}
