//! What is asked for at a handshake: an account's socket, or one that anybody may open.

use domain::time::Timestamp;
use http::{HeaderMap, Request};
use platform::sessions::EndedSessions;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::handshake::{Answer, Client, HandshakePolicy, Refusal, upgraded};
use crate::public::{Budget, Public, Seat, Viewer};
use crate::rooms::Rooms;

/// How long the first look at what a public socket shows may take.
const FIRST_LOOK: Duration = Duration::from_secs(3);

/// A socket that may be opened.
pub enum Opened {
    Account(Client),
    Public(Viewer, Seat),
}

/// Decides on handshakes.
pub struct Door {
    pub policy: HandshakePolicy,
    pub rooms: Rooms,
    pub sessions: EndedSessions,
    pub budget: Arc<Budget>,
    /// `DOCDE_TRUST_FORWARDED`: the last `X-Forwarded-For` names the address, set by our own proxy.
    pub trust_forwarded: bool,
}

impl Door {
    /// `has_place`: an account's socket would fit.
    pub async fn open<B>(
        &self,
        request: &Request<B>,
        peer: Option<SocketAddr>,
        has_place: bool,
        now: Timestamp,
    ) -> Result<(Opened, Answer), Refusal> {
        let path = request.uri().path();
        if !Rooms::is_public(path) {
            let opened =
                if has_place { self.policy.open(request, now) } else { Err(Refusal::Full) };
            let (client, answer) = opened?;
            if self.sessions.has(client.session) {
                return Err(Refusal::SessionEnded);
            }
            return Ok((Opened::Account(client), answer));
        }
        let answer = upgraded(request)?;
        let address = self.address(request.headers(), peer).ok_or(Refusal::Full)?;
        let seat = self.budget.seat(address)?;
        let look = async {
            let Some(mut viewer) = self.rooms.look(path).await.map_err(|_| Refusal::Full)? else {
                return Err(Refusal::NoSuchPath);
            };
            let shown = viewer.wait_for(|shown| *shown != Public::Unread).await;
            let is_shown = shown.is_ok_and(|shown| matches!(*shown, Public::Shown { .. }));
            if is_shown { Ok(viewer) } else { Err(Refusal::NoSuchPath) }
        };
        let viewer = tokio::time::timeout(FIRST_LOOK, look).await.map_err(|_| Refusal::Full)??;
        Ok((Opened::Public(viewer, seat), answer))
    }

    fn address(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<IpAddr> {
        let forwarded = || {
            let last = headers.get_all("x-forwarded-for").into_iter().next_back()?;
            last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
        };
        let peer = peer.map(|peer| peer.ip());
        self.trust_forwarded.then(forwarded).flatten().or(peer)
    }
}
