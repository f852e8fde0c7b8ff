//! Public boards: called numbers where the hospital has opted in, to anybody, within a budget of their own.

use docde_tests::world::Service;
use docde_tests::{Patient, Socket};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::stage::Stage;

type Board = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a board without a token, from an address that the proxy names.
async fn open(at: &Service, hospital: &str, address: &str) -> Result<Board, (u16, Value)> {
    let uri = format!("ws://{}/ws/boards/{hospital}", at.address);
    let mut request = uri.into_client_request().expect("a request");
    request.headers_mut().insert("x-forwarded-for", address.parse().expect("an address"));
    match tokio_tungstenite::connect_async(request).await {
        Ok((board, _)) => Ok(board),
        Err(Error::Http(answer)) => {
            let body = answer.body().as_deref().unwrap_or_default();
            Err((answer.status().as_u16(), serde_json::from_slice(body).unwrap_or_default()))
        }
        Err(error) => panic!("{error}"),
    }
}

async fn calls(board: &mut Board) -> Value {
    loop {
        let next = tokio::time::timeout(docde_tests::wait::LIMIT, board.next());
        if let Message::Text(text) = next.await.expect("in time").expect("open").expect("a frame") {
            let frame: Value = serde_json::from_str(&text).expect("JSON");
            let names: Vec<&String> = frame.as_object().expect("members").keys().collect();
            assert_eq!(names, ["at", "calls", "hospital_id", "type"], "{frame}");
            return frame["calls"].clone();
        }
    }
}

/// A receptionist switches the board.
async fn opt_in(stage: &Stage, clerk: &Patient, board: bool) {
    let set = stage.set_rule(clerk, json!({"board": board})).await;
    let rules = &set.json["outcome"]["line_rule"]["rules"];
    assert_eq!((set.status, &rules["board"]), (200, &json!(board)), "{}", set.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_board_shows_called_numbers_and_where_to_go_and_nothing_else() {
    let mut stage = Stage::new().await;
    stage.world.set("DOCDE_TRUST_FORWARDED", "true");
    let notifier = stage.world.notifier().await;
    let hospital = stage.doctor.hospital.to_string();
    let clerk = stage.clerk("receptionist").await;
    let mut tickets = Vec::new();
    for patient in stage.world.patients(2).await {
        let taken = stage.taken(&patient).await;
        stage.step(&clerk, &taken, 1, "arrive").await;
        tickets.push(taken);
    }
    for (hospital, status) in [(hospital.as_str(), 404), ("nothing", 404)] {
        let (refused, problem) = open(&notifier, hospital, "192.0.2.1").await.expect_err("none");
        assert_eq!((refused, &problem["code"]), (status, &json!("NOT_FOUND")), "not by default");
    }
    opt_in(&stage, &clerk, true).await;
    let mut board = open(&notifier, &hospital, "192.0.2.1").await.expect("a board");
    assert_eq!(calls(&mut board).await, json!([]));
    let called = stage.next(&clerk, None).await;
    assert_eq!(called.status, 200, "{}", called.text);
    let expected =
        json!([{"place": "김의사", "number": 1, "called_at": "2026-11-23T10:00:00+09:00"}]);
    assert_eq!(calls(&mut board).await, expected);
    sqlx::query("UPDATE doctor SET board_name = '1진료실'")
        .execute(&stage.world.pool)
        .await
        .expect("a room");
    let after = called.json["outcome"]["ticket"]["id"].as_str().expect("a ticket");
    let second = stage.next(&clerk, Some(after)).await;
    assert_eq!(second.status, 200, "{}", second.text);
    let shown = calls(&mut board).await;
    assert_eq!(
        (&shown[0]["place"], &shown[0]["number"]),
        (&json!("1진료실"), &json!(2)),
        "{shown}"
    );
    let text = shown.to_string();
    assert!(!text.contains(tickets[1]["id"].as_str().expect("an id")), "{text}");
    let undo = json!({"ticket_id": tickets[1]["id"], "request_id": second.request_id()});
    let key = docde_tests::api::key();
    assert_eq!(stage.post(&clerk, &stage.line("/undo"), &key, &undo).await.status, 200);
    assert_eq!(calls(&mut board).await[0]["number"], 1, "the call was taken back");
    opt_in(&stage, &clerk, false).await;
    assert!(open(&notifier, &hospital, "192.0.2.1").await.is_err(), "opted out");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn boards_have_a_budget_of_their_own_by_address_and_in_all() {
    let mut stage = Stage::new().await;
    for (name, value) in
        [("DOCDE_TRUST_FORWARDED", "true"), ("DOCDE_MAX_BOARDS", "7"), ("DOCDE_MAX_SOCKETS", "1")]
    {
        stage.world.set(name, value);
    }
    let notifier = stage.world.notifier().await;
    let (hospital, clerk) = (stage.doctor.hospital.to_string(), stage.clerk("director").await);
    opt_in(&stage, &clerk, true).await;
    let patient = stage.world.patient().await;
    let socket = Socket::open(&notifier, &patient, None).await;
    let mut boards = Vec::new();
    for _ in 0..5 {
        boards.push(open(&notifier, &hospital, "192.0.2.1").await.expect("a board"));
    }
    let (status, problem) = open(&notifier, &hospital, "192.0.2.1").await.expect_err("a sixth");
    assert_eq!((status, &problem["code"]), (429, &json!("BUSY")), "five an address by default");
    for _ in 0..2 {
        boards.push(open(&notifier, &hospital, "192.0.2.2").await.expect("a board"));
    }
    let (status, problem) = open(&notifier, &hospital, "192.0.2.3").await.expect_err("an eighth");
    assert_eq!((status, &problem["code"]), (503, &json!("UNAVAILABLE")));
    // The only patient's socket that fits was taken all the time, and boards take none.
    drop(socket);
    docde_tests::until("a patient's socket to fit", async || {
        Socket::try_open(&notifier, &patient.token, None, &[]).await.ok().map(drop)
    })
    .await;
    drop(boards.remove(0));
    docde_tests::until("a seat to be free again", async || {
        open(&notifier, &hospital, "192.0.2.1").await.ok().map(drop)
    })
    .await;
    stage.world.finish().await;
}

/// A doctor may not; what the hospital was made with holds until staff have said so; and it is a rule as all others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_switch_the_board_of_their_hospital() {
    let stage = Stage::new().await;
    let notifier = stage.world.notifier().await;
    let hospital = stage.doctor.hospital.to_string();
    let (clerk, doctor) = (stage.clerk("receptionist").await, stage.clerk("doctor").await);
    let board = async || stage.get(&clerk, &stage.rule_path()).await.json["rules"]["board"].clone();
    let refused = stage.set_rule(&doctor, json!({"board": true})).await;
    assert_eq!((refused.status, board().await), (403, json!(false)), "{}", refused.text);
    sqlx::query("UPDATE hospital SET board = 1").execute(&stage.world.pool).await.expect("made so");
    assert_eq!(board().await, json!(true));
    assert!(open(&notifier, &hospital, "192.0.2.1").await.is_ok());
    assert_eq!(stage.set_rule(&clerk, json!({"max_passed": 2})).await.status, 200);
    assert_eq!(board().await, json!(true), "not named, so it stays");
    opt_in(&stage, &clerk, false).await;
    assert_eq!(board().await, json!(false));
    assert!(open(&notifier, &hospital, "192.0.2.1").await.is_err());
    opt_in(&stage, &clerk, true).await;
    assert!(open(&notifier, &hospital, "192.0.2.1").await.is_ok());
    stage.world.finish().await;
}
