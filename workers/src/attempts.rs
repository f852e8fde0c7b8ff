//! Attempts at commands that may have killed whoever had them before: counted and committed before each, so that one that
//! kills its worker is parked alone at the third.

use domain::command::Command;
use platform::lifecycle::Shutdown;
use std::time::Duration;

use crate::config::MAX_ATTEMPTS;
use crate::intake::Frame;
use crate::waiting::{End, pause};
use crate::work::Override;
use crate::{Shared, inbox_store, rows_store};

/// Commits one more attempt, unless the command was decided already; at the third it is parked.
pub async fn counted(
    shared: &Shared,
    frame: &Frame,
    stop: &Shutdown,
) -> Result<Option<Override>, End> {
    let Ok(command) = &frame.command else { return Ok(None) };
    loop {
        match count(shared, command).await {
            Ok(attempts) if attempts >= MAX_ATTEMPTS => {
                let detail = format!("{attempts} attempts did not end");
                return Ok(Some(Override::Park { reason: "attempts", detail }));
            }
            Ok(_) => return Ok(None),
            Err(error) => pause(&error, stop).await?,
        }
    }
}

/// A replay is tried although the request has its row, and may kill its worker like any other.
async fn count(shared: &Shared, command: &Command) -> Result<u16, sqlx::Error> {
    let mut connection = shared.pool.acquire().await?;
    let seen = inbox_store::seen(&mut connection, &[command.request_id.uuid()]).await?;
    if seen.values().any(|seen| seen.state.is_final() || !command.replay) {
        return Ok(0);
    }
    rows_store::attempt(&mut connection, command.request_id, shared.clock.now()).await
}

/// An attempt that ended in good order, because the partition moved on or the worker stops, is none: workers that come and
/// go would park innocents else. The next owner gets the message only after this.
pub async fn uncount(shared: &Shared, frame: &Frame) {
    let Ok(command) = &frame.command else { return };
    let take_back = async {
        let mut connection = shared.pool.acquire().await?;
        rows_store::take_back_attempt(&mut connection, command.request_id).await
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), take_back).await;
}

/// Of a command that is settled.
pub async fn forget(shared: &Shared, frame: &Frame) {
    let Ok(command) = &frame.command else { return };
    if let Ok(mut connection) = shared.pool.acquire().await {
        let _ = rows_store::forget_attempts(&mut connection, command.request_id).await;
    }
}
