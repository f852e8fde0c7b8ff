//! `docde dead-letters`: commands that the workers parked because they could not be decided. The CLI reads the table,
//! never the broker's queue, where a look counts as a delivery. It decides nothing itself: replay and
//! discard are commands to the partition's worker, sent like any other.

use domain::wire;
use uuid::Uuid;

use crate::args::{DeadLetters, LetterState};
use crate::failure::CliError;
use crate::{Context, Finding, Out};

mod discard;
mod replay;
mod sending;
mod store;

use store::Letter;

pub async fn run(context: &Context, what: DeadLetters, out: Out<'_>) -> Result<Finding, CliError> {
    match what {
        DeadLetters::List { state } => list(context, state, out).await,
        DeadLetters::Show { id } => show(context, id, out).await,
        DeadLetters::Replay { id, .. } => replay::run(context, id, out).await,
        DeadLetters::Discard { id, reason } => discard::run(context, id, &reason, out).await,
    }
}

async fn list(context: &Context, state: LetterState, out: Out<'_>) -> Result<Finding, CliError> {
    let letters = store::letters(&context.pool()?, state.column()).await?;
    if letters.is_empty() {
        writeln!(out, "none")?;
    }
    for letter in letters {
        let request =
            letter.request_id.map_or_else(|| "no request".to_owned(), |id| id.to_string());
        let partition = letter.partition.index();
        let parked = letter.parked_at.format("%Y-%m-%d %H:%M:%S");
        writeln!(
            out,
            "{}  {parked}Z  p{partition:02}  {:<9}  {request}  {}",
            letter.id, letter.state, letter.reason
        )?;
    }
    Ok(Finding::Good)
}

async fn show(context: &Context, id: Uuid, out: Out<'_>) -> Result<Finding, CliError> {
    let pool = context.pool()?;
    let letter = found(&pool, id).await?;
    let named = |id: Option<Uuid>| id.map_or_else(|| "not known".to_owned(), |id| id.to_string());
    writeln!(out, "letter     {}\nstate      {}", letter.id, letter.state)?;
    writeln!(out, "partition  p{:02}\nparked at  {}Z", letter.partition.index(), letter.parked_at)?;
    writeln!(
        out,
        "request    {}\naccount    {}",
        named(letter.request_id),
        named(letter.account_id)
    )?;
    writeln!(out, "reason     {}\ndetail     {}", letter.reason, letter.detail)?;
    if let Some(at) = letter.closed_at {
        writeln!(
            out,
            "closed at  {at}Z\nclosed by  {}",
            letter.closed_reason.as_deref().unwrap_or("")
        )?;
    }
    if let Some(request) = store::request(&pool, letter.request_id).await? {
        writeln!(out, "stands as  {}", request.shown())?;
    }
    match wire::decode(&letter.frame) {
        Ok(command) => writeln!(
            out,
            "decodes    as {} for hospital {}",
            command.kind.name(),
            command.hospital_id
        )?,
        Err(bad) => writeln!(out, "decodes    not: {bad}")?,
    }
    // A control character in it must not reach the operator's terminal.
    let frame = String::from_utf8_lossy(&letter.frame).replace(char::is_control, "\u{fffd}");
    writeln!(out, "frame      {frame}")?;
    Ok(Finding::Good)
}

async fn found(pool: &sqlx::MySqlPool, id: Uuid) -> Result<Letter, CliError> {
    store::letter(pool, id)
        .await?
        .ok_or_else(|| CliError::refused(format!("there is no dead letter {id}")))
}

/// The letter, if nobody has closed it.
async fn open(pool: &sqlx::MySqlPool, id: Uuid) -> Result<Letter, CliError> {
    let letter = found(pool, id).await?;
    if letter.state == "open" {
        return Ok(letter);
    }
    Err(CliError::refused(format!("dead letter {id} is {} already", letter.state)))
}

impl LetterState {
    fn column(self) -> Option<&'static str> {
        match self {
            LetterState::Open => Some("open"),
            LetterState::Replayed => Some("replayed"),
            LetterState::Discarded => Some("discarded"),
            LetterState::All => None,
        }
    }
}
