//! What the system answers, as far as a client looks at it.

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// Refusals that ask for the same key again.
pub const PASSING: [&str; 4] = ["BUSY", "NOT_ACCEPTED", "ACCEPTANCE_UNKNOWN", "UNAVAILABLE"];

/// A refusal, as far as it is looked at.
#[derive(Deserialize)]
pub struct Problem<'a> {
    pub code: Option<String>,
    pub accepted: Option<bool>,
    #[serde(borrow)]
    pub request: Option<&'a RawValue>,
}

/// A Request, as far as it is looked at.
#[derive(Deserialize)]
pub struct Request {
    pub id: Uuid,
    pub state: String,
}

/// Status and body.
pub async fn answered(request: reqwest::RequestBuilder) -> Result<(u16, String), reqwest::Error> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    Ok((status, response.text().await?))
}
