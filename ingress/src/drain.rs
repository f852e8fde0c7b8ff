//! A refusal often comes before the body was read. The rest of the body is read then and thrown away, within bounds,
//! so that the client gets to its reading and the connection can be used again. What is beyond the bounds, and a body
//! that its sender holds back until it is asked for (`Expect`), ends the connection: see `linger`.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::StreamExt;
use http::HeaderValue;
use http::header::{CONNECTION, EXPECT};
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::oneshot;

/// Bytes of a body that are thrown away before the answer. Beyond it a client behind the proxy may find its connection
/// reset, since the proxy does not hear out whom it has answered.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// For all of them.
const MAX_TIME: Duration = Duration::from_secs(10);

/// A body that comes back when its reader lets go of it.
struct Lent {
    body: Option<Body>,
    asked: bool,
    back: Option<oneshot::Sender<(Body, bool)>>,
}

pub(crate) async fn drain(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let held_back = request.headers().contains_key(EXPECT);
    let (back, mut returned) = oneshot::channel();
    let lend = |body| Body::new(Lent { body: Some(body), asked: false, back: Some(back) });
    let mut response = next.run(request.map(lend)).await;
    if let Ok((body, asked)) = returned.try_recv()
        && !body.is_end_stream()
        && ((held_back && !asked) || !throw_away(body).await)
    {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether that was all of it.
async fn throw_away(body: Body) -> bool {
    let mut left = MAX_BYTES;
    let mut data = body.into_data_stream();
    let rest = async {
        while let Some(piece) = data.next().await {
            let Some(fewer) = piece.ok().and_then(|piece| left.checked_sub(piece.len())) else {
                return false;
            };
            left = fewer;
        }
        true
    };
    tokio::time::timeout(MAX_TIME, rest).await.unwrap_or(false)
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.asked = true;
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (Some(body), Some(back)) = (self.body.take(), self.back.take()) {
            let _ = back.send((body, self.asked));
        }
    }
}
