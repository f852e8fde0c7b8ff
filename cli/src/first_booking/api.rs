//! The API as a patient's program uses it.

use chrono::{SecondsFormat, TimeDelta};
use domain::time::{self, Timestamp};
use reqwest::{StatusCode, Url};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

use crate::failure::CliError;

/// How far ahead free times are looked for, in spans of a week.
const WEEKS: i64 = 3;

/// How often a busy API is asked.
const MAX_TRIES: u32 = 10;
/// And how much later.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A doctor as listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doctor {
    pub id: Uuid,
    pub hospital_id: Uuid,
    pub name: String,
}

impl Doctor {
    fn of(item: &Value) -> Option<Self> {
        let name = item["name"].as_str().unwrap_or_default().to_owned();
        Some(Self { id: id_in(item, "id")?, hospital_id: id_in(item, "hospital_id")?, name })
    }
}

/// An open booking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenBooking {
    pub doctor_id: Uuid,
    pub hospital_id: Uuid,
    pub starts_at: Timestamp,
}

impl OpenBooking {
    fn of(item: &Value) -> Option<Self> {
        let starts_at = time::parse(item["starts_at"].as_str()?).ok()?;
        Some(Self {
            doctor_id: id_in(item, "doctor_id")?,
            hospital_id: id_in(item, "hospital_id")?,
            starts_at,
        })
    }
}

fn id_in(item: &Value, member: &str) -> Option<Uuid> {
    item[member].as_str()?.parse().ok()
}

fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page["items"].as_array().into_iter().flatten()
}

/// The API for one account.
pub struct Api {
    base: Url,
    client: reqwest::Client,
    pub token: String,
}

/// What it answered to a command.
#[derive(Clone, Debug)]
pub struct ApiAnswer {
    pub status: StatusCode,
    pub body: Value,
}

impl ApiAnswer {
    /// 201 or 202: the outcome comes over the socket.
    pub fn is_accepted(&self) -> bool {
        self.status.is_success()
    }

    /// Another time may do.
    pub fn is_refusal(&self) -> bool {
        matches!(self.status, StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// The Request's id, in the answer itself or in the problem's member.
    pub fn request_id(&self) -> Option<&str> {
        self.body["request"]["id"].as_str().or_else(|| self.body["id"].as_str())
    }
}

impl Api {
    pub fn new(url: &str, token: String) -> Result<Self, CliError> {
        let base =
            Url::parse(url).map_err(|error| CliError::Usage(format!("--url {url}: {error}")))?;
        let client = reqwest::Client::builder().timeout(Duration::from_secs(40)).build()?;
        Ok(Self { base, client, token })
    }

    fn url(&self, path: &str) -> Result<Url, CliError> {
        self.base
            .join(path)
            .map_err(|error| CliError::Usage(format!("--url {}: {error}", self.base)))
    }

    /// A page. Where the API says that it is too much at once, once more a little later.
    async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, CliError> {
        for _ in 0..MAX_TRIES {
            let request = self.client.get(self.url(path)?).bearer_auth(&self.token).query(query);
            let answer = request.send().await?;
            if answer.status() != StatusCode::TOO_MANY_REQUESTS {
                return Ok(answer.error_for_status()?.json().await?);
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
        Err(CliError::refused("the API is busy"))
    }

    /// The first doctors of the list.
    pub async fn doctors(&self) -> Result<Vec<Doctor>, CliError> {
        let page = self.get("/v1/doctors", &[("limit", "100".to_owned())]).await?;
        Ok(items(&page).filter_map(Doctor::of).collect())
    }

    pub async fn doctor(&self, id: Uuid) -> Result<Doctor, CliError> {
        let found = self.get(&format!("/v1/doctors/{id}"), &[]).await?;
        Doctor::of(&found)
            .ok_or_else(|| CliError::refused(format!("the API shows a doctor as {found}")))
    }

    /// What the account has booked and not cancelled.
    pub async fn open_bookings(&self) -> Result<Vec<OpenBooking>, CliError> {
        let page = self.get("/v1/bookings", &[("limit", "100".to_owned())]).await?;
        let open = |item: &&Value| item["status"] == "booked" || item["status"] == "pending";
        Ok(items(&page).filter(open).filter_map(OpenBooking::of).collect())
    }

    /// The doctor's first free time from now on that is well apart from what is open, as the API writes it.
    pub async fn first_free(
        &self,
        doctor: Uuid,
        now: Timestamp,
        open: &[OpenBooking],
    ) -> Result<Option<String>, CliError> {
        let show = |at: Timestamp| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let apart = |at: Timestamp| {
            open.iter().all(|open| (open.starts_at - at).abs() >= TimeDelta::hours(1))
        };
        for week in 0..WEEKS {
            let from = now + TimeDelta::days(7 * week);
            let to = show(from + TimeDelta::days(7));
            let span = [("from", show(from)), ("to", to), ("limit", "100".to_owned())];
            let page = self.get(&format!("/v1/doctors/{doctor}/slots"), &span).await?;
            let free = items(&page).filter(|item| item["seats_free"].as_u64().unwrap_or(0) > 0);
            let mut starts = free.filter_map(|item| item["starts_at"].as_str());
            if let Some(start) = starts.find(|start| time::parse(start).is_ok_and(apart)) {
                return Ok(Some(start.to_owned()));
            }
        }
        Ok(None)
    }

    /// `POST /v1/bookings` under this key.
    pub async fn book(&self, key: &str, body: &Value) -> Result<ApiAnswer, CliError> {
        let request = self.client.post(self.url("/v1/bookings")?).bearer_auth(&self.token);
        let answer = request.header("Idempotency-Key", key).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        Ok(ApiAnswer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
    }

    /// The same as a command line.
    pub fn curl(&self, key: &str, body: &Value) -> String {
        let url = self.url("/v1/bookings").map(String::from).unwrap_or_default();
        format!(
            "curl -i '{url}' \\\n  -H 'Authorization: Bearer {}' \\\n  -H 'Idempotency-Key: {key}' \\\n  \
             -H 'Content-Type: application/json' \\\n  -d '{body}'",
            self.token
        )
    }
}
