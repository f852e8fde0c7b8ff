//! A broker in its memory alarm (O3): it takes nothing from publishers, so nothing is accepted; when the alarm is over, each
//! key that was refused may be sent again, and nothing is lost or doubled. The alarm is the whole broker's, so this test
//! is a binary of its own, which cargo runs when no other does.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

use docde_tests::world::from_environment;
use docde_tests::{Answer, Doctor, Patient, World, api, until};
use serde_json::json;
use std::process::Command;

/// As `deploy/dev/infra.sh` sets it.
const USUAL: &str = "0.3";

/// The share of the memory from which on the broker blocks its publishers.
fn watermark(share: &str) {
    let dev = from_environment("DOCDE_DEV");
    let arguments = ["infra", "rabbitmqctl", "set_vm_memory_high_watermark", share];
    let output = Command::new(dev).args(arguments).output().expect("./dev runs");
    assert!(output.status.success(), "{output:?}");
}

/// The alarm, over when this goes, whatever the test has come to.
struct Alarm;

impl Alarm {
    fn raise() -> Self {
        watermark("0");
        Self
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        watermark(USUAL);
    }
}

/// Asks for the doctor's `n`-th half hour of the day after tomorrow.
async fn ask(
    world: &World,
    at: &docde_tests::world::Service,
    patient: &Patient,
    doctor: &Doctor,
    n: usize,
    key: &str,
) -> Answer {
    let starts_at = doctor.on(world, 2, &format!("{:02}:{:02}", n / 2, n % 2 * 30));
    let body = json!({"doctor_id": doctor.id, "starts_at": api::text(starts_at), "visit": "first"});
    world.post_async(at, patient, "/v1/bookings", key, &body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_broker_refuses_before_acceptance_and_loses_nothing() {
    const BEFORE: usize = 4;
    const REFUSED: usize = 3;
    let mut world = World::new().await;
    world.set("DOCDE_CONFIRM_TIMEOUT_MS", "800");
    let (ingress, doctor, patients) =
        (world.ingress().await, world.doctor().await, world.patients(BEFORE + REFUSED).await);
    for (n, patient) in patients[..BEFORE].iter().enumerate() {
        let answer = ask(&world, &ingress, patient, &doctor, n, &api::key()).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
    }
    let alarm = Alarm::raise();
    let mut refused = Vec::new();
    for (n, patient) in patients.iter().enumerate().skip(BEFORE) {
        let key = api::key();
        let answer = ask(&world, &ingress, patient, &doctor, n, &key).await;
        // The broker may have read it before it stopped to, and says neither.
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(["NOT_ACCEPTED", "ACCEPTANCE_UNKNOWN"].contains(&answer.code()), "{}", answer.text);
        assert!(
            answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0),
            "{}",
            answer.text
        );
        refused.push((n, patient, key));
    }
    // What is queued is decided meanwhile: consumers are not blocked.
    let _worker = world.worker().await;
    let decided = async || world.count("SELECT COUNT(*) FROM request").await;
    until("what was accepted to be decided", async || (decided().await >= 4).then_some(())).await;
    drop(alarm);
    for (n, patient, key) in &refused {
        let accepted = until("the same key to be accepted", async || {
            let answer = ask(&world, &ingress, patient, &doctor, *n, key).await;
            (answer.status < 300).then_some(answer)
        })
        .await;
        assert_eq!(
            world.decided(&ingress, patient, accepted.request_id()).await.state(),
            "confirmed"
        );
    }
    let all = i64::try_from(BEFORE + REFUSED).expect("few");
    assert_eq!(decided().await, all);
    assert_eq!(world.count("SELECT COUNT(*) FROM booking").await, all);
    assert_eq!(
        world.count("SELECT CAST(SUM(confirmed) AS SIGNED) FROM partition_state").await,
        all
    );
    assert_eq!(world.count("SELECT CAST(SUM(lost) AS SIGNED) FROM partition_state").await, 0);
    world.finish().await;
}
