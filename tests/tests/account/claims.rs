//! Claims: that a hospital is somebody's own, which an operator of the platform looks into.

use docde_tests::Answer;
use docde_tests::api::key;
use domain::ids::HospitalId;
use serde_json::{Value, json};

use crate::stage::{ACCOUNT, Signed, Stage, refused};

const ABOUT: &str = "원장 홍길동,\n의사 면허 12345";

impl Stage {
    async fn claim(&self, who: &Signed, hospital: HospitalId, key: &str) -> Answer {
        let path = format!("/v1/hospitals/{hospital}/claims");
        self.post_as(who, &path, key, &json!({"about": ABOUT})).await
    }

    async fn operator(&self) -> Signed {
        let operator = self.somebody("operator@docde.kr").await;
        assert!(self.operates("operator@docde.kr", false).await);
        operator
    }

    async fn of_claim(&self, who: &Signed, claim: &Value, what: &str, body: &Value) -> Answer {
        let path = format!("/v1/claims/{}/{what}", claim["id"].as_str().expect("an id"));
        self.post_as(who, &path, &key(), body).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_director_is_verified_by_an_operator() {
    let stage = Stage::new().await;
    let hospital = stage.world.hospital("Asia/Seoul").await;
    let (applicant, other) = (stage.somebody("a@clinic.kr").await, stage.somebody("b@b.kr").await);
    let operator = stage.operator().await;
    let asked = key();
    let made = stage.claim(&applicant, hospital, &asked).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!((&made.json["state"], &made.json["about"]), (&json!("open"), &json!(ABOUT)));
    assert_eq!(stage.claim(&applicant, hospital, &asked).await.text, made.text, "done once");
    refused(&stage.claim(&applicant, hospital, &key()).await, 409, "STATE_CONFLICT");
    // What the applicant says is for the operators, and lies sealed.
    let plain = "SELECT COUNT(*) FROM hospital_claim WHERE sealed LIKE '%12345%'";
    assert_eq!(stage.world.count(plain).await, 0);
    let path = format!("/v1/claims/{}", made.json["id"].as_str().expect("an id"));
    for (who, status) in [(&applicant, 200), (&operator, 200), (&other, 404)] {
        assert_eq!(stage.get_as(who, &path).await.status, status);
    }
    let listed = stage.get_as(&operator, "/v1/claims").await;
    assert_eq!(listed.json["items"][0]["id"], made.json["id"], "{}", listed.text);
    assert_eq!(listed.json["items"][0]["email"], "a@clinic.kr");
    assert!(!listed.text.contains("12345"), "{}", listed.text);
    refused(&stage.get_as(&applicant, "/v1/claims").await, 404, "NOT_FOUND");
    let members = format!("/v1/hospitals/{hospital}/members");
    refused(&stage.get_as(&applicant, &members).await, 404, "NOT_FOUND");
    for stranger in [&applicant, &other] {
        let tried = stage.of_claim(stranger, &made.json, "accept", &json!({})).await;
        refused(&tried, 404, "NOT_FOUND");
    }
    let accepted = stage.of_claim(&operator, &made.json, "accept", &json!({})).await;
    assert_eq!((accepted.status, &accepted.json["state"]), (200, &json!("accepted")));
    let again = stage.of_claim(&operator, &made.json, "refuse", &json!({"reason": "late"})).await;
    refused(&again, 409, "STATE_CONFLICT");
    let mails = stage.mails.to("a@clinic.kr", 1).await;
    assert!(mails[0].text.contains("시험의원") && mails[0].text.contains("원장"), "{mails:?}");
    let own = stage.get_as(&applicant, ACCOUNT).await;
    assert_eq!(own.json["memberships"][0]["role"], "director", "{}", own.text);
    assert_eq!(stage.get_as(&applicant, &members).await.status, 200);
    let (path, body) = (format!("/v1/hospitals/{hospital}/claims"), json!({"about": "또 나"}));
    let twice = stage.post_as(&applicant, &path, &key(), &body).await;
    refused(&twice, 409, "STATE_CONFLICT");
    let changes = stage.get_as(&applicant, &members.replace("members", "membership-changes")).await;
    let change = &changes.json["items"][0];
    assert_eq!((&change["cause"], &change["role_after"]), (&json!("claim"), &json!("director")));
    assert_eq!(change["actor"], json!(operator.account), "{}", changes.text);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_is_refused_with_a_reason_and_may_be_made_again() {
    let stage = Stage::new().await;
    let hospital = stage.world.hospital("Asia/Seoul").await;
    let (applicant, operator) = (stage.somebody("a@clinic.kr").await, stage.operator().await);
    let first = stage.claim(&applicant, hospital, &key()).await.json;
    refused(&stage.of_claim(&operator, &first, "refuse", &json!({})).await, 400, "MALFORMED");
    let empty = stage.of_claim(&operator, &first, "refuse", &json!({"reason": " "})).await;
    refused(&empty, 422, "INVALID");
    let body = json!({"reason": "면허를 확인할 수 없습니다"});
    let refusal = stage.of_claim(&operator, &first, "refuse", &body).await;
    assert_eq!((refusal.status, &refusal.json["state"]), (200, &json!("refused")));
    let mails = stage.mails.to("a@clinic.kr", 1).await;
    assert!(mails[0].text.contains("면허를 확인할 수 없습니다"), "{mails:?}");
    let second = stage.claim(&applicant, hospital, &key()).await;
    assert_eq!(second.status, 201, "{}", second.text);
    let own = stage.get_as(&applicant, "/v1/account/claims?limit=1").await.json;
    assert_eq!(own["items"][0]["id"], second.json["id"], "newest first");
    let cursor = own["next_cursor"].as_str().expect("another page");
    let own = stage.get_as(&applicant, &format!("/v1/account/claims?cursor={cursor}")).await.json;
    assert_eq!((&own["items"][0]["reason"], &own["next_cursor"]), (&body["reason"], &Value::Null));
    refused(
        &stage.of_claim(&operator, &second.json, "withdraw", &json!({})).await,
        404,
        "NOT_FOUND",
    );
    let gone = stage.of_claim(&applicant, &second.json, "withdraw", &json!({})).await;
    assert_eq!((gone.status, &gone.json["state"]), (200, &json!("withdrawn")));
    let again = stage.of_claim(&applicant, &second.json, "withdraw", &json!({})).await;
    refused(&again, 409, "STATE_CONFLICT");
    let late = stage.of_claim(&operator, &second.json, "accept", &json!({})).await;
    refused(&late, 409, "STATE_CONFLICT");
    let states = stage.get_as(&operator, "/v1/claims?state=withdrawn").await.json;
    assert_eq!(states["items"].as_array().map(Vec::len), Some(1), "{states}");
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM membership").await, 0);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_are_bounded() {
    let stage = Stage::new().await;
    let applicant = stage.somebody("a@clinic.kr").await;
    let mut last = HospitalId::generate();
    refused(&stage.claim(&applicant, last, &key()).await, 404, "NOT_FOUND");
    for number in 0..6 {
        last = stage.world.hospital("Asia/Seoul").await;
        let made = stage.claim(&applicant, last, &key()).await;
        match number {
            0..5 => assert_eq!(made.status, 201, "{}", made.text),
            _ => refused(&made, 409, "LIMIT_REACHED"),
        }
    }
    let without = stage.world.patient().await;
    let path = format!("/v1/hospitals/{last}/claims");
    let body = json!({"about": ABOUT});
    let tried = stage.world.post(&stage.ingress, &without, &path, &key(), &body).await;
    refused(&tried, 403, "FORBIDDEN");
    let long = json!({"about": "가".repeat(1_001)});
    refused(&stage.post_as(&applicant, &path, &key(), &long).await, 422, "INVALID");
    stage.world.finish().await;
}

/// Two operators at the same time: one decides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_decisions_one_holds() {
    let stage = Stage::new().await;
    let (applicant, operator) = (stage.somebody("a@clinic.kr").await, stage.operator().await);
    for _ in 0..5 {
        let hospital = stage.world.hospital("Asia/Seoul").await;
        let made = stage.claim(&applicant, hospital, &key()).await.json;
        let body = json!({"reason": "확인했습니다"});
        let (accepted, refusal) = tokio::join!(
            stage.of_claim(&operator, &made, "accept", &body),
            stage.of_claim(&operator, &made, "refuse", &body)
        );
        let mut statuses = [accepted.status, refusal.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", accepted.text, refusal.text);
        let role = stage.get_as(&applicant, ACCOUNT).await.json["memberships"].to_string();
        assert_eq!(role.contains(&hospital.to_string()), accepted.status == 200);
    }
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_is_made_and_unmade_by_the_command_line() {
    let stage = Stage::new().await;
    let somebody = stage.somebody("a@docde.kr").await;
    let listed = async || stage.get_as(&somebody, "/v1/claims").await.status;
    assert_eq!(listed().await, 404);
    assert!(!stage.operates("nobody@docde.kr", false).await, "no such account");
    assert!(!stage.operates("not an address", false).await);
    for _ in 0..2 {
        assert!(stage.operates(" A@DocDe.kr", false).await);
        assert_eq!(listed().await, 200);
    }
    assert_eq!(stage.get_as(&somebody, ACCOUNT).await.json["operator"], true);
    assert!(stage.operates("a@docde.kr", true).await);
    assert_eq!(listed().await, 404);
    let changes = "SELECT COUNT(*) FROM membership_change WHERE cause = 'command_line' AND hospital_id IS NULL
         AND reason = 'by a test' AND 'operator' IN (role_before, role_after)";
    assert_eq!(stage.world.count(changes).await, 2, "what changed nothing has no row");
    stage.world.finish().await;
}
