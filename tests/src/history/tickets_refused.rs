//! Whoever was refused something in a line was told the truth: how things stand, and that they stand in the way.

use chrono::TimeDelta;
use serde_json::Value;
use uuid::Uuid;

use super::Action;
use super::rows::LIVE;
use super::tickets_fold::{Decided, Lines, Present, id};

/// A step can be taken back for ten minutes; near the end of them either answer is right.
const SURELY_UNDONE: TimeDelta = TimeDelta::minutes(9);

impl Lines<'_> {
    /// A refusal tells how things stand, and that they stand in the way.
    pub fn refused(&self, action: &Action, decided: &Decided<'_>) -> Result<(), String> {
        let outcome = &decided.document["outcome"];
        let decided_at = decided.document["decided_at"].as_str().unwrap_or_default();
        let truth = match outcome["code"].as_str().unwrap_or_default() {
            // The account's tickets at other hospitals are in other partitions, which this order does not reach.
            "TOO_MANY_BOOKINGS" => !matches!(action, Action::WalkIn { .. } | Action::Leave { .. }),
            // The doctors of the suite close for the last minute of a day.
            "CLOSED" => decided_at.get(11..16) == Some("23:59"),
            "STATE_CONFLICT" => match action {
                Action::Next { doctor, after, calls } => {
                    self.not_called(*doctor, (*after, *calls), outcome, decided_at)
                }
                Action::Leave { ticket }
                | Action::Step { ticket, .. }
                | Action::Undo { ticket, .. } => self.conflict(action, *ticket, decided),
                _ => false,
            },
            _ => false,
        };
        if truth { Ok(()) } else { Err(format!("{action:?} was refused with {outcome}")) }
    }

    fn not_called(
        &self,
        doctor: Uuid,
        seen: (Option<Uuid>, u64),
        outcome: &Value,
        decided_at: &str,
    ) -> bool {
        let today = decided_at.get(..10).and_then(|day| day.parse().ok()).unwrap_or_default();
        let there = |now: &Present<'_>| {
            (now.row.doctor, now.row.day) == (doctor, today) && now.status == "arrived"
        };
        match outcome["current"].as_str() {
            Some("called") => {
                let calls = self.calls.get(&(doctor, today)).copied().unwrap_or(0);
                let told = (id(&outcome["ticket_id"]), outcome["calls"].as_u64());
                told.1 == Some(calls) && told != (seen.0, Some(seen.1))
            }
            Some("nobody_there") => !self.present.values().any(there),
            _ => false,
        }
    }

    /// The ticket, or another of its patient's, stands as the refusal says, and does not allow the command.
    fn conflict(&self, action: &Action, ticket: Uuid, decided: &Decided<'_>) -> bool {
        let outcome = &decided.document["outcome"];
        let other = id(&outcome["ticket_id"]);
        let Some(now) = self.present.get(&other.unwrap_or(ticket)) else { return false };
        let revision = outcome["revision"].as_u64();
        if outcome["current"] != now.status
            || revision.is_some_and(|revision| revision != u64::from(now.revision))
        {
            return false;
        }
        match action {
            _ if other.is_some() => now.is_live(),
            Action::Leave { .. } => !now.is_live(),
            Action::Step { revision, step, .. } => {
                *revision != now.revision || !allows(now.status, step)
            }
            Action::Undo { undone, .. } => {
                let fresh =
                    now.at.zip(decided.at()).is_some_and(|(was, at)| at - was < SURELY_UNDONE);
                now.by != *undone || now.before.is_none() || !fresh
            }
            _ => false,
        }
    }
}

/// The ladder surely has this step. Whether one is urgent already is in no row here.
fn allows(status: &str, step: &str) -> bool {
    match step {
        "arrive" => matches!(status, "booked" | "noshow"),
        "call" => status == "arrived",
        "return" => matches!(status, "waitlist" | "checked_in"),
        "skip" | "done" => status == "checked_in",
        "hold" => matches!(status, "booked" | "arrived" | "checked_in"),
        "noshow" | "cancel" => LIVE.contains(&status),
        _ => false,
    }
}
