//! Refusals as problem+json (RFC 9457). A handler returns a [`Problem`]; it is written out in one place
//! (`finish`), which knows the client's language.

use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use domain::code::{Code, Language};
use domain::problem;
use domain::rejection::{Help, Rejection};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use platform::directory::Unreadable;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Why a request is refused.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: Code,
    detail: Option<String>,
    members: Map<String, Value>,
    /// Instead of members: what would help, of a refusal that is not recorded.
    help: Option<Help>,
    /// The Request, byte for byte as recorded.
    request: Option<Box<RawValue>>,
    accepted: Option<bool>,
    retry_after: Option<u64>,
    /// For the log, never for the client.
    cause: Option<String>,
}

impl Problem {
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner {
            code,
            detail: None,
            members: Map::new(),
            help: None,
            request: None,
            accepted: None,
            retry_after: None,
            cause: None,
        }))
    }

    /// The request could not be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Code::Malformed).detail(detail)
    }

    /// A member's value is not valid.
    pub fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        Self::new(Code::Invalid).field(field).detail(detail)
    }

    /// The database, or something else that this answer needs, is away.
    pub fn unavailable(cause: impl ToString) -> Self {
        Self::new(Code::Unavailable).retry_after(1).cause(cause)
    }

    pub fn internal(cause: impl ToString) -> Self {
        Self::new(Code::Internal).cause(cause)
    }

    /// Refused before the queue: nothing is recorded.
    pub fn refused(rejection: &Rejection, zone: Tz) -> Self {
        let mut problem = Self::new(rejection.code);
        problem.0.help = Some(rejection.help(zone));
        problem.0.accepted = Some(false);
        problem
    }

    /// Members of an outcome; those that this schema names otherwise are left out.
    pub fn members(mut self, mut members: Map<String, Value>) -> Self {
        for known in ["type", "code", "title"] {
            members.remove(known);
        }
        self.0.members = members;
        self
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    pub fn field(mut self, field: &'static str) -> Self {
        self.0.members.insert("field".to_owned(), Value::from(field));
        self
    }

    pub fn request(mut self, document: &str) -> Self {
        self.0.request = RawValue::from_string(document.to_owned()).ok();
        self
    }

    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    #[expect(clippy::needless_pass_by_value, reason = "so that errors can be mapped by name")]
    pub fn cause(mut self, cause: impl ToString) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    pub fn code(&self) -> Code {
        self.0.code
    }

    pub fn cause_text(&self) -> &str {
        self.0.cause.as_deref().unwrap_or_default()
    }

    /// The body in the client's language.
    pub fn render(&self, language: Language) -> String {
        let Inner { code, detail, members, help, request, accepted, .. } = &*self.0;
        let mut body = problem::Problem::of(*code, language);
        body.detail = detail.as_deref();
        body.accepted = *accepted;
        body.members = Some(members);
        body.help = help.as_ref();
        body.request = request.as_deref();
        body.text()
    }
}

impl IntoResponse for Problem {
    /// Status and headers; the body follows in `finish`.
    fn into_response(self) -> Response {
        let mut response = StatusCode::from_u16(self.0.code.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            .into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(problem::CONTENT_TYPE));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        match self.0.code {
            Code::Unauthenticated | Code::SignInRefused | Code::SessionEnded => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            // What would be taken instead (RFC 9110, 15.5.16).
            Code::UnsupportedMediaType => {
                headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Unreadable> for Problem {
    fn from(error: Unreadable) -> Self {
        Self::unavailable(error)
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        let passes = platform::database::is_retryable(&error);
        if passes || platform::database::is_unavailable(&error) {
            Self::unavailable(error)
        } else {
            Self::internal(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_request_byte_for_byte() {
        let document = r#"{"state":"rejected", "id" : 1.50}"#;
        let members =
            [("until".to_owned(), Value::from("x")), ("type".to_owned(), Value::from("rejected"))];
        let problem =
            Problem::new(Code::Closed).members(members.into_iter().collect()).request(document);
        let body = problem.render(Language::English);
        assert!(body.ends_with(&format!("\"request\":{document}}}")), "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (&body["type"], &body["until"]),
            (&Value::from("urn:docde:problem:CLOSED"), &Value::from("x"))
        );
        assert_eq!(body["titles"]["en"], body["title"]);
        assert_eq!(body["status"], 409);
    }
}
