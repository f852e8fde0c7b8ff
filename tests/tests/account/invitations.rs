//! Invitations to work at a hospital: sent by its director, opened by the code of the mail.

use chrono::TimeDelta;
use docde_tests::Answer;
use docde_tests::api::key;
use docde_tests::mails::Mail;
use domain::ids::HospitalId;
use serde_json::{Value, json};

use crate::stage::{ACCOUNT, Signed, Stage, refused};

impl Stage {
    /// A hospital and its director.
    pub async fn directed(&self) -> (HospitalId, Signed) {
        let hospital = self.world.hospital("Asia/Seoul").await;
        let email = format!("director-{hospital}@clinic.kr");
        (hospital, self.employee(&email, hospital, "director").await)
    }

    async fn invite(&self, by: &Signed, hospital: HospitalId, body: &Value) -> Answer {
        let path = format!("/v1/hospitals/{hospital}/invitations");
        self.post_as(by, &path, &key(), body).await
    }

    async fn join(&self, who: &Signed, code: &str) -> Answer {
        self.post_as(who, ACCEPT, &key(), &json!({"code": code})).await
    }

    /// The code of the mail of that number to the address.
    async fn invited(&self, email: &str, number: usize) -> String {
        code(&self.mails.to(email, number).await[number - 1])
    }
}

const ACCEPT: &str = "/v1/invitations/accept";

/// In an invitation.
fn code(mail: &Mail) -> String {
    let line = mail.text.lines().find_map(|line| line.strip_prefix("Your code: "));
    line.expect("a code in the mail").to_owned()
}

fn clerk(email: &str) -> Value {
    json!({"email": email, "role": "receptionist"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_accepted_by_the_account_of_its_address_once() {
    let stage = Stage::new().await;
    let doctor = stage.world.doctor().await;
    let (hospital, email) = (doctor.hospital, "doctor@clinic.kr");
    let director = stage.employee("director@clinic.kr", hospital, "director").await;
    let (invited, other) = (stage.somebody(email).await, stage.somebody("o@clinic.kr").await);
    let body = json!({"email": " Doctor@Clinic.kr", "role": "doctor", "doctor_id": doctor.id});
    let sent = stage.invite(&director, hospital, &body).await;
    assert_eq!((sent.status, &sent.json["email"]), (201, &json!(email)), "{}", sent.text);
    let listed = format!("/v1/hospitals/{hospital}/invitations");
    let open = stage.get_as(&director, &listed).await;
    assert_eq!(open.json["items"][0]["id"], sent.json["id"], "{}", open.text);
    let code = stage.invited(email, 1).await;
    assert!(!open.text.contains(&code) && !sent.text.contains(&code), "the mail alone has it");
    let desk = format!("/v1/hospitals/{hospital}/arrival-code");
    refused(&stage.get_as(&invited, &desk).await, 404, "NOT_FOUND");
    refused(&stage.join(&other, &code).await, 403, "FORBIDDEN");
    refused(&stage.join(&invited, "a code of nobody").await, 422, "CODE_WRONG");
    let (asked, body) = (key(), json!({"code": format!(" {code}\n")}));
    let joined = stage.post_as(&invited, ACCEPT, &asked, &body).await;
    assert_eq!((joined.status, &joined.json["role"]), (200, &json!("doctor")), "{}", joined.text);
    assert_eq!(joined.json["doctor_id"], json!(doctor.id), "{}", joined.text);
    let again = stage.post_as(&invited, ACCEPT, &asked, &body).await;
    assert_eq!((again.status, &again.text), (200, &joined.text), "a retry");
    refused(&stage.join(&invited, &code).await, 422, "CODE_WRONG");
    assert_eq!(stage.get_as(&invited, &desk).await.status, 200, "at once");
    let own = stage.get_as(&invited, ACCOUNT).await;
    assert_eq!(own.json["memberships"][0]["role"], "doctor", "{}", own.text);
    assert_eq!(stage.get_as(&director, &listed).await.json["items"], json!([]));
    // Who works there is not invited again in the same role, nor somebody else as the same doctor.
    for email in [email, "o@clinic.kr"] {
        let body = json!({"email": email, "role": "doctor", "doctor_id": doctor.id});
        refused(&stage.invite(&director, hospital, &body).await, 409, "STATE_CONFLICT");
    }
    let more = stage.invite(&director, hospital, &clerk(email)).await;
    assert_eq!(more.status, 201, "another role: {}", more.text);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_ends_by_time_by_withdrawal_and_by_the_next_one() {
    let stage = Stage::new().await;
    let (hospital, director) = stage.directed().await;
    let email = "clerk@clinic.kr";
    let invited = stage.somebody(email).await;
    let send = async || stage.invite(&director, hospital, &clerk(email)).await;
    let first = send().await;
    let first_code = stage.invited(email, 1).await;
    let withdraw = async |invitation: &Value| {
        let id = invitation["id"].as_str().expect("an id");
        let path = format!("/v1/hospitals/{hospital}/invitations/{id}/withdraw");
        stage.post_as(&director, &path, &key(), &json!({})).await
    };
    let second = send().await;
    let second_code = stage.invited(email, 2).await;
    refused(&stage.join(&invited, &first_code).await, 422, "CODE_WRONG");
    refused(&withdraw(&first.json).await, 409, "STATE_CONFLICT");
    let withdrawn = withdraw(&second.json).await;
    assert_eq!((withdrawn.status, &withdrawn.json["state"]), (200, &json!("withdrawn")));
    refused(&stage.join(&invited, &second_code).await, 422, "CODE_WRONG");
    refused(&withdraw(&second.json).await, 409, "STATE_CONFLICT");
    refused(&withdraw(&json!({"id": key()})).await, 404, "NOT_FOUND");
    let third = send().await;
    assert_eq!(third.status, 201, "{}", third.text);
    let third_code = stage.invited(email, 3).await;
    stage.world.clock.advance(TimeDelta::days(7));
    refused(&stage.join(&invited, &third_code).await, 422, "CODE_WRONG");
    let listed = stage.get_as(&director, &format!("/v1/hospitals/{hospital}/invitations")).await;
    assert_eq!(listed.json["items"], json!([]), "{}", listed.text);
    assert_eq!(send().await.status, 201, "again");
    let last_code = stage.invited(email, 4).await;
    stage.world.clock.advance(TimeDelta::days(6));
    assert_eq!(stage.join(&invited, &last_code).await.status, 200);
    stage.world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invitations_are_bounded() {
    let stage = Stage::new().await;
    let (hospital, director) = stage.directed().await;
    for number in 0..6 {
        let sent = stage.invite(&director, hospital, &clerk("one@clinic.kr")).await;
        match number {
            0..5 => assert_eq!(sent.status, 201, "{}", sent.text),
            _ => refused(&sent, 409, "LIMIT_REACHED"),
        }
    }
    for number in 1..=50 {
        let email = format!("p{number}@clinic.kr");
        let sent = stage.invite(&director, hospital, &clerk(&email)).await;
        match number {
            1..50 => assert_eq!(sent.status, 201, "{number}: {}", sent.text),
            _ => refused(&sent, 409, "LIMIT_REACHED"),
        }
    }
    let replaced = stage.invite(&director, hospital, &clerk("p7@clinic.kr")).await;
    assert_eq!(replaced.status, 201, "in place of the one before: {}", replaced.text);
    let first = stage.get_as(&director, &format!("/v1/hospitals/{hospital}/invitations")).await;
    let cursor = first.json["next_cursor"].as_str().expect("another page");
    let path = format!("/v1/hospitals/{hospital}/invitations?limit=100&cursor={cursor}");
    let rest = stage.get_as(&director, &path).await;
    assert_eq!(rest.json["items"].as_array().map(Vec::len), Some(30), "50 in all");
    stage.world.finish_unaudited("mails are on their way").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_director_of_the_hospital_invites_and_only_its_doctors() {
    let stage = Stage::new().await;
    let (hospital, director) = stage.directed().await;
    let (elsewhere, foreign) = stage.directed().await;
    let clerk_there = stage.employee("c@clinic.kr", hospital, "receptionist").await;
    let body = clerk("new@clinic.kr");
    refused(&stage.invite(&clerk_there, hospital, &body).await, 403, "FORBIDDEN");
    refused(&stage.invite(&foreign, hospital, &body).await, 404, "NOT_FOUND");
    refused(&stage.invite(&director, elsewhere, &body).await, 404, "NOT_FOUND");
    let doctor = stage.world.doctor().await;
    let of_another = json!({"email": "d@d.kr", "role": "doctor", "doctor_id": doctor.id});
    let tried = stage.invite(&director, hospital, &of_another).await;
    refused(&tried, 404, "NOT_FOUND");
    assert_eq!(tried.json["field"], "doctor_id");
    let director_too = json!({"email": "d@d.kr", "role": "director"});
    refused(&stage.invite(&director, hospital, &director_too).await, 400, "MALFORMED");
    let desk = json!({"email": "d@d.kr", "role": "receptionist", "doctor_id": doctor.id});
    refused(&stage.invite(&director, hospital, &desk).await, 422, "INVALID");
    assert_eq!(stage.world.count("SELECT COUNT(*) FROM invitation").await, 0);
    stage.world.finish().await;
}
