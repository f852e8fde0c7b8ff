//! The engine is away: search answers from the database and says so; bookings do not notice.

use docde_tests::api::key;
use docde_tests::proxy::{Proxy, Wire};
use docde_tests::world::from_environment;
use docde_tests::{Hours, until};
use serde_json::json;
use std::time::{Duration, Instant};

use crate::stage::{Place, Stage, monday, world};

/// The database's answers, which say that they are.
async fn answers_are_the_databases(stage: &Stage) {
    let degraded = async |query: &[(&str, &str)]| {
        let from = Instant::now();
        let answer = stage.search(query).await;
        assert!(from.elapsed() < Duration::from_secs(5), "{query:?} took {:?}", from.elapsed());
        assert_eq!(
            (answer.status, &answer.json["degraded"]),
            (200, &json!(true)),
            "{}",
            answer.text
        );
        let items = answer.json["items"].as_array().expect("items").clone();
        let names: Vec<_> =
            items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect();
        (names, answer.json["ignored"].clone())
    };
    for (query, expected, ignored) in [
        (&[("q", "강남내과")][..], &["강남내과의원"][..], json!([])),
        (&[("q", "강남구 소아과")], &["강남내과의원"], json!([])),
        (&[("q", "100%")], &["부산100%의원"], json!([])),
        (&[("q", "없는이름")], &[], json!([])),
        (&[("sido", "부산")], &["부산100%의원"], json!([])),
        (
            &[("department", "소아과"), ("free_on", "2026-11-24")],
            &["강남내과의원"],
            json!(["free_on"]),
        ),
    ] {
        assert_eq!(
            degraded(query).await,
            (expected.iter().map(ToString::to_string).collect(), ignored),
            "{query:?}"
        );
    }

    let hit = stage.search(&[("q", "강남내과")]).await.json["items"][0].clone();
    let told = (&hit["availability"], &hit["doctors"]);
    assert_eq!(told, (&json!("unknown"), &json!([])), "nothing is said of free time");
    assert_eq!(stage.search(&[("q", "  ")]).await.status, 422, "bad input is bad input");
    let suggested = stage.get("/v1/suggest", &[("q", "소아")]).await;
    assert_eq!(suggested.json["degraded"], true, "{}", suggested.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_engine_the_database_answers_and_bookings_go_on() {
    let mut world = world(monday()).await;
    let url = from_environment("SEARCH_URL");
    let wire = Proxy::before(&url).await;
    world.set("SEARCH_URL", &wire.url(&url));
    world.set("DOCDE_SEARCH_TIMEOUT_MS", "1000");
    let stage = Stage::of(world).await;
    let hospital = stage
        .hospital(Place {
            name: "강남내과의원",
            departments: "내과|소아청소년과",
            ..Place::default()
        })
        .await;
    stage
        .hospital(Place {
            name: "부산100%의원",
            sido: "부산",
            sigungu: "부산강서구",
            ..Place::default()
        })
        .await;
    let doctor = stage.world.doctor_at(hospital, &Hours::default()).await;
    stage.world.worker().await;
    stage.world.owned().await;
    stage.in_step().await;
    for wire_state in [Wire::Down, Wire::Holds] {
        wire.set(wire_state);
        answers_are_the_databases(&stage).await;
        let patient = stage.world.patient().await;
        let starts_at =
            doctor.on(&stage.world, if wire_state == Wire::Down { 1 } else { 2 }, "10:00");
        let from = Instant::now();
        let booked = stage.world.book(&stage.ingress, &patient, &doctor, starts_at, &key()).await;
        assert_eq!(booked.status, 201, "{}", booked.text);
        assert!(from.elapsed() < Duration::from_secs(3), "bookings do not wait for search");
    }
    wire.set(Wire::Passes);
    until("search to be whole again", async || {
        let answer = stage.search(&[("free_on", "2026-11-25")]).await;
        (answer.json["degraded"] == false).then_some(())
    })
    .await;
    stage.in_step().await;
    stage.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_there_is_an_index_search_says_degraded() {
    let world = world(monday()).await;
    crate::stage::make(&world, &[Place { name: "첫의원", ..Place::default() }]).await;
    let (client, ingress) = (crate::stage::client(&world), world.ingress().await);
    let stage = Stage { world, ingress, client };
    let answer = stage.search(&[("q", "첫의원")]).await;
    assert_eq!((answer.status, &answer.json["degraded"]), (200, &json!(true)), "{}", answer.text);
    assert_eq!(answer.json["items"][0]["name"], "첫의원");
    stage.world.indexer().await;
    stage.searched().await;
    stage.in_step().await;
    assert_eq!(stage.names(&[("q", "첫의원")]).await, ["첫의원"]);
    stage.finish().await;
}
