//! The baseline's HTTP: a route for bookings and one for tickets, on axum, with the platform's token check.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use std::sync::{Arc, RwLock};
use tokio::net::TcpListener;

use domain::command::BodyHash;
use domain::ids::{AccountId, BookingId, DoctorId, IdempotencyKey, PatientId, RequestId};
use domain::time;
use platform::Failure;
use platform::auth::Verifier;
use platform::clock::Clock;
use platform::config::Env;

use super::Variant;
use super::connections::Connections;
use super::state::{Baseline, json, key, refuse};
use super::store::{self, Booking, End};

/// Minutes of a visit here.
const VISIT: u32 = 15;

#[derive(Deserialize)]
struct Body<'b> {
    doctor_id: DoctorId,
    #[serde(borrow)]
    starts_at: &'b str,
    patient_id: PatientId,
}

/// Serves until killed. Prints `listening HOST:PORT` once it can take requests.
pub async fn serve(env: &Env, url: &str, variant: Variant, pool: u32) -> Result<(), Failure> {
    let baseline = Baseline {
        connections: Connections::open(url, pool, variant).await?,
        variant,
        verifier: Verifier::from_env(env)?,
        clock: Clock::from_env(env)?,
        tokens: RwLock::default(),
    };
    let router = Router::new()
        .route("/v1/bookings", post(book))
        .route("/v1/receptions", post(super::lines::take))
        .with_state(Arc::new(baseline));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening {}", listener.local_addr()?);
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}

async fn book(State(baseline): State<Arc<Baseline>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(account) = baseline.account(&headers) else {
        return refuse(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED");
    };
    let Some(key) = key(&headers) else { return refuse(StatusCode::BAD_REQUEST, "KEY_MISSING") };
    let Some(booking) = booking(&baseline, account, &key, &body) else {
        return refuse(StatusCode::BAD_REQUEST, "MALFORMED");
    };
    match store::book(&baseline.connections, baseline.variant, &booking).await {
        Ok(End::Made) => json(StatusCode::CREATED, booking.document),
        Ok(End::Before { body_hash, document }) if body_hash == booking.body_hash => {
            json(StatusCode::CREATED, document)
        }
        Ok(End::Before { .. }) => refuse(StatusCode::UNPROCESSABLE_ENTITY, "KEY_REUSED"),
        Ok(End::SlotTaken) => refuse(StatusCode::CONFLICT, "SLOT_TAKEN"),
        Ok(End::PatientBusy) => refuse(StatusCode::CONFLICT, "PATIENT_BUSY"),
        Err(_) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "ERROR"),
    }
}

fn booking(
    baseline: &Baseline,
    account: AccountId,
    key: &IdempotencyKey,
    body: &[u8],
) -> Option<Booking> {
    let wanted: Body<'_> = serde_json::from_slice(body).ok()?;
    let starts_at = time::parse(wanted.starts_at).ok()?;
    let ends_at = starts_at + time::minutes(VISIT);
    let now = baseline.clock.now();
    let request_id = RequestId::of(account, key);
    let booking_id = BookingId::of(request_id, now);
    let (starts, ends) = (
        time::show(starts_at, chrono_tz::Asia::Seoul),
        time::show(ends_at, chrono_tz::Asia::Seoul),
    );
    let document = format!(
        "{{\"id\":\"{request_id}\",\"state\":\"confirmed\",\"outcome\":{{\"type\":\"confirmed\",\"booking\":{{\"id\":\"{booking_id}\",\
         \"doctor_id\":\"{}\",\"patient_id\":\"{}\",\"starts_at\":\"{starts}\",\"ends_at\":\"{ends}\",\"status\":\"booked\"}}}}}}",
        wanted.doctor_id, wanted.patient_id
    );
    Some(Booking {
        request_id: request_id.uuid(),
        booking_id: booking_id.uuid(),
        account_id: account.uuid(),
        patient_id: wanted.patient_id.uuid(),
        doctor_id: wanted.doctor_id.uuid(),
        starts_at,
        ends_at,
        body_hash: BodyHash::of(body).bytes(),
        now,
        document,
    })
}
