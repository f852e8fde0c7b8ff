//! Who may open a socket, and how each one ends.

use docde_tests::world::Service;
use docde_tests::{Patient, Socket, World, until};
use futures_util::StreamExt;
use platform::auth::Signer;
use platform::metrics;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::by_hand::{self, DirectBroker};

/// The status with which the handshake ends.
async fn status(
    at: &Service,
    token: &str,
    after: Option<&str>,
    headers: &[(&'static str, &str)],
) -> u16 {
    match Socket::try_open(at, token, after, headers).await {
        Ok((_, response)) => response.status().as_u16(),
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn only_the_right_guests_come_in() {
    let world = World::new().await;
    let (notifier, patient) = (world.notifier().await, world.patient().await);
    let token = patient.token.as_str();
    let own = format!("http://{}", notifier.address);
    let (_, response) = Socket::try_open(&notifier, token, None, &[("origin", &own)])
        .await
        .expect("one's own page");
    let echoed: Vec<_> = response.headers().get_all("sec-websocket-protocol").iter().collect();
    assert_eq!(echoed, ["docde.v1"], "never the token");
    assert_eq!(status(&notifier, token, None, &[("origin", "https://evil.example")]).await, 403);
    assert_eq!(status(&notifier, "not.a.token", None, &[]).await, 401);
    let forged = format!("{}x", &token[..token.len() - 1]);
    assert_eq!(status(&notifier, &forged, None, &[]).await, 401);
    for cursor in ["no-cursor", "AAAA", "AA"] {
        assert_eq!(status(&notifier, token, Some(cursor), &[]).await, 400, "{cursor}");
    }
    for (protocols, path, expected) in [
        ("docde.v1".to_owned(), "/ws", 401),
        (format!("token.{token}"), "/ws", 400),
        (format!("docde.v1, token.{token}"), "/elsewhere", 404),
    ] {
        let mut request =
            format!("ws://{}{path}", notifier.address).into_client_request().expect("a request");
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().expect("a value"));
        let Err(Error::Http(response)) = tokio_tungstenite::connect_async(request).await else {
            panic!("{protocols} came in")
        };
        assert_eq!(response.status().as_u16(), expected, "{protocols} {path}");
    }
    world.finish().await;
}

#[tokio::test]
async fn past_the_cap_a_guest_is_told_to_come_back() {
    let mut world = World::new().await;
    world.set("DOCDE_MAX_SOCKETS", "2");
    let (notifier, patient) = (world.notifier().await, world.patient().await);
    let first = Socket::open(&notifier, &patient, None).await;
    let _second = Socket::open(&notifier, &patient, None).await;
    let Err(Error::Http(response)) = Socket::try_open(&notifier, &patient.token, None, &[]).await
    else {
        panic!("a third came in")
    };
    assert_eq!(response.status().as_u16(), 503);
    assert!(response.headers().contains_key("retry-after"));
    drop(first);
    until("a place to be free again", async || {
        (status(&notifier, &patient.token, None, &[]).await == 101).then_some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test]
async fn an_account_past_its_own_cap_is_told_so_and_others_are_let_in() {
    let mut world = World::new().await;
    world.set("DOCDE_MAX_SOCKETS_PER_ACCOUNT", "1");
    let (notifier, patient, neighbour) =
        (world.notifier().await, world.patient().await, world.patient().await);
    let mut first = Socket::open(&notifier, &patient, None).await;
    let (mut second, _) =
        Socket::try_open(&notifier, &patient.token, None, &[]).await.expect("a handshake");
    let goodbye = second.next().await.expect("a frame").expect("a frame");
    assert!(
        matches!(&goodbye, Message::Close(Some(why)) if u16::from(why.code) == 1008),
        "{goodbye:?}"
    );
    let _other = Socket::open(&notifier, &neighbour, None).await;
    let event = by_hand::commit(&world, 0, &patient, 0).await;
    assert_eq!(
        first.outcome().await["request"]["id"],
        event.request.to_string(),
        "the first goes on"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_stopping_notifier_sends_everybody_away_with_1012() {
    let mut world = World::new().await;
    world.set("DOCDE_DRAIN_MS", "100");
    let (notifier, other) = (world.notifier().await, world.notifier().await);
    let (patient, neighbour) = (world.patient().await, world.patient().await);
    let mut sockets = vec![
        Socket::open(&notifier, &patient, None).await,
        Socket::open(&notifier, &neighbour, None).await,
    ];
    let stopped = tokio::spawn(notifier.stop());
    for socket in &mut sockets {
        assert_eq!(socket.close_code().await, 1012);
    }
    stopped.await.expect("stopped");
    let event = by_hand::commit(&world, 0, &patient, 0).await;
    let mut back = Socket::open(&other, &patient, Some(&sockets[0].cursor)).await;
    assert_eq!(
        back.outcome().await["request"]["id"],
        event.request.to_string(),
        "another replica goes on"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_socket_ends_with_its_token() {
    let world = World::new().await;
    let (notifier, patient) = (world.notifier().await, world.patient().await);
    let signer = Signer::from_env(&world.env()).expect("a key");
    let short = Patient {
        token: signer.access(patient.account, world.clock.now(), 3_600).expect("a token"),
        ..patient.clone()
    };
    let (mut ends, mut stays) = (
        Socket::open(&notifier, &short, None).await,
        Socket::open(&notifier, &patient, None).await,
    );
    world.clock.advance(chrono::TimeDelta::seconds(3_601));
    assert_eq!(ends.close_code().await, 4401);
    assert_eq!(status(&notifier, &short.token, None, &[]).await, 401);
    let event = by_hand::commit(&world, 0, &patient, 0).await;
    assert_eq!(stays.outcome().await["request"]["id"], event.request.to_string());
    world.finish().await;
}

/// Two sockets of an account: the one that reads is told everything, the one that does not is sent away.
#[tokio::test]
async fn a_reader_that_is_too_slow_is_sent_away_with_1013() {
    let mut world = World::new().await;
    world.set("DOCDE_SOCKET_BUFFER", "4");
    let (notifier, patient) = (world.notifier().await, world.patient().await);
    let hand = DirectBroker::open(&world).await;
    let mut reads = Socket::open(&notifier, &patient, None).await;
    let (mut stalls, _) =
        Socket::try_open(&notifier, &patient.token, None, &[]).await.expect("a socket");
    let sent_away = metrics::SOCKETS_CLOSED.with_label_values(&["1013"]);
    let before = sent_away.get();
    let mut told = 0;
    while sent_away.get() == before {
        let event = by_hand::commit(&world, 0, &patient, 60_000).await;
        hand.tell(&event).await;
        assert_eq!(reads.outcome().await["request"]["id"], event.request.to_string());
        told += 1;
        assert!(told < 500, "30 MB wait for a reader that does not read");
    }
    let (mut frames, mut code) = (0, 0);
    while let Some(Ok(message)) = stalls.next().await {
        match message {
            tokio_tungstenite::tungstenite::Message::Text(_) => frames += 1,
            tokio_tungstenite::tungstenite::Message::Close(Some(close)) => code = close.code.into(),
            _ => {}
        }
    }
    assert_eq!(code, 1013, "after {frames} of {told} frames");
    assert!(frames <= told);
    let event = by_hand::commit(&world, 0, &patient, 0).await;
    assert_eq!(
        reads.outcome().await["request"]["id"],
        event.request.to_string(),
        "the other one stays"
    );
    world.finish().await;
}
