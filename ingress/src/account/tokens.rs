//! Opening a session.

use domain::code::Code;
use domain::ids::{AccountId, SessionId};
use domain::time::Timestamp;
use sqlx::MySqlConnection;

use super::pair::pair;
use super::schema::Tokens;
use super::{accounts_store, sessions_store};
use crate::problem::Problem;
use crate::state::App;

/// A new session of the account.
pub(super) async fn open(
    connection: &mut MySqlConnection,
    app: &App,
    account: AccountId,
    place: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<Tokens, Problem> {
    // Whoever has found the account may come after its deletion.
    if !accounts_store::hold(connection, account).await? {
        return Err(Problem::new(Code::SignInRefused));
    }
    let session = SessionId::generate();
    let pair = pair(app, (account, session), now, now)?;
    sessions_store::add(connection, (account, session), &pair, place, now).await?;
    Ok(pair.shown)
}
