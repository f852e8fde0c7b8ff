//! Who asks: the account of a valid access token, within its rate. Verified tokens are remembered, since
//! a signature costs more than all the rest of an answer; their expiry is looked at each time.

use axum::extract::{ConnectInfo, FromRequestParts};
use domain::code::Code;
use domain::ids::AccountId;
use domain::trace::TraceParent;
use http::header::AUTHORIZATION;
use http::request::Parts;
use std::net::IpAddr;
use std::sync::Arc;

use crate::linger::Peer;
use crate::problem::Problem;
use crate::state::App;

/// The caller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub account: AccountId,
    /// Of the request in hand.
    pub trace: TraceParent,
}

impl FromRequestParts<Arc<App>> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if let Some(address) = address(parts, app.settings.trust_forwarded) {
            app.per_address.take(address).map_err(busy)?;
        }
        let account = account(parts, app)?;
        app.per_account.take(account).map_err(busy)?;
        let trace = parts.extensions.get().copied().unwrap_or_else(TraceParent::generate);
        Ok(Self { account, trace })
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

fn account(parts: &Parts, app: &App) -> Result<AccountId, Problem> {
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
        return Ok(claims.sub);
    }
    let claims =
        app.verifier.verify(token, now).map_err(|error| nobody().detail(error.to_string()))?;
    let account = claims.sub;
    app.tokens.insert(token.to_owned(), Arc::new(claims));
    Ok(account)
}

/// Where the request comes from: the peer, or what our own proxy in front says.
fn address(parts: &Parts, trust_forwarded: bool) -> Option<IpAddr> {
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
