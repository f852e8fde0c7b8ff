//! A desk that works one doctor's line, a command at a time, each waited for.

use domain::ids::{DoctorId, TicketId};
use platform::Failure;
use serde_json::{Value, json};
use uuid::Uuid;

use super::calls;
use crate::http::Connection;

/// One line's desk.
#[derive(Debug)]
pub struct Desk {
    connection: Connection,
    address: String,
    token: String,
    doctor: DoctorId,
    /// Who was called last.
    pub after: Option<Uuid>,
}

/// What became of a command.
#[derive(Debug)]
pub enum Said {
    Confirmed {
        request: Uuid,
        ticket: Value,
    },
    /// The line is not as the desk thought: the present state, with revision and ticket where they help.
    Conflict {
        current: String,
        revision: Option<u64>,
        ticket: Option<Uuid>,
    },
}

impl Said {
    /// The ticket of a command that nothing can stand in the way of.
    pub fn ticket(self) -> Result<Value, Failure> {
        match self {
            Said::Confirmed { ticket, .. } => Ok(ticket),
            conflict @ Said::Conflict { .. } => Err(format!("{conflict:?}").into()),
        }
    }
}

impl Desk {
    pub async fn open(address: &str, token: &str, doctor: DoctorId) -> Result<Self, Failure> {
        let connection = Connection::open(address).await?;
        let (address, token) = (address.to_owned(), token.to_owned());
        Ok(Self { connection, address, token, doctor, after: None })
    }

    /// A step of a ticket as it stands in that revision. Urgent ones are emergencies.
    pub async fn step(&mut self, ticket: Uuid, revision: u64, step: &str) -> Result<Said, Failure> {
        let mut body = json!({"ticket_id": ticket, "revision": revision, "step": step});
        if step == "urgent" {
            body["reason"] = json!("emergency");
        }
        self.post("steps", &body).await
    }

    /// Calls whoever is next.
    pub async fn next(&mut self) -> Result<Said, Failure> {
        let said = self.post("next", &json!({"after": self.after})).await?;
        if let Said::Confirmed { ticket, .. } = &said {
            self.after = id(&ticket["id"]);
        }
        Ok(said)
    }

    /// Takes the ticket's last step back, which that request made.
    pub async fn undo(&mut self, ticket: Uuid, request: Uuid) -> Result<Said, Failure> {
        self.post("undo", &json!({"ticket_id": ticket, "request_id": request})).await
    }

    /// A number for somebody without an account who has come, or calls.
    pub async fn add(&mut self, channel: &str) -> Result<Said, Failure> {
        self.post("tickets", &json!({"channel": channel, "name": "손님"})).await
    }

    /// The patient of a booking is there.
    pub async fn arrive(&mut self, booking: Uuid) -> Result<Said, Failure> {
        self.post("arrivals", &json!({"booking_id": booking})).await
    }

    /// How the estimates of waits came true: how many were graded, within the p50, within the p90.
    pub async fn grades(&mut self) -> Result<[u64; 3], Failure> {
        let page = self.page("").await?;
        let count = |name: &str| page["estimates"][name].as_u64().unwrap_or(0);
        Ok(["graded", "within_p50", "within_p90"].map(count))
    }

    async fn page(&mut self, cursor: &str) -> Result<Value, Failure> {
        let path = format!("/v1/lines/{}?limit=100&cursor={cursor}", self.doctor);
        let get = calls::get(&self.address, &self.token, &path);
        Ok(serde_json::from_str(self.connection.exchange(&get).await?.body)?)
    }

    /// All tickets of the day, as they were taken.
    pub async fn list(&mut self) -> Result<Vec<Value>, Failure> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut page = self.page(&cursor).await?;
            if let Value::Array(more) = page["items"].take() {
                items.extend(more);
            }
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return Ok(items),
            }
        }
    }

    async fn post(&mut self, what: &str, body: &Value) -> Result<Said, Failure> {
        let path = format!("/v1/lines/{}/{what}", self.doctor);
        let key = format!("desk-{}", Uuid::now_v7().simple());
        let request = calls::post(&self.address, &self.token, &path, &key, &body.to_string());
        let answer = self.connection.exchange(&request).await?;
        said(answer.body).ok_or_else(|| format!("{what}: {} {}", answer.status, answer.body).into())
    }
}

/// Of a Request that is confirmed, or of a problem that is a conflict; `None`: neither.
fn said(body: &str) -> Option<Said> {
    let mut document: Value = serde_json::from_str(body).ok()?;
    if document["code"] == "STATE_CONFLICT" {
        let current = document["current"].as_str().unwrap_or_default().to_owned();
        let (revision, ticket) = (document["revision"].as_u64(), id(&document["ticket_id"]));
        return Some(Said::Conflict { current, revision, ticket });
    }
    let (request, ticket) = (id(&document["id"])?, document["outcome"]["ticket"].take());
    ticket.is_object().then_some(Said::Confirmed { request, ticket })
}

/// The id in a member.
pub fn id(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

/// Number and id of the ticket of a confirmed document.
pub fn numbered(document: &str) -> Option<(u64, TicketId)> {
    let document: Value = serde_json::from_str(document).ok()?;
    let ticket = &document["outcome"]["ticket"];
    Some((ticket["number"].as_u64()?, ticket["id"].as_str()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmed_command_and_a_conflict_are_told_apart() {
        let request = Uuid::from_u128(7);
        let confirmed = json!({"id": request, "outcome": {"ticket": {"id": request, "number": 3}}});
        let Some(Said::Confirmed { ticket, .. }) = said(&confirmed.to_string()) else {
            panic!("confirmed")
        };
        assert_eq!(ticket["number"], 3);
        let conflict = json!({"code": "STATE_CONFLICT", "current": "called", "ticket_id": request});
        let Some(Said::Conflict { current, revision, ticket }) = said(&conflict.to_string()) else {
            panic!("a conflict")
        };
        assert_eq!((current.as_str(), revision, ticket), ("called", None, Some(request)));
        assert!(said(r#"{"code":"NOT_FOUND"}"#).is_none());
    }
}
