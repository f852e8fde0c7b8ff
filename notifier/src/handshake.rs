//! Who may open a socket: right path, a page of an allowed origin, an access token as subprotocol
//! (never in the address, which ends up in logs), and a cursor that was given out here.

use domain::code::{Code, Language};
use domain::cursor::Cursor;
use domain::ids::{AccountId, SessionId};
use domain::problem::{self, Problem};
use domain::time::Timestamp;
use http::header::{
    ACCEPT_LANGUAGE, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, HeaderMap, HeaderName,
    HeaderValue, ORIGIN, RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
    WWW_AUTHENTICATE,
};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use platform::auth::Verifier;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use url::{Origin, Url};

/// The one subprotocol that is spoken, and the only one echoed.
const PROTOCOL: &str = "docde.v1";
const TOKEN: &str = "token.";

/// What every client has to fulfil.
pub struct HandshakePolicy {
    pub verifier: Verifier,
    pub origins: Vec<Origin>,
    pub partitions: u16,
}

/// A client whose handshake was accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Client {
    pub account: AccountId,
    pub session: SessionId,
    /// When the token ends, Unix seconds.
    pub expires: i64,
    /// What was seen before.
    pub after: Option<Cursor>,
}

/// Why a handshake is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    #[error("all sockets that fit here are open")]
    Full,
    #[error("all sockets that an address may have here are open")]
    TooManyOfAddress,
    #[error(
        "sockets are at /ws, and at /ws/boards/{{hospital}} where the hospital shows its board"
    )]
    NoSuchPath,
    #[error("a socket is opened with GET")]
    Method,
    #[error("ask for an upgrade to websocket, version 13, over HTTP/1.1")]
    NoUpgrade,
    #[error("Sec-WebSocket-Key is missing")]
    Key,
    #[error("the page's origin is not allowed here")]
    Origin,
    #[error("a valid access token is asked for, as subprotocol token.<jwt>")]
    Token,
    #[error("the session of the token has ended")]
    SessionEnded,
    #[error("offer the subprotocol docde.v1")]
    Protocol,
    #[error("after is not a cursor that was given out here")]
    Cursor,
}

/// An answer to a handshake.
pub type Answer = Response<Full<Bytes>>;

impl HandshakePolicy {
    /// The client of a request that may become a socket, and the answer that makes it one.
    pub fn open<B>(
        &self,
        request: &Request<B>,
        now: Timestamp,
    ) -> Result<(Client, Answer), Refusal> {
        if request.uri().path() != "/ws" {
            return Err(Refusal::NoSuchPath);
        }
        let answer = upgraded(request)?;
        let client = self.admit(request.uri(), request.headers(), now)?;
        Ok((client, answer))
    }

    fn admit(&self, uri: &Uri, headers: &HeaderMap, now: Timestamp) -> Result<Client, Refusal> {
        if !self.origin_is_allowed(headers) {
            return Err(Refusal::Origin);
        }
        let offered = || {
            headers
                .get_all(SEC_WEBSOCKET_PROTOCOL)
                .iter()
                .filter_map(|line| line.to_str().ok())
                .flat_map(|line| line.split(','))
        };
        let token =
            offered().find_map(|offer| offer.trim().strip_prefix(TOKEN)).ok_or(Refusal::Token)?;
        let claims = self.verifier.verify(token, now).map_err(|_| Refusal::Token)?;
        if !offered().any(|offer| offer.trim() == PROTOCOL) {
            return Err(Refusal::Protocol);
        }
        let after = after(uri)
            .map(|text| Cursor::decode(&text, self.partitions))
            .transpose()
            .map_err(|_| Refusal::Cursor)?;
        let (account, expires) = (claims.sub, claims.exp.whole_seconds());
        let session = claims.sid.ok_or(Refusal::Token)?;
        Ok(Client { account, session, expires, after })
    }

    /// Browsers always name the page's origin, other clients have none.
    fn origin_is_allowed(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else { return true };
        let Some(page) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else {
            return false;
        };
        if !self.origins.is_empty() {
            return self.origins.contains(&page.origin());
        }
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        Url::parse(&format!("{}://{host}", page.scheme()))
            .is_ok_and(|own| own.origin().is_tuple() && own.origin() == page.origin())
    }
}

/// The answer that makes the request a socket.
pub fn upgraded<B>(request: &Request<B>) -> Result<Answer, Refusal> {
    let answer =
        create_response_with_body(request, Full::default).map_err(|error| match error {
            Error::Protocol(ProtocolError::WrongHttpMethod) => Refusal::Method,
            Error::Protocol(ProtocolError::MissingSecWebSocketKey) => Refusal::Key,
            _ => Refusal::NoUpgrade,
        })?;
    let offers = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offered = offers.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    Ok(if offered.any(|offer| offer.trim() == PROTOCOL) { speaks(answer) } else { answer })
}

fn speaks(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    answer
}

fn after(uri: &Uri) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
    pairs
        .find(|(name, value)| name == "after" && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

impl Refusal {
    const fn code(self) -> Code {
        match self {
            Refusal::Full => Code::Unavailable,
            Refusal::TooManyOfAddress => Code::Busy,
            Refusal::NoSuchPath => Code::NotFound,
            Refusal::Method => Code::MethodNotAllowed,
            Refusal::NoUpgrade => Code::UpgradeRequired,
            Refusal::Origin => Code::Forbidden,
            Refusal::Token => Code::Unauthenticated,
            Refusal::SessionEnded => Code::SessionEnded,
            Refusal::Key | Refusal::Protocol | Refusal::Cursor => Code::Malformed,
        }
    }

    /// What helps besides the text.
    fn headers(self) -> Vec<(HeaderName, &'static str)> {
        match self {
            Refusal::Full | Refusal::TooManyOfAddress => vec![(RETRY_AFTER, "5")],
            Refusal::Method => vec![(ALLOW, "GET")],
            Refusal::NoUpgrade => vec![(UPGRADE, "websocket"), (SEC_WEBSOCKET_VERSION, "13")],
            Refusal::Token | Refusal::SessionEnded => vec![(WWW_AUTHENTICATE, "Bearer")],
            _ => Vec::new(),
        }
    }

    /// The refusal as a problem, in the language that the client likes better.
    pub fn answer(self, asked: &HeaderMap) -> Answer {
        let wish = asked.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let detail = self.to_string();
        let mut body = Problem::of(self.code(), Language::wished(wish.unwrap_or_default()));
        body.detail = Some(&detail);
        let mut response = Response::new(Full::new(Bytes::from(body.text())));
        *response.status_mut() =
            StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::BAD_REQUEST);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(problem::CONTENT_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let connection = if self == Refusal::NoUpgrade { "upgrade, close" } else { "close" };
        headers.insert(CONNECTION, HeaderValue::from_static(connection));
        for (name, value) in self.headers() {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

#[cfg(test)]
#[path = "handshake_tests.rs"]
mod tests;
