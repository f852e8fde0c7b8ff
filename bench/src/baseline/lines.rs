//! The baseline's tickets over HTTP: the answer has the number, which is committed then.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

use domain::command::BodyHash;
use domain::ids::{AccountId, DoctorId, IdempotencyKey, RequestId, TicketId};
use domain::time;

use super::line_store::{self, Taken, Taking};
use super::state::{Baseline, json, key, refuse};

#[derive(Deserialize)]
struct Body {
    doctor_id: DoctorId,
}

pub(super) async fn take(
    State(baseline): State<Arc<Baseline>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(account) = baseline.account(&headers) else {
        return refuse(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
    };
    let Some(key) = key(&headers) else { return refuse(StatusCode::BAD_REQUEST, "KEY_MISSING") };
    let Some(taking) = taking(&baseline, account, &key, &body) else {
        return refuse(StatusCode::BAD_REQUEST, "MALFORMED");
    };
    let document = |number: u32| document(&taking, number);
    match line_store::take(&baseline.connections, &taking, document).await {
        Ok(Taken::Made(document)) => json(StatusCode::CREATED, document),
        Ok(Taken::Before { body_hash, document }) if body_hash == taking.body_hash => {
            json(StatusCode::CREATED, document)
        }
        Ok(Taken::Before { .. }) => refuse(StatusCode::UNPROCESSABLE_ENTITY, "KEY_REUSED"),
        Err(_) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "ERROR"),
    }
}

fn taking(
    baseline: &Baseline,
    account: AccountId,
    key: &IdempotencyKey,
    body: &[u8],
) -> Option<Taking> {
    let wanted: Body = serde_json::from_slice(body).ok()?;
    let (now, request) = (baseline.clock.now(), RequestId::of(account, key));
    Some(Taking {
        request_id: request.uuid(),
        ticket_id: TicketId::of(request, now).uuid(),
        account_id: account.uuid(),
        doctor_id: wanted.doctor_id.uuid(),
        day: time::day_of(now, chrono_tz::Asia::Seoul),
        body_hash: BodyHash::of(body).bytes(),
        now,
    })
}

/// In the shape of the system's own, shorter.
fn document(taking: &Taking, number: u32) -> String {
    let Taking { request_id, ticket_id, doctor_id, day, now, .. } = taking;
    let taken_at = time::show(*now, chrono_tz::Asia::Seoul);
    format!(
        "{{\"id\":\"{request_id}\",\"state\":\"confirmed\",\"outcome\":{{\"type\":\"confirmed\",\"ticket\":{{\"id\":\"{ticket_id}\",\
         \"doctor_id\":\"{doctor_id}\",\"day\":\"{day}\",\"number\":{number},\"status\":\"booked\",\"taken_at\":\"{taken_at}\"}}}}}}"
    )
}
