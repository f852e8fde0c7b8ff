//! Replay: the same command again, marked so, at the tail of its partition. The worker decides it
//! although it was parked. The letter is closed after the broker's confirm: a crash between the two
//! leaves it open, and a second replay of a decided request changes nothing.

use domain::command::Command;
use domain::wire;
use sqlx::MySqlPool;
use uuid::Uuid;

use super::sending::{self, CommandSender};
use super::store::{self, Letter};
use crate::failure::CliError;
use crate::{Context, Finding, Out};

/// A letter's id and the command in it.
type Readable = (Uuid, Command);

pub async fn run(context: &Context, id: Option<Uuid>, out: Out<'_>) -> Result<Finding, CliError> {
    let pool = context.pool()?;
    let letters = match id {
        Some(id) => vec![super::open(&pool, id).await?],
        None => store::letters(&pool, Some("open")).await?,
    };
    let (commands, refused) = readable(letters);
    for (letter, reason) in &refused {
        writeln!(out, "{letter}: cannot be replayed, {reason}; discard it")?;
    }
    if commands.is_empty() {
        writeln!(out, "nothing replayed")?;
        return Ok(Finding::of(refused.is_empty()));
    }
    let sender = CommandSender::start(context, &pool).await?;
    let sent = send(context, &pool, &sender, &commands).await;
    sender.close().await;
    sent?;
    let decided = report(&pool, &commands, out).await?;
    Ok(Finding::of(refused.is_empty() && decided))
}

async fn send(
    context: &Context,
    pool: &MySqlPool,
    sender: &CommandSender,
    commands: &[Readable],
) -> Result<(), CliError> {
    for (letter, command) in commands {
        sender.send(command).await?;
        store::close(pool, *letter, "replayed", "replayed by an operator", context.clock.now())
            .await?;
    }
    Ok(())
}

/// Says what became of each; true when all are decided.
async fn report(pool: &MySqlPool, commands: &[Readable], out: Out<'_>) -> Result<bool, CliError> {
    let until = sending::deadline();
    let mut all = true;
    for (letter, command) in commands {
        let state = sending::decided(pool, command.request_id.uuid(), until).await?;
        let decided = state.as_ref().is_some_and(|state| !state.is_parked());
        let shown = state.map_or_else(|| "not decided yet".to_owned(), |state| state.shown());
        writeln!(out, "{letter}: replayed, request {} is {shown}", command.request_id)?;
        all &= decided;
    }
    Ok(all)
}

/// Commands with their letters, and letters that cannot be read with the reason.
fn readable(letters: Vec<Letter>) -> (Vec<Readable>, Vec<(Uuid, String)>) {
    let (mut commands, mut refused) = (Vec::new(), Vec::new());
    for letter in letters {
        match wire::decode(&letter.frame) {
            Ok(command) => {
                commands.push((letter.id, Command { replay: true, first: false, ..command }));
            }
            Err(bad) => refused.push((letter.id, bad.reason)),
        }
    }
    (commands, refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::booking::Cancel;
    use domain::command::BodyHash;
    use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, RequestId};
    use domain::partition::PartitionId;
    use domain::people::Sender;

    fn letter(frame: Vec<u8>) -> Letter {
        Letter {
            id: Uuid::now_v7(),
            partition: PartitionId::new(0),
            request_id: None,
            account_id: None,
            reason: "poison".to_owned(),
            detail: String::new(),
            frame,
            parked_at: chrono::NaiveDateTime::default(),
            state: "open".to_owned(),
            closed_at: None,
            closed_reason: None,
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_the_rest_marked() {
        let command = Command {
            request_id: RequestId::generate(),
            sender: Sender::patient(AccountId::generate()),
            hospital_id: HospitalId::generate(),
            accepted_at: domain::time::from_millis(1_800_000_000_000),
            body_hash: BodyHash::of(b"x"),
            replay: false,
            first: false,
            kind: Cancel { booking_id: BookingId::generate(), doctor_id: DoctorId::generate() }
                .into(),
        };
        let (commands, refused) = readable(vec![
            letter(wire::encode(&command).into_bytes()),
            letter(b"nonsense".to_vec()),
        ]);
        assert_eq!(commands.len(), 1);
        assert!(commands[0].1.replay && commands[0].1.request_id == command.request_id);
        assert_eq!(refused.len(), 1);
        assert!(refused[0].1.contains("names no request"), "{}", refused[0].1);
    }
}
