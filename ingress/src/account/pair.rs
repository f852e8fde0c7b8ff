//! The tokens of a session: one that opens things for ten minutes and can be read, one by chance alone that is changed for
//! the next pair, once.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use domain::ids::{AccountId, SessionId};
use domain::time::{self, Timestamp};
use platform::random;
use sha2::{Digest, Sha256};

use super::schema::Tokens;
use crate::problem::Problem;
use crate::state::App;

/// Until when what is handed out now is good.
#[derive(Clone, Copy)]
pub(super) struct Spans {
    pub access_until: Timestamp,
    pub expires_at: Timestamp,
}

/// What a refresh token is kept as.
pub(super) type RefreshHash = [u8; 32];

/// A pair of tokens, and what is kept of it.
pub(super) struct Pair {
    pub shown: Tokens,
    pub hash: RefreshHash,
    pub spans: Spans,
}

/// Of a refresh token that somebody shows.
pub(super) fn hash_of(refresh_token: &str) -> RefreshHash {
    Sha256::digest(refresh_token.as_bytes()).into()
}

/// The next pair of a session that was opened then.
pub(super) fn pair(
    app: &App,
    (account, session): (AccountId, SessionId),
    opened_at: Timestamp,
    now: Timestamp,
) -> Result<Pair, Problem> {
    let own = &app.rooms.account;
    let lifetimes = own.lifetimes;
    let access_token = own.signer.access_of((account, session), now, lifetimes.access_s);
    let access_token = access_token.ok_or_else(|| Problem::internal("no key signs"))?;
    let refresh_token = URL_SAFE_NO_PAD.encode(random::bytes::<32>());
    let spans = Spans {
        access_until: now + TimeDelta::seconds(lifetimes.access_s),
        expires_at: (now + TimeDelta::days(lifetimes.idle_days))
            .min(opened_at + TimeDelta::days(lifetimes.session_days)),
    };
    let hash = hash_of(&refresh_token);
    let shown = Tokens {
        account_id: account.uuid(),
        session_id: session.uuid(),
        token_type: "Bearer",
        access_token,
        expires_in: lifetimes.access_s,
        refresh_token,
        refresh_until: time::show(spans.expires_at, chrono_tz::UTC),
    };
    Ok(Pair { shown, hash, spans })
}
