//! An account is deleted: who it was is gone, what it had is given back, whoever dies meanwhile.

use docde_tests::api::key;
use docde_tests::wait::LIMIT;
use docde_tests::world::from_environment;
use docde_tests::{Answer, Hours, Socket, World, until};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::{Child, Command};

use crate::stage::{ACCOUNT, PASSWORD, Signed, Stage, refused};

const EMAIL: &str = "a@example.kr";
pub const ACTIVE: &str = "SELECT (SELECT COUNT(*) FROM booking WHERE status IN ('pending', 'booked', 'arrived', 'checked_in'))
     + (SELECT COUNT(*) FROM ticket WHERE live = 1)";

impl Stage {
    pub async fn delete(&self, who: &Signed, password: &str) -> Answer {
        let body = json!({"password": password});
        self.send_as(who, Method::DELETE, ACCOUNT, &key(), Some(&body)).await
    }
}

/// Everything that was booked or taken is given back.
pub async fn given_back(world: &World) {
    until("nothing to be active", async || (world.count(ACTIVE).await == 0).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_account_leaves_no_name_no_session_and_nothing_booked() {
    let stage = Stage::new().await;
    let _worker = stage.world.worker().await;
    let notifier = stage.world.notifier().await;
    stage.world.owned().await;
    let signed = stage.account(EMAIL).await;
    let child = stage.child(&signed, "2020-05-05").await;
    let doctor = stage.world.doctor().await;
    // Past its cut-off its patient could no longer give it back.
    let strict = Hours { cutoff: 24 * 60, ..Hours::default() };
    let strict = stage.world.doctor_at(doctor.hospital, &strict).await;
    let first = stage.book(&signed, &strict, "10:00", Some(&child)).await;
    let booked = stage.book(&signed, &doctor, "11:00", None).await;
    assert_eq!((first.status, booked.status), (201, 201), "{} {}", first.text, booked.text);
    stage.world.clock.advance(chrono::TimeDelta::hours(30));
    let signed = Signed::of(&stage.sign_in(EMAIL, PASSWORD).await.json);
    let path = format!("/v1/bookings/{}/cancel", first.booking_id());
    let late = stage.send_as(&signed, Method::POST, &path, &key(), None).await;
    refused(&late, 409, "CUTOFF_PASSED");
    let body = json!({"doctor_id": doctor.id});
    let ticket = stage.send_as(&signed, Method::POST, "/v1/receptions", &key(), Some(&body)).await;
    assert_eq!(ticket.status, 201, "{}", ticket.text);
    let mut socket = Socket::open(&notifier, &signed.patient(), None).await;
    refused(&stage.delete(&signed, "some other password").await, 403, "PASSWORD_WRONG");
    let gone = stage.delete(&signed, PASSWORD).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    assert_eq!((&gone.json["bookings"], &gone.json["tickets"]), (&json!(2), &json!(1)));
    refused(&stage.get_as(&signed, ACCOUNT).await, 401, "SESSION_ENDED");
    refused(&stage.refresh(&signed.refresh, &key()).await, 401, "SESSION_ENDED");
    refused(&stage.sign_in(EMAIL, PASSWORD).await, 401, "SIGN_IN_REFUSED");
    assert_eq!(socket.close_code().await, 4401);
    given_back(&stage.world).await;
    let mails = stage.mails.to(EMAIL, 2).await;
    assert!(mails[1].text.contains("삭제되었습니다"), "{}", mails[1].text);
    for named in [
        "SELECT COUNT(*) FROM patient WHERE name <> '' OR birth_date IS NOT NULL",
        "SELECT COUNT(*) FROM account WHERE COALESCE(email, name, phone, password) IS NOT NULL",
        "SELECT COUNT(*) FROM booking WHERE sealed IS NOT NULL",
        "SELECT COUNT(*) FROM ticket WHERE sealed IS NOT NULL",
        "SELECT COUNT(*) FROM session WHERE ended_at IS NULL OR place_mac IS NOT NULL",
    ] {
        assert_eq!(stage.world.count(named).await, 0, "{named}");
    }
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM consent_event").await, 3, "kept");
    // Once nothing can come back any more, nobody looks for it.
    stage.world.clock.advance(chrono::TimeDelta::minutes(16));
    until("the deletion to be done", async || {
        let done = "SELECT COUNT(*) FROM account_deletion WHERE done_at IS NOT NULL";
        (stage.world.count(done).await == 1).then_some(())
    })
    .await;
    // The address is free, for another account.
    let again = stage.account(EMAIL).await;
    assert_ne!(again.account, signed.account);
    assert_eq!(stage.get_as(&again, "/v1/bookings").await.json["items"], json!([]));
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_director_of_a_hospital_stays_and_mails_to_a_deleted_account_are_dropped() {
    let mut stage = Stage::new().await;
    let (signed, other) = (stage.account(EMAIL).await, stage.account("b@example.kr").await);
    let (one, two) =
        (stage.world.hospital("Asia/Seoul").await, stage.world.hospital("Asia/Seoul").await);
    let directors = [(&signed, one), (&other, one), (&signed, two)];
    for (who, hospital) in directors {
        stage.world.employ(&who.patient(), hospital, "director").await;
    }
    refused(&stage.delete(&signed, PASSWORD).await, 409, "LAST_DIRECTOR");
    stage.world.employ(&other.patient(), two, "receptionist").await;
    refused(&stage.delete(&signed, PASSWORD).await, 409, "LAST_DIRECTOR");
    stage.world.employ(&other.patient(), two, "director").await;
    // What waits for a server that is away is not sent any more.
    let before = stage.mails.all().await.len();
    stage.mails.stop().await;
    let reset = json!({"email": EMAIL, "for": "reset"});
    assert_eq!(stage.post(crate::stage::CODES, &key(), &reset).await.status, 202);
    assert_eq!(stage.delete(&signed, PASSWORD).await.status, 200);
    let waiting = "SELECT COUNT(*) FROM mail WHERE recipient = 'a@example.kr'";
    assert_eq!(stage.world.count(waiting).await, 1, "the one that says so");
    assert_eq!(stage.mails.all().await.len(), before);
    let works = "SELECT COUNT(*) FROM membership m JOIN account a ON a.id = m.account_id WHERE a.deleted_at IS NOT NULL";
    assert_eq!(stage.world.count(works).await, 0);
    let left = "SELECT COUNT(*) FROM membership_change WHERE cause = 'left' AND role_before = 'director' AND actor = account_id";
    assert_eq!(stage.world.count(left).await, 2, "of both hospitals");
    refused(&stage.delete(&other, PASSWORD).await, 409, "LAST_DIRECTOR");
    stage.world.finish().await;
}

/// Killed between the deletion and the first command that gives something back: the next ingress goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_goes_on_after_a_kill_right_behind_it() {
    let stage = Stage::new().await;
    let _worker = stage.world.worker().await;
    stage.world.owned().await;
    let signed = stage.account(EMAIL).await;
    let doctor = stage.world.doctor().await;
    assert_eq!(stage.book(&signed, &doctor, "10:00", None).await.status, 201);
    let Stage { world, ingress, mails: _mails } = stage;
    ingress.stop().await;
    let (child, address) = doomed(&world).await;
    let call = world.http.delete(format!("http://{address}{ACCOUNT}")).bearer_auth(&signed.access);
    let call = call.header("idempotency-key", key()).json(&json!({"password": PASSWORD}));
    assert!(call.send().await.is_err(), "killed before its answer");
    let ended = tokio::time::timeout(LIMIT, child.wait_with_output()).await;
    let ended = ended.expect("the point is passed").expect("its end");
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(log.contains("crash point account_deleted reached"), "{log}");
    assert_eq!(world.count("SELECT COUNT(*) FROM account_deletion").await, 1, "it is deleted");
    assert_eq!(world.count(ACTIVE).await, 1, "nothing is given back yet");
    let _after = world.ingress().await;
    given_back(&world).await;
    world.finish().await;
}

/// An ingress as a process of its own, which ends by abort right behind the deletion of an account.
async fn doomed(world: &World) -> (Child, String) {
    let bin = from_environment("DOCDE_BIN_DIR");
    let file = std::env::temp_dir().join(format!("{}.json", world.vhost));
    let child = Command::new(PathBuf::from(bin).join("docde-ingress"))
        .env_clear()
        .envs(world.settings())
        .env("DOCDE_CLOCK", format!("{},1", world.clock.now().to_rfc3339()))
        .env("DOCDE_CRASH", "account_deleted:1")
        .env("DOCDE_RUN_FILE", &file)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the binary: cargo build -p docde-ingress");
    let address = until("the ingress to say where it is", async || {
        let facts: Value = serde_json::from_slice(&std::fs::read(&file).ok()?).ok()?;
        facts["http"].as_str().map(str::to_owned)
    })
    .await;
    let ready = format!("http://{address}{ACCOUNT}");
    until("the ingress to answer", async || world.http.get(&ready).send().await.ok()).await;
    let _ = std::fs::remove_file(&file);
    (child, address)
}
