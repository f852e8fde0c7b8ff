//! Connections that leave the machine are encrypted, and whom they reach is verified: the whole way of a booking with
//! nothing but TLS, and nothing at all under a name that the certificate does not bear.

use docde_tests::world::{PARTITIONS, from_environment};
use docde_tests::{Socket, World, api, until};
use platform::broker::Broker;
use platform::config::Env;
use platform::kv::Kv;
use platform::management::Management;
use reqwest::Method;
use serde_json::Value;
use url::Url;

use crate::loads::{busy_doctor, slot, visit};

/// The world's address, over TLS, under this name of the host.
fn over_tls(world: &World, name: &str, host: &str) -> String {
    let (scheme, port) = match name {
        "AMQP_URL" => ("amqps", Some("AMQP_TLS_PORT")),
        "REDIS_URL" => ("rediss", Some("REDIS_TLS_PORT")),
        "RABBITMQ_UI_URL" => ("https", Some("RABBITMQ_UI_TLS_PORT")),
        // MariaDB begins in the clear on its one port.
        _ => ("mysql", None),
    };
    let mut url = Url::parse(world.setting(name)).expect(name);
    url.set_host(Some(host)).expect("a host");
    match port {
        Some(port) => {
            url.set_port(Some(from_environment(port).parse().expect("a port"))).expect("a port");
        }
        None => url.set_query(Some("ssl-mode=VERIFY_IDENTITY")),
    }
    let (_, rest) = url.as_str().split_once("://").expect("a scheme");
    format!("{scheme}://{rest}")
}

/// A world whose services speak TLS alone, to servers under this name.
async fn encrypted(host: &str) -> World {
    let mut world = World::new().await;
    for name in ["AMQP_URL", "REDIS_URL", "RABBITMQ_UI_URL", "DATABASE_URL"] {
        let address = over_tls(&world, name, host);
        world.set(name, &address);
    }
    world
}

#[tokio::test]
async fn a_booking_goes_its_way_over_tls_alone() {
    let world = encrypted("127.0.0.1").await;
    let (ingress, _worker, notifier) =
        (world.ingress().await, world.worker().await, world.notifier().await);
    world.owned().await;
    let (doctor, patient) = (busy_doctor(&world, 0).await, world.patient().await);
    let mut socket = Socket::open(&notifier, &patient, None).await;
    let booked = world
        .post(
            &ingress,
            &patient,
            "/v1/bookings",
            &api::key(),
            &visit(&doctor, slot(&world, &doctor, 0)),
        )
        .await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    assert_eq!(socket.outcome().await["request"]["id"], booked.request_id().to_string());
    let connections = until("the broker to list the connections", async || {
        let (_, listed) = world.management().call(Method::GET, "/api/connections", None).await;
        let ours = listed
            .as_array()?
            .iter()
            .filter(|connection| connection["vhost"] == world.vhost.as_str())
            .cloned();
        let ours: Vec<Value> = ours.collect();
        (ours.len() >= 3).then_some(ours)
    })
    .await;
    assert!(connections.iter().all(|connection| connection["ssl"] == true), "{connections:#?}");
    let pool = platform::database::pool(&world.env(), 1).expect("an address");
    let cipher: (String, String) = sqlx::query_as("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        .fetch_one(&pool)
        .await
        .expect("a connection");
    assert!(cipher.1.starts_with("TLS_"), "{cipher:?}");
    world.finish().await;
}

#[tokio::test]
async fn whoever_bears_another_name_is_not_spoken_to() {
    let world = encrypted("localhost").await;
    let env: Env = world.env();
    let database = platform::database::pool(&env, 1).expect("an address").acquire().await;
    let redis = Kv::from_env(&env).expect("an address").connection().await;
    let broker = Broker::from_env(&env, "a test", 1).expect("an address").channel().await;
    let management = Management::from_env(&env).expect("an address").verify(PARTITIONS).await;
    for (name, why) in [
        ("MariaDB", format!("{:?}", database.err())),
        ("Redis", format!("{:?}", redis.err())),
        ("RabbitMQ", format!("{:?}", broker.err())),
        ("the management API", format!("{:?}", management.err())),
    ] {
        assert!(
            why.contains("NotValidForName") || why.contains("not valid for name"),
            "{name}: {why}"
        );
    }
    world.finish().await;
}
