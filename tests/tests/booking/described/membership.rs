//! Answers about memberships.

use docde_tests::api::key;
use docde_tests::{Answer, Mails, Patient};
use serde_json::{Value, json};

use super::Description;
use crate::stage::Stage;

/// What is held against the description.
pub const HELD: [&str; 24] = [
    "GET /v1/account/claims 200",
    "GET /v1/claims 200",
    "GET /v1/claims 404",
    "GET /v1/claims/{id} 200",
    "GET /v1/hospitals/{id}/access-log 200",
    "GET /v1/hospitals/{id}/access-log 400",
    "GET /v1/hospitals/{id}/invitations 200",
    "GET /v1/hospitals/{id}/members 200",
    "GET /v1/hospitals/{id}/membership-changes 200",
    "POST /v1/claims/{id}/accept 200",
    "POST /v1/claims/{id}/refuse 200",
    "POST /v1/claims/{id}/refuse 409",
    "POST /v1/claims/{id}/withdraw 200",
    "POST /v1/hospitals/{id}/claims 201",
    "POST /v1/hospitals/{id}/claims 409",
    "POST /v1/hospitals/{id}/invitations 201",
    "POST /v1/hospitals/{id}/invitations 422",
    "POST /v1/hospitals/{id}/invitations/{invitation}/withdraw 200",
    "POST /v1/hospitals/{id}/leave 200",
    "POST /v1/hospitals/{id}/leave 409",
    "POST /v1/hospitals/{id}/members/{account}/remove 200",
    "POST /v1/hospitals/{id}/members/{account}/remove 404",
    "POST /v1/invitations/accept 200",
    "POST /v1/invitations/accept 422",
];

/// Holds them: `boss` becomes a director, `clerk` works there.
pub async fn hold(api: &mut Description, stage: &Stage, mails: &Mails, patient: &Patient) {
    let (boss, clerk, operator) =
        (stage.patient().await, stage.patient().await, stage.patient().await);
    for (who, email) in [(&boss, "boss@b.kr"), (&clerk, "clerk@b.kr"), (&operator, "op@b.kr")] {
        sqlx::query("UPDATE account SET email = ?, operator = ?, name = '김철수' WHERE id = ?")
            .bind(email)
            .bind(email == "op@b.kr")
            .bind(who.account.uuid())
            .execute(&stage.world.pool)
            .await
            .expect("an address");
    }
    let nobody = async || {
        sqlx::query("DELETE FROM membership").execute(&stage.world.pool).await.expect("nobody");
    };
    // So far others work at the stage's hospital.
    nobody().await;
    hold_claims(api, stage, &boss, &operator).await;
    api.hold("GET /v1/claims", &stage.get(patient, "/v1/claims").await);
    let hospital = format!("/v1/hospitals/{}", stage.doctor.hospital);
    hold_invitations(api, stage, mails, (&boss, &clerk)).await;
    let read = "INSERT INTO access_log (at, actor, hospital_id, patient_id, subject_id, route) VALUES (NOW(3), ?, ?, ?, ?, 'GET')";
    let row = sqlx::query(read).bind(clerk.account.uuid()).bind(stage.doctor.hospital.uuid());
    let row = row.bind(patient.id.uuid()).bind(patient.id.uuid());
    row.execute(&stage.world.pool).await.expect("a read");
    for (page, query) in [
        ("members", ""),
        ("invitations", ""),
        ("membership-changes", ""),
        ("access-log", ""),
        ("access-log", "?from=now"),
    ] {
        let answer = stage.get(&boss, &format!("{hospital}/{page}{query}")).await;
        api.hold(&format!("GET /v1/hospitals/{{id}}/{page}"), &answer);
    }
    let path = format!("{hospital}/leave");
    let post =
        async |who: &Patient, path: &str, body: Value| stage.post(who, path, &key(), &body).await;
    api.hold("POST /v1/hospitals/{id}/leave", &post(&boss, &path, json!({})).await);
    stage.world.employ(&clerk, stage.doctor.hospital, "doctor").await;
    let remove = format!("{hospital}/members/{}/remove", clerk.account);
    for _ in 0..2 {
        let removed = post(&boss, &remove, json!({"reason": "계약이 끝났습니다"})).await;
        api.hold("POST /v1/hospitals/{id}/members/{account}/remove", &removed);
    }
    stage.world.employ(&clerk, stage.doctor.hospital, "director").await;
    api.hold("POST /v1/hospitals/{id}/leave", &post(&boss, &path, json!({})).await);
    nobody().await;
}

async fn hold_claims(api: &mut Description, stage: &Stage, boss: &Patient, operator: &Patient) {
    const CLAIM: &str = "POST /v1/hospitals/{id}/claims";
    let path = format!("/v1/hospitals/{}/claims", stage.doctor.hospital);
    let body = json!({"about": "원장 홍길동"});
    let id = |answer: &Answer| answer.json["id"].as_str().expect("an id").to_owned();
    let decide = async |who: &Patient, claim: &str, what: &str, body: Value| {
        stage.post(who, &format!("/v1/claims/{claim}/{what}"), &key(), &body).await
    };
    let withdrawn = stage.post(boss, &path, &key(), &body).await;
    api.hold(CLAIM, &withdrawn);
    api.hold(CLAIM, &stage.post(boss, &path, &key(), &body).await);
    let gone = decide(boss, &id(&withdrawn), "withdraw", json!({})).await;
    api.hold("POST /v1/claims/{id}/withdraw", &gone);
    let refused = stage.post(boss, &path, &key(), &body).await;
    for _ in 0..2 {
        let answer = decide(operator, &id(&refused), "refuse", json!({"reason": "아닙니다"})).await;
        api.hold("POST /v1/claims/{id}/refuse", &answer);
    }
    let accepted = stage.post(boss, &path, &key(), &body).await;
    api.hold("GET /v1/claims", &stage.get(operator, "/v1/claims").await);
    let path = format!("/v1/claims/{}", id(&accepted));
    api.hold("GET /v1/claims/{id}", &stage.get(operator, &path).await);
    let answer = decide(operator, &id(&accepted), "accept", json!({})).await;
    api.hold("POST /v1/claims/{id}/accept", &answer);
    api.hold("GET /v1/account/claims", &stage.get(boss, "/v1/account/claims").await);
}

async fn hold_invitations(
    api: &mut Description,
    stage: &Stage,
    mails: &Mails,
    (boss, clerk): (&Patient, &Patient),
) {
    const INVITE: &str = "POST /v1/hospitals/{id}/invitations";
    let path = format!("/v1/hospitals/{}/invitations", stage.doctor.hospital);
    let post =
        async |who: &Patient, path: &str, body: Value| stage.post(who, path, &key(), &body).await;
    for email in ["nobody", "other@b.kr", "clerk@b.kr"] {
        let sent = post(boss, &path, json!({"email": email, "role": "receptionist"})).await;
        api.hold(INVITE, &sent);
        if email == "other@b.kr" {
            let one = format!("{path}/{}/withdraw", sent.json["id"].as_str().expect("an id"));
            let operation = format!("{INVITE}/{{invitation}}/withdraw");
            api.hold(&operation, &post(boss, &one, json!({})).await);
        }
    }
    let mail = mails.to("clerk@b.kr", 1).await.remove(0);
    let code = mail.text.lines().find_map(|line| line.strip_prefix("Your code: "));
    for code in ["none", code.expect("a code")] {
        let joined = post(clerk, "/v1/invitations/accept", json!({"code": code})).await;
        api.hold("POST /v1/invitations/accept", &joined);
    }
    post(boss, &path, json!({"email": "third@b.kr", "role": "doctor"})).await;
}
