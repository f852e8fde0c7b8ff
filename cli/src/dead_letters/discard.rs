//! Discard: the worker makes the parked request rejected/DISCARDED and tells its sender. Where a frame
//! names no request there is nobody to tell, and only the letter is closed.

use domain::command::{BodyHash, Command};
use domain::ids::{AccountId, HospitalId, REQUEST_NAMESPACE, RequestId};
use domain::parking::Discard;
use domain::people::Sender;
use domain::time::Timestamp;
use domain::wire;
use sqlx::MySqlPool;
use uuid::Uuid;

use super::sending::{self, CommandSender};
use super::store::{self, Letter, RequestState};
use crate::failure::CliError;
use crate::{Context, Finding, Out};

pub async fn run(
    context: &Context,
    id: Uuid,
    reason: &str,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 255 {
        return Err(CliError::Usage("--reason has 1 to 255 characters".to_owned()));
    }
    let pool = context.pool()?;
    let letter = super::open(&pool, id).await?;
    let request = store::request(&pool, letter.request_id).await?;
    let open = request.as_ref().is_none_or(RequestState::is_parked);
    let command = command(&letter, request.as_ref(), context.clock.now()).filter(|_| open);
    let Some((target, command)) = command else {
        store::close(&pool, id, "discarded", reason, context.clock.now()).await?;
        let why = request.map_or_else(
            || "it names no request".to_owned(),
            |request| format!("its request is {}", request.shown()),
        );
        writeln!(out, "{id}: discarded; {why}")?;
        return Ok(Finding::Good);
    };
    let sender = CommandSender::start(context, &pool).await?;
    let partition = request.map_or(letter.partition, |request| request.partition);
    let sent = sender.send_to(partition, &command).await;
    sender.close().await;
    sent?;
    store::close(&pool, id, "discarded", reason, context.clock.now()).await?;
    report(&pool, id, target, out).await
}

async fn report(
    pool: &MySqlPool,
    id: Uuid,
    target: Uuid,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let state = sending::decided(pool, target, sending::deadline()).await?;
    let decided = state.as_ref().is_some_and(|state| !state.is_parked());
    let shown =
        state.map_or_else(|| "not seen by the worker yet".to_owned(), |state| state.shown());
    writeln!(out, "{id}: discarded, request {target} is {shown}")?;
    Ok(Finding::of(decided))
}

/// The request and the command that closes it, if the letter tells whose it was and where.
fn command(
    letter: &Letter,
    request: Option<&RequestState>,
    now: Timestamp,
) -> Option<(Uuid, Command)> {
    let decoded = wire::decode(&letter.frame).ok();
    let target =
        letter.request_id.or_else(|| decoded.as_ref().map(|command| command.request_id.uuid()))?;
    let hospital = request.and_then(|request| request.hospital_id).map(HospitalId::from_uuid);
    let decoded_hospital = decoded.as_ref().map(|command| command.hospital_id);
    // A request whose frame could not be read names no hospital; its row says which partition has it.
    let nameless = request.map(|_| HospitalId::NONE);
    let hospital_id = hospital.or(decoded_hospital).or(nameless)?;
    let owner = letter.account_id.or_else(|| request.map(|request| request.account_id));
    let owner = owner.map(AccountId::from_uuid);
    let owner = owner.or_else(|| decoded.map(|command| command.sender.caller))?;
    let name = format!("discard {}", letter.id);
    let command = Command {
        request_id: RequestId::from_uuid(Uuid::new_v5(&REQUEST_NAMESPACE, name.as_bytes())),
        sender: Sender::operator(owner),
        hospital_id,
        accepted_at: now,
        body_hash: BodyHash::of(name.as_bytes()),
        replay: false,
        first: false,
        kind: Discard { target: RequestId::from_uuid(target) }.into(),
    };
    Some((target, command))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::partition::PartitionId;

    fn letter(request_id: Option<Uuid>, account_id: Option<Uuid>) -> Letter {
        Letter {
            id: Uuid::now_v7(),
            partition: PartitionId::new(0),
            request_id,
            account_id,
            reason: "poison".to_owned(),
            detail: String::new(),
            frame: b"not a frame".to_vec(),
            parked_at: chrono::NaiveDateTime::default(),
            state: "open".to_owned(),
            closed_at: None,
            closed_reason: None,
        }
    }

    #[test]
    fn an_unreadable_frame_is_discarded_by_its_request_s_row() {
        let now = domain::time::from_millis(1_800_000_000_000);
        let (request, account) = (Uuid::now_v7(), Uuid::now_v7());
        let state = RequestState {
            state: "parked".to_owned(),
            code: None,
            account_id: account,
            hospital_id: None,
            partition: PartitionId::new(0),
        };
        let letter_of_it = letter(Some(request), Some(account));
        let (target, made) = command(&letter_of_it, Some(&state), now).unwrap();
        assert_eq!(target, request);
        assert_eq!(made.hospital_id, HospitalId::NONE, "its row names none");
        assert_eq!(made.sender, Sender::operator(AccountId::from_uuid(account)));
        assert_eq!(
            made.request_id,
            command(&letter_of_it, Some(&state), now).unwrap().1.request_id,
            "a retry is the same request"
        );
        assert!(command(&letter_of_it, None, now).is_none(), "no hospital, no partition");
        assert!(command(&letter(None, None), None, now).is_none());
    }
}
