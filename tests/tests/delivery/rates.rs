//! Rates of an account and of an address (O3): whoever is past one is told when to come back, and nobody else is slowed.

use docde_tests::world::Service;
use docde_tests::{Doctor, Patient, World, api, until};
use futures_util::future::join_all;
use reqwest::Method;

use crate::loads::{books, busy_doctor, decided, decided_once_and_in_order, slot, visit};

/// Requests sent in one go, far more than a bucket holds.
const BURST: usize = 12;

/// Sends a burst from one address. How many were accepted, and of the others key and number.
async fn burst(
    world: &World,
    at: &Service,
    patients: &[Patient],
    doctor: &Doctor,
    address: &str,
) -> (usize, Vec<(String, usize)>) {
    let asks = (0..BURST).map(async |n| {
        let key = api::key();
        let body = visit(doctor, slot(world, doctor, n));
        let headers = [
            ("idempotency-key", key.as_str()),
            ("prefer", "respond-async"),
            ("x-forwarded-for", address),
        ];
        let answer = world
            .call(
                at,
                &patients[n % patients.len()],
                Method::POST,
                "/v1/bookings",
                &headers,
                Some(&body),
            )
            .await;
        (key, n, answer)
    });
    let (mut accepted, mut refused) = (0, Vec::new());
    for (key, n, answer) in join_all(asks).await {
        if answer.status == 202 {
            accepted += 1;
            continue;
        }
        assert_eq!((answer.status, answer.code()), (429, "BUSY"), "{}", answer.text);
        assert_eq!(answer.header("retry-after"), "1", "one comes each second");
        refused.push((key, n));
    }
    (accepted, refused)
}

/// Whoever is refused for its rate is told when to come back, may use the same key then, and has slowed nobody else.
async fn past_the_rate(setting: &str, people: usize, others_address: &str) {
    let mut world = World::new().await;
    for (name, value) in
        [(setting, "1"), ("DOCDE_RATE_BURST", "3"), ("DOCDE_TRUST_FORWARDED", "true")]
    {
        world.set(name, value);
    }
    let (ingress, doctor) = (world.ingress().await, busy_doctor(&world, 0).await);
    let (patients, other) = (world.patients(people).await, world.patient().await);
    let (accepted, refused) = burst(&world, &ingress, &patients, &doctor, "203.0.113.7").await;
    assert!(accepted >= 3 && refused.len() >= 3, "{accepted} accepted, {} refused", refused.len());
    let again = async |n: usize, patient: &Patient, key: &str, address: &str| {
        let body = visit(&doctor, slot(&world, &doctor, n));
        let headers =
            [("idempotency-key", key), ("prefer", "respond-async"), ("x-forwarded-for", address)];
        world.call(&ingress, patient, Method::POST, "/v1/bookings", &headers, Some(&body)).await
    };
    let answer = again(50, &other, &api::key(), others_address).await;
    assert_eq!(answer.status, 202, "somebody else: {}", answer.text);
    let (key, n) = &refused[0];
    until("the next one to be free", async || {
        let answer = again(*n, &patients[n % people], key, "203.0.113.7").await;
        (answer.status == 202).then_some(())
    })
    .await;
    let _worker = world.worker().await;
    decided(&world, accepted + 2).await;
    decided_once_and_in_order(&world, accepted + 2).await;
    assert_eq!(books(&world).await.lost, 0);
    world.finish().await;
}

#[tokio::test]
async fn an_account_past_its_rate_is_told_when_to_come_back() {
    past_the_rate("DOCDE_RATE_PER_ACCOUNT", 1, "203.0.113.7").await;
}

#[tokio::test]
async fn an_address_past_its_rate_is_told_when_to_come_back() {
    past_the_rate("DOCDE_RATE_PER_ADDRESS", 4, "203.0.113.8").await;
}

/// Hospitals, doctors and free times are read without a token; the address bounds whoever has no account.
#[tokio::test]
async fn strangers_read_without_a_token_and_are_bounded_by_their_address() {
    let mut world = World::new().await;
    for (name, value) in [
        ("DOCDE_RATE_PER_ADDRESS", "1"),
        ("DOCDE_RATE_BURST", "8"),
        ("DOCDE_TRUST_FORWARDED", "true"),
    ] {
        world.set(name, value);
    }
    let (ingress, doctor) = (world.ingress().await, busy_doctor(&world, 0).await);
    let read = async |path: &str, address: &str| {
        let url = format!("http://{}{path}", ingress.address);
        let sent = world.http.get(url).header("x-forwarded-for", address).send().await;
        let response = sent.expect("an answer");
        let retry = response.headers().get("retry-after").cloned();
        (response.status().as_u16(), retry, response.text().await.expect("a body"))
    };
    let (id, hospital) = (doctor.id, doctor.hospital);
    for path in [
        "/v1/hospitals?limit=1".to_owned(),
        format!("/v1/hospitals/{hospital}"),
        format!("/v1/doctors?hospital_id={hospital}"),
        format!("/v1/doctors/{id}"),
        format!("/v1/doctors/{id}/schedule"),
        format!("/v1/doctors/{id}/slots?from=2026-11-25&to=2026-11-26"),
    ] {
        let (status, _, text) = read(&path, "203.0.113.7").await;
        assert_eq!(status, 200, "{path}: {text}");
    }
    let path = format!("/v1/doctors/{id}");
    let asked = join_all((0..BURST).map(|_| read(&path, "203.0.113.7"))).await;
    let refused: Vec<_> = asked.iter().filter(|(status, ..)| *status != 200).collect();
    assert!(refused.len() >= 3, "{asked:?}");
    for (status, retry, text) in refused {
        assert_eq!((*status, text.contains("\"BUSY\"")), (429, true), "{text}");
        assert!(retry.is_some(), "{text}");
    }
    assert_eq!(read(&path, "203.0.113.8").await.0, 200, "another address");
    world.finish().await;
}
