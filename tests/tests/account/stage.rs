//! A world with an ingress and a mail server, and the calls that the tests here make most.

use docde_tests::api::key;
use docde_tests::world::Service;
use docde_tests::{Answer, Doctor, Mails, Patient, World};
use domain::ids::{AccountId, HospitalId, PatientId};
use platform::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

pub const PASSWORD: &str = "비밀번호는여덟자";

pub struct Stage {
    pub world: World,
    pub ingress: Service,
    pub mails: Mails,
}

/// What a sign-in gave.
#[derive(Clone, Debug)]
pub struct Signed {
    pub account: Uuid,
    pub access: String,
    pub refresh: String,
}

impl Signed {
    #[track_caller]
    pub fn of(tokens: &Value) -> Self {
        let text = |name: &str| tokens[name].as_str().unwrap_or_else(|| panic!("{name}: {tokens}"));
        Self {
            account: text("account_id").parse().expect("an id"),
            access: text("access_token").to_owned(),
            refresh: text("refresh_token").to_owned(),
        }
    }

    /// As the tests' other calls take somebody who is signed in.
    pub fn patient(&self) -> Patient {
        Patient {
            account: AccountId::from_uuid(self.account),
            id: PatientId::from_uuid(Uuid::nil()),
            token: self.access.clone(),
        }
    }
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// The same with further settings.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let clock =
            Clock::starting(domain::time::parse("2026-11-23T10:00:00+09:00").expect("a time"), 1.0);
        let mut world = World::at(clock).await;
        let mails = Mails::start().await;
        mails.receive_of(&mut world);
        world.set("DOCDE_TRUST_FORWARDED", "true");
        for (name, value) in settings {
            world.set(name, value);
        }
        let ingress = world.ingress().await;
        Self { world, ingress, mails }
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        self.call_at(&self.ingress, method, path, token, headers, body).await
    }

    pub async fn call_at(
        &self,
        at: &Service,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.world.http.request(method, format!("http://{}{path}", at.address));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, json }
    }

    /// Before sign-in.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        let headers = [("idempotency-key", key)];
        self.call(Method::POST, path, None, &headers, Some(body)).await
    }

    /// As somebody who is signed in.
    pub async fn post_as(&self, who: &Signed, path: &str, key: &str, body: &Value) -> Answer {
        let headers = [("idempotency-key", key)];
        self.call(Method::POST, path, Some(&who.access), &headers, Some(body)).await
    }

    /// Any other call of somebody who is signed in.
    pub async fn send_as(
        &self,
        who: &Signed,
        method: Method,
        path: &str,
        key: &str,
        body: Option<&Value>,
    ) -> Answer {
        let headers = [("idempotency-key", key), ("prefer", "wait=30")];
        self.call(method, path, Some(&who.access), &headers, body).await
    }

    /// Books a first visit at ten two days from now, for somebody of the family or the holder; the answer is the outcome.
    pub async fn book(
        &self,
        who: &Signed,
        doctor: &Doctor,
        at: &str,
        patient: Option<&str>,
    ) -> Answer {
        let starts_at = doctor.on(&self.world, 2, at).to_rfc3339();
        let mut body = json!({"doctor_id": doctor.id, "starts_at": starts_at, "visit": "first",
            "reason": "기침", "phone": "010-1234-5678"});
        if let Some(patient) = patient {
            body["patient_id"] = json!(patient);
        }
        self.send_as(who, Method::POST, "/v1/bookings", &key(), Some(&body)).await
    }

    /// Adds somebody to the family; the answer.
    pub async fn add(&self, who: &Signed, name: &str, born: &str) -> Answer {
        let body = json!({"name": name, "birth_date": born});
        self.post_as(who, PATIENTS, &key(), &body).await
    }

    /// The same, who must be there afterwards; the id.
    pub async fn child(&self, who: &Signed, born: &str) -> String {
        let added = self.add(who, "홍아이", born).await;
        assert_eq!(added.status, 201, "{}", added.text);
        id_of(&added.json)
    }

    pub async fn get_as(&self, who: &Signed, path: &str) -> Answer {
        self.call(Method::GET, path, Some(&who.access), &[], None).await
    }

    /// Asks for a code and reads it in the mail.
    pub async fn code(&self, email: &str, what: &str) -> String {
        let before = self.mails.to(email, 0).await.len();
        let sent = self.post(CODES, &key(), &json!({"email": email, "for": what})).await;
        assert_eq!(sent.status, 202, "{}", sent.text);
        self.mails.to(email, before + 1).await[before].code()
    }

    /// An account that is signed in.
    pub async fn account(&self, email: &str) -> Signed {
        let code = self.code(email, "sign_up").await;
        let made = self.post(SIGN_UP, &key(), &sign_up(email, &code)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        Signed::of(&made.json["session"])
    }

    /// Somebody who is signed in, with an account of that address that no mail was needed for.
    pub async fn somebody(&self, email: &str) -> Signed {
        let made = self.world.patient().await;
        sqlx::query("UPDATE account SET email = ?, name = '김직원' WHERE id = ?")
            .bind(email)
            .bind(made.account.uuid())
            .execute(&self.world.pool)
            .await
            .expect("an address");
        let (access, refresh) = (made.token, String::new());
        Signed { account: made.account.uuid(), access, refresh }
    }

    /// The same, who works at the hospital.
    pub async fn employee(&self, email: &str, hospital: HospitalId, role: &str) -> Signed {
        let made = self.somebody(email).await;
        self.world.employ(&made.patient(), hospital, role).await;
        made
    }

    /// The command line makes the account of that address an operator of the platform, or takes that back.
    pub async fn operates(&self, email: &str, remove: bool) -> bool {
        let context = cli::Context { env: self.world.env(), clock: self.world.clock.clone() };
        let (email, by) = (email.to_owned(), Some("a test".to_owned()));
        let wanted = cli::args::Operator { email, remove, by };
        cli::operator::run(&context, &wanted, &mut Vec::new()).await.is_ok()
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.post(SIGN_IN, &key(), &json!({"email": email, "password": password})).await
    }

    pub async fn refresh(&self, token: &str, key: &str) -> Answer {
        self.post("/v1/account/refresh", key, &json!({"refresh_token": token})).await
    }
}

pub const CODES: &str = "/v1/account/email-codes";
pub const SIGN_UP: &str = "/v1/account/sign-up";
pub const SIGN_IN: &str = "/v1/account/sign-in";
pub const ACCOUNT: &str = "/v1/account";
pub const PATIENTS: &str = "/v1/patients";

#[track_caller]
pub fn id_of(thing: &Value) -> String {
    thing["id"].as_str().unwrap_or_else(|| panic!("no id in {thing}")).to_owned()
}

/// What a patient signs up with.
pub fn sign_up(email: &str, code: &str) -> Value {
    let consent = |kind: &str| json!({"kind": kind, "version": 1});
    json!({
        "email": email, "code": code, "password": PASSWORD, "name": "홍길동", "as": "patient",
        "birth_date": "1990-01-01", "phone": "010-1234-5678",
        "consents": [consent("terms"), consent("privacy"), consent("sensitive")],
    })
}

/// The answer is a problem of that status and code.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}
