//! Who asks: the account of a valid access token, within its rate. Verified tokens are remembered, since
//! a signature costs more than all the rest of an answer; their expiry is looked at each time.

use axum::extract::{ConnectInfo, FromRequestParts};
use domain::code::Code;
use domain::ids::{AccountId, SessionId};
use domain::time::{self, Timestamp};
use domain::trace::TraceParent;
use http::header::AUTHORIZATION;
use http::request::Parts;
use platform::auth::Claims;
use std::net::IpAddr;
use std::sync::Arc;

use crate::linger::Peer;
use crate::problem::Problem;
use crate::state::App;

/// The caller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub account: AccountId,
    pub id: SessionId,
    /// The end of the token.
    pub until: Timestamp,
    /// Of the request in hand.
    pub trace: TraceParent,
}

impl FromRequestParts<Arc<App>> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if let Some(address) = address(parts, app.settings.trust_forwarded) {
            app.per_address.take(address).map_err(busy)?;
        }
        let (account, id, until) = signed_in(parts, app)?;
        if app.sessions.has(id) {
            return Err(Problem::new(Code::SessionEnded));
        }
        app.per_account.take(account).map_err(busy)?;
        let trace = parts.extensions.get().copied().unwrap_or_else(TraceParent::generate);
        Ok(Self { account, id, until, trace })
    }
}

/// Anybody, within the rate of the address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor;

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if let Some(address) = address(parts, app.settings.trust_forwarded) {
            app.per_address.take(address).map_err(busy)?;
        }
        Ok(Self)
    }
}

fn signed_in(parts: &Parts, app: &App) -> Result<(AccountId, SessionId, Timestamp), Problem> {
    let nobody = || Problem::new(Code::Unauthenticated);
    let header = parts
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(nobody)?;
    let (scheme, token) = header.split_once(' ').ok_or_else(nobody)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(nobody());
    }
    let (token, now) = (token.trim(), app.clock.now());
    if let Some(claims) = app.tokens.get(token) {
        claims.check(now).map_err(|error| nobody().detail(error.to_string()))?;
        return of(&claims).ok_or_else(nobody);
    }
    let claims =
        app.verifier.verify(token, now).map_err(|error| nobody().detail(error.to_string()))?;
    let found = of(&claims).ok_or_else(nobody)?;
    app.tokens.insert(token.to_owned(), Arc::new(claims));
    Ok(found)
}

fn of(claims: &Claims) -> Option<(AccountId, SessionId, Timestamp)> {
    let until =
        time::from_millis(claims.exp.whole_seconds().saturating_add(1).saturating_mul(1_000));
    Some((claims.sub, claims.sid?, until))
}

/// Where the request comes from: the peer, or what our own proxy in front says.
pub(crate) fn address(parts: &Parts, trust_forwarded: bool) -> Option<IpAddr> {
    let forwarded = || {
        parts
            .headers
            .get_all("x-forwarded-for")
            .into_iter()
            .next_back()?
            .to_str()
            .ok()?
            .rsplit(',')
            .next()?
            .trim()
            .parse()
            .ok()
    };
    let peer = || parts.extensions.get::<ConnectInfo<Peer>>().map(|peer| peer.0.0.ip());
    trust_forwarded.then(forwarded).flatten().or_else(peer)
}

fn busy(seconds: u64) -> Problem {
    Problem::new(Code::Busy).retry_after(seconds)
}
