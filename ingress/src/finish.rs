//! The last hand on every answer: problems are written out in the client's language, headers that all
//! answers carry are set, commands are counted, and a request that failed here gets its one log line.

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::code::Language;
use domain::trace::TraceParent;
use domain::wire::header;
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LENGTH, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Method};
use platform::metrics;
use std::any::Any;
use std::time::Instant;

use crate::problem::Problem;

/// How a command was answered, for the metrics: a state's name.
#[derive(Clone, Copy)]
pub(crate) struct Answered(pub &'static str);

pub(crate) async fn finish(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let wish = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = Language::wished(wish.unwrap_or_default());
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let trace = trace_of(request.headers());
    request.extensions_mut().insert(trace);
    let mut response = next.run(request).await;
    let problem = response.extensions_mut().remove::<Problem>();
    if let Some(problem) = &problem {
        response.headers_mut().remove(CONTENT_LENGTH);
        *response.body_mut() = Body::from(problem.render(language));
    }
    let status = response.status();
    if status.is_server_error() {
        let path = path.as_ref().map_or("", MatchedPath::as_str);
        let (code, cause) = problem
            .as_ref()
            .map_or(("", ""), |problem| (problem.code().as_str(), problem.cause_text()));
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(http.method = %method, http.path = path, http.status = status.as_u16(), code, cause, trace_id = trace.trace_id(), took_ms = ms, "a request failed");
    }
    if method == Method::POST {
        let answered = response.extensions().get::<Answered>().map(|answered| answered.0);
        let label =
            problem.as_ref().map(|problem| problem.code().as_str()).or(answered).unwrap_or("other");
        metrics::ANSWERS.with_label_values(&[label]).inc();
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A panic in a handler. Its text may hold what the handler held, so it is not logged again here.
pub(crate) fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal("a handler panicked").into_response()
}

/// The caller's trace, or a new one where it named none, a malformed one, or several.
fn trace_of(headers: &HeaderMap) -> TraceParent {
    let mut named = headers.get_all(header::TRACEPARENT).iter();
    let (first, second) = (named.next(), named.next());
    let only = first.filter(|_| second.is_none()).and_then(|value| value.to_str().ok());
    only.and_then(|text| text.parse().ok()).unwrap_or_else(TraceParent::generate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_trace_is_taken_if_it_is_a_good_one_and_alone() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::TRACEPARENT, HeaderValue::from_str(value).unwrap());
            }
            trace_of(&headers).to_string()
        };
        assert_eq!(of(&[good]), good);
        for bad in [&[][..], &["nothing"], &[good, good], &[&good[1..]]] {
            assert!(of(bad) != good && of(bad) != of(bad), "{bad:?}: a new one each time");
        }
    }
}
