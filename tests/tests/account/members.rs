//! Those who work at a hospital: seen and removed by its director, or leaving; never the last director.

use docde_tests::Answer;
use docde_tests::api::key;
use domain::ids::HospitalId;
use serde_json::{Value, json};

use crate::stage::{Signed, Stage, refused};

impl Stage {
    async fn remove(&self, by: &Signed, hospital: HospitalId, who: &Signed, key: &str) -> Answer {
        let path = format!("/v1/hospitals/{hospital}/members/{}/remove", who.account);
        self.post_as(by, &path, key, &json!({"reason": "계약이 끝났습니다"})).await
    }

    async fn leave(&self, who: &Signed, hospital: HospitalId) -> Answer {
        self.post_as(who, &format!("/v1/hospitals/{hospital}/leave"), &key(), &json!({})).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_finds_nothing_there_at_once_on_every_replica() {
    let stage = Stage::new().await;
    let (hospital, director) = stage.directed().await;
    let second = stage.world.ingress().await;
    let clerk = stage.employee("clerk@clinic.kr", hospital, "receptionist").await;
    stage.world.employ(&clerk.patient(), hospital, "doctor").await;
    let desk = format!("/v1/hospitals/{hospital}/arrival-code");
    let at_the_desk = async || {
        let here = stage.get_as(&clerk, &desk).await.status;
        (here, stage.world.get(&second, &clerk.patient(), &desk).await.status)
    };
    assert_eq!(at_the_desk().await, (200, 200));
    refused(&stage.remove(&clerk, hospital, &director, &key()).await, 403, "FORBIDDEN");
    let (elsewhere, foreign) = stage.directed().await;
    refused(&stage.remove(&foreign, hospital, &clerk, &key()).await, 404, "NOT_FOUND");
    refused(&stage.remove(&foreign, elsewhere, &clerk, &key()).await, 404, "NOT_FOUND");
    let asked = key();
    let gone = stage.remove(&director, hospital, &clerk, &asked).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    assert_eq!(gone.json["roles"], json!(["receptionist", "doctor"]), "{}", gone.text);
    assert_eq!(at_the_desk().await, (404, 404));
    let again = stage.remove(&director, hospital, &clerk, &asked).await;
    assert_eq!((again.status, &again.text), (200, &gone.text), "a retry");
    refused(&stage.remove(&director, hospital, &clerk, &key()).await, 404, "NOT_FOUND");
    let mails = stage.mails.to("clerk@clinic.kr", 1).await;
    assert!(mails[0].text.contains("해제"), "{mails:?}");
    let path = format!("/v1/hospitals/{hospital}/membership-changes");
    let newest = stage.get_as(&director, &format!("{path}?limit=1")).await.json;
    let change = &newest["items"][0];
    assert_eq!((&change["cause"], &change["role_before"]), (&json!("removed"), &json!("doctor")));
    assert_eq!(
        (&change["reason"], &change["role_after"]),
        (&json!("계약이 끝났습니다"), &Value::Null)
    );
    assert_eq!(
        (&change["actor"], &change["account_id"]),
        (&json!(director.account), &json!(clerk.account))
    );
    let cursor = newest["next_cursor"].as_str().expect("another page");
    let rest = stage.get_as(&director, &format!("{path}?cursor={cursor}")).await.json;
    assert_eq!(rest["items"][0]["role_before"], "receptionist", "{rest}");
    assert_eq!(
        (rest["items"].as_array().map(Vec::len), &rest["next_cursor"]),
        (Some(1), &Value::Null)
    );
    refused(&stage.get_as(&clerk, &path).await, 404, "NOT_FOUND");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_director_pages_through_those_who_work_there() {
    let stage = Stage::new().await;
    let (hospital, director) = stage.directed().await;
    let clerk = stage.employee("clerk@clinic.kr", hospital, "receptionist").await;
    stage.world.employ(&director.patient(), hospital, "doctor").await;
    let path = format!("/v1/hospitals/{hospital}/members");
    let first = stage.get_as(&director, &format!("{path}?limit=1")).await.json;
    let roles: Vec<_> = first["items"][0]["roles"].as_array().expect("roles").iter().collect();
    assert_eq!(first["items"][0]["account_id"], json!(director.account), "the older account");
    assert_eq!((&roles[0]["role"], &roles[1]["role"]), (&json!("doctor"), &json!("director")));
    let cursor = first["next_cursor"].as_str().expect("another page");
    let rest = stage.get_as(&director, &format!("{path}?limit=1&cursor={cursor}")).await.json;
    let shown = ["email", "name"].map(|member| rest["items"][0][member].clone());
    assert_eq!(shown, ["clerk@clinic.kr", "김직원"], "{rest}");
    assert_eq!(rest["next_cursor"], Value::Null);
    refused(&stage.get_as(&clerk, &path).await, 403, "FORBIDDEN");
    refused(&stage.get_as(&director, &format!("{path}?limit=101")).await, 400, "MALFORMED");
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_director_neither_leaves_nor_is_removed() {
    let stage = Stage::new().await;
    let (hospital, director) = stage.directed().await;
    refused(&stage.leave(&director, hospital).await, 409, "LAST_DIRECTOR");
    refused(&stage.remove(&director, hospital, &director, &key()).await, 409, "LAST_DIRECTOR");
    let clerk = stage.employee("clerk@clinic.kr", hospital, "receptionist").await;
    let left = stage.leave(&clerk, hospital).await;
    assert_eq!((left.status, &left.json["roles"]), (200, &json!(["receptionist"])));
    refused(&stage.leave(&clerk, hospital).await, 404, "NOT_FOUND");
    let other = stage.employee("second@clinic.kr", hospital, "director").await;
    assert_eq!(stage.leave(&director, hospital).await.status, 200);
    refused(&stage.leave(&other, hospital).await, 409, "LAST_DIRECTOR");
    // Of two who go at once, one stays; and who is removed meanwhile removes nobody any more.
    for round in 0..5 {
        let hospital = stage.world.hospital("Asia/Seoul").await;
        let email = |who: &str| format!("{who}{round}@clinic.kr");
        let one = stage.employee(&email("one"), hospital, "director").await;
        let two = stage.employee(&email("two"), hospital, "director").await;
        let (key_of_one, key_of_two) = (key(), key());
        let (a, b) = if round % 2 == 0 {
            tokio::join!(stage.leave(&one, hospital), stage.leave(&two, hospital))
        } else {
            tokio::join!(
                stage.remove(&one, hospital, &two, &key_of_one),
                stage.remove(&two, hospital, &one, &key_of_two)
            )
        };
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        let other = if round % 2 == 0 { 409 } else { 404 };
        assert_eq!(statuses, [200, other], "{} {}", a.text, b.text);
    }
    let without = "SELECT COUNT(*) FROM hospital h WHERE NOT EXISTS
         (SELECT 1 FROM membership m WHERE m.hospital_id = h.id AND m.role = 'director')";
    assert_eq!(stage.world.count(without).await, 0);
    stage.world.finish().await;
}
