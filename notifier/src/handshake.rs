//! Who may open a socket: right path, a page of an allowed origin, an access token as subprotocol
//! (never in the address, which ends up in logs), and a cursor that was given out here.

use domain::cursor::Cursor;
use domain::ids::AccountId;
use domain::time::Timestamp;
use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, ORIGIN,
    SEC_WEBSOCKET_PROTOCOL,
};
use http::{StatusCode, Uri};
use platform::auth::Verifier;
use tokio_tungstenite::tungstenite::handshake::server::{
    Callback, ErrorResponse, Request, Response,
};
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
    /// When the token ends, Unix seconds.
    pub expires: i64,
    /// What was seen before.
    pub after: Option<Cursor>,
}

/// Why a handshake is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    #[error("sockets are at /ws")]
    NoSuchPath,
    #[error("the page's origin is not allowed here")]
    Origin,
    #[error("a valid access token is asked for, as subprotocol token.<jwt>")]
    Token,
    #[error("offer the subprotocol docde.v1")]
    Protocol,
    #[error("after is not a cursor that was given out here")]
    Cursor,
}

impl HandshakePolicy {
    pub fn admit(&self, uri: &Uri, headers: &HeaderMap, now: Timestamp) -> Result<Client, Refusal> {
        if uri.path() != "/ws" {
            return Err(Refusal::NoSuchPath);
        }
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
        Ok(Client { account: claims.sub, expires: claims.exp.whole_seconds(), after })
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

fn after(uri: &Uri) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
    pairs
        .find(|(name, value)| name == "after" && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Refusal::NoSuchPath => StatusCode::NOT_FOUND,
            Refusal::Origin => StatusCode::FORBIDDEN,
            Refusal::Token => StatusCode::UNAUTHORIZED,
            Refusal::Protocol | Refusal::Cursor => StatusCode::BAD_REQUEST,
        }
    }

    fn response(self) -> ErrorResponse {
        let status = self.status();
        let body =
            serde_json::json!({"status": status.as_u16(), "title": status.canonical_reason(), "detail": self.to_string()}).to_string();
        let length = HeaderValue::from(body.len());
        let mut response = ErrorResponse::new(Some(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CONTENT_LENGTH, length);
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

/// Applies the policy during one handshake.
pub struct Handshake<'a> {
    pub policy: &'a HandshakePolicy,
    pub now: Timestamp,
    pub client: &'a mut Option<Client>,
}

impl Callback for Handshake<'_> {
    fn on_request(
        self,
        request: &Request,
        mut response: Response,
    ) -> Result<Response, ErrorResponse> {
        let client = self
            .policy
            .admit(request.uri(), request.headers(), self.now)
            .map_err(Refusal::response)?;
        *self.client = Some(client);
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
        Ok(response)
    }
}

#[cfg(test)]
#[path = "handshake_tests.rs"]
mod tests;
