//! What two people may edit at the same time: the ETag of an answer is the revision that it shows, and a change names the one
//! that it was made from (RFC 9110, 13.1.1).

use axum::extract::FromRequestParts;
use axum::response::Response;
use domain::code::Code;
use http::header::{ETAG, IF_MATCH};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::answer;
use crate::problem::Problem;

/// The `If-Match` of a change. Missing: 428 `IF_MATCH_MISSING`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) enum Seen {
    /// `*`: whatever is there.
    Any,
    Revisions(Vec<u32>),
}

impl<S: Send + Sync> FromRequestParts<S> for Seen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut tags = parts.headers.get_all(IF_MATCH).into_iter().peekable();
        if tags.peek().is_none() {
            return Err(Problem::new(Code::IfMatchMissing));
        }
        let texts = tags.filter_map(|tag| tag.to_str().ok());
        let tags: Vec<&str> = texts.flat_map(|text| text.split(',')).map(str::trim).collect();
        if tags == ["*"] {
            return Ok(Self::Any);
        }
        // What is no tag of ours matches nothing. A weak one does not either: they are not compared here.
        let revision = |tag: &str| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
        Ok(Self::Revisions(tags.into_iter().filter_map(revision).collect()))
    }
}

impl Seen {
    /// The present revision, if it is the one that was seen.
    ///
    /// # Errors
    /// `STALE`, with the present one.
    pub fn present(&self, revision: u32) -> Result<u32, Problem> {
        match self {
            Self::Any => Ok(revision),
            Self::Revisions(seen) if seen.contains(&revision) => Ok(revision),
            Self::Revisions(_) => Err(stale(revision)),
        }
    }
}

fn stale(revision: u32) -> Problem {
    let members = Map::from_iter([("revision".to_owned(), Value::from(revision))]);
    Problem::new(Code::Stale).members(members)
}

/// A JSON answer that shows this revision.
pub(crate) fn json(text: String, revision: u32) -> Response {
    tagged(answer::json(StatusCode::OK, text), revision)
}

/// An answer that shows this revision.
pub(crate) fn tagged(mut response: Response, revision: u32) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{revision}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seen(values: &[&str]) -> Result<Seen, Code> {
        let mut request = http::Request::builder();
        for value in values {
            request = request.header("if-match", *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        Seen::from_request_parts(&mut parts, &()).await.map_err(|problem| problem.code())
    }

    #[tokio::test]
    async fn a_change_names_the_revision_that_it_was_made_from() {
        assert_eq!(seen(&[]).await, Err(Code::IfMatchMissing));
        for (values, fits) in [
            (&["\"7\""][..], true),
            (&["\"6\", \"7\""], true),
            (&["\"6\"", "\"7\""], true),
            (&["*"], true),
            (&["\"6\""], false),
            (&["W/\"7\""], false),
            (&["7"], false),
            (&[""], false),
            (&["\"seven\""], false),
            (&["*, \"6\""], false),
        ] {
            let present = seen(values).await.unwrap().present(7);
            assert_eq!(present.is_ok(), fits, "{values:?}");
            assert!(fits || present.is_err_and(|problem| problem.code() == Code::Stale));
        }
    }
}
