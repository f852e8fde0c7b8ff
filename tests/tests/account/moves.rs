//! Whoever has grown moves to an account of their own.

use chrono::TimeDelta;
use docde_tests::Answer;
use docde_tests::api::key;
use reqwest::Method;
use serde_json::json;

use crate::stage::{PATIENTS, Signed, Stage, refused};

impl Stage {
    async fn move_code(&self, who: &Signed, patient: &str) -> Answer {
        let path = format!("{PATIENTS}/{patient}/move-code");
        self.post_as(who, &path, &key(), &json!({})).await
    }

    async fn enter(&self, who: &Signed, code: &str) -> Answer {
        self.post_as(who, "/v1/patients/moves", &key(), &json!({"code": code})).await
    }

    async fn count_of(&self, who: &Signed, path: &str) -> Option<usize> {
        self.get_as(who, path).await.json["items"].as_array().map(Vec::len)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_grown_moves_with_all_that_is_booked() {
    let stage = Stage::new().await;
    let _worker = stage.world.worker().await;
    stage.world.owned().await;
    let guardian = stage.account("a@example.kr").await;
    let doctor = stage.world.doctor().await;
    let grown = stage.child(&guardian, "2010-05-05").await;
    let booked = stage.book(&guardian, &doctor, "10:00", Some(&grown)).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let shown = stage.move_code(&guardian, &grown).await;
    assert_eq!((shown.status, &shown.json["expires_in"]), (201, &json!(900)), "{}", shown.text);
    let code = shown.json["code"].as_str().expect("a code").to_owned();
    let own = stage.account("grown@example.kr").await;
    refused(&stage.enter(&own, "0000-0000-0000").await, 422, "CODE_WRONG");
    refused(&stage.enter(&own, "000000").await, 422, "INVALID");
    refused(&stage.enter(&guardian, &code).await, 422, "CODE_WRONG");
    let asked = key();
    let typed = json!({"code": code.to_lowercase().replace('-', " ")});
    let moved = stage.post_as(&own, "/v1/patients/moves", &asked, &typed).await;
    assert_eq!((moved.status, &moved.json["own"]), (200, &json!(true)), "{}", moved.text);
    assert_eq!(moved.json["id"], grown);
    let again = stage.post_as(&own, "/v1/patients/moves", &asked, &typed).await;
    assert_eq!(again.text, moved.text);
    refused(&stage.enter(&own, &code).await, 422, "CODE_WRONG");
    // The person and what is booked are there now, and nowhere else.
    assert_eq!(stage.count_of(&own, PATIENTS).await, Some(1), "sign-up's own person is gone");
    assert_eq!(stage.count_of(&guardian, PATIENTS).await, Some(1));
    assert_eq!(stage.count_of(&own, "/v1/bookings").await, Some(1));
    assert_eq!(stage.count_of(&guardian, "/v1/bookings").await, Some(0));
    let path = format!("/v1/bookings/{}/cancel", booked.booking_id());
    let foreign = stage.send_as(&guardian, Method::POST, &path, &key(), None).await;
    refused(&foreign, 404, "NOT_FOUND");
    let answer = stage.book(&guardian, &doctor, "12:00", Some(&grown)).await;
    refused(&answer, 422, "INVALID");
    // Whoever names nobody books for them.
    let next = stage.book(&own, &stage.world.doctor().await, "12:00", None).await;
    assert_eq!(next.status, 201, "{}", next.text);
    assert_eq!(next.json["outcome"]["booking"]["patient_id"], grown);
    assert_eq!(stage.send_as(&own, Method::POST, &path, &key(), None).await.status, 200);
    stage.world.finish().await;
}

/// An account whose own person has visits keeps them apart; a child does not move; a code is over in fifteen minutes; nobody moves
/// out of a line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_moves_who_should_not_and_two_with_visits_stay_two() {
    let stage = Stage::new().await;
    let _worker = stage.world.worker().await;
    stage.world.owned().await;
    let (guardian, own) =
        (stage.account("a@example.kr").await, stage.account("b@example.kr").await);
    let doctor = stage.world.doctor().await;
    let child = stage.child(&guardian, "2013-05-05").await;
    refused(&stage.move_code(&guardian, &child).await, 422, "GUARDIAN_NEEDED");
    let grown = stage.child(&guardian, "2010-05-05").await;
    let code = |shown: &Answer| shown.json["code"].as_str().expect("a code").to_owned();
    let first = code(&stage.move_code(&guardian, &grown).await);
    let second = code(&stage.move_code(&guardian, &grown).await);
    refused(&stage.enter(&own, &first).await, 422, "CODE_WRONG");
    let body = json!({"doctor_id": doctor.id, "patient_id": grown});
    let ticket =
        stage.send_as(&guardian, Method::POST, "/v1/receptions", &key(), Some(&body)).await;
    assert_eq!(ticket.status, 201, "{}", ticket.text);
    refused(&stage.enter(&own, &second).await, 409, "PATIENT_IN_USE");
    let id = ticket.json["outcome"]["ticket"]["id"].as_str().expect("a ticket").to_owned();
    let path = format!("/v1/receptions/{id}/cancel");
    assert_eq!(stage.send_as(&guardian, Method::POST, &path, &key(), None).await.status, 200);
    stage.world.clock.advance(TimeDelta::minutes(16));
    let own_again = Signed::of(&stage.refresh(&own.refresh, &key()).await.json);
    refused(&stage.enter(&own_again, &second).await, 422, "CODE_WRONG");
    let guardian = Signed::of(&stage.refresh(&guardian.refresh, &key()).await.json);
    let third = code(&stage.move_code(&guardian, &grown).await);
    assert_eq!(stage.book(&own_again, &doctor, "10:00", None).await.status, 201);
    let moved = stage.enter(&own_again, &third).await;
    assert_eq!((moved.status, &moved.json["own"]), (200, &json!(false)), "{}", moved.text);
    assert_eq!(stage.count_of(&own_again, PATIENTS).await, Some(2));
    stage.world.finish().await;
}
