//! Why the rules say no, and what would help. The same members stand in a recorded outcome and in problem+json.

use chrono_tz::Tz;
use serde::Serialize;

use crate::code::{Code, Language};
use crate::ids::{DoctorId, TicketId};
use crate::schedule::Slot;
use crate::time::{Shown, Timestamp};

/// A refusal by the rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    pub code: Code,
    /// The time that the code speaks of: `NOT_OPEN_YET`, `CUTOFF_PASSED`.
    pub at: Option<Timestamp>,
    /// Until when it lasts: CLOSED, PAUSED, `LINE_FULL`.
    pub until: Option<Timestamp>,
    /// The member that is not valid: INVALID.
    pub field: Option<&'static str>,
    /// The name of the present state: `STATE_CONFLICT`.
    pub current: Option<&'static str>,
    /// The present revision of what the command names: `STATE_CONFLICT`.
    pub revision: Option<u32>,
    /// The ticket that is in the way, or was called last: `STATE_CONFLICT`.
    pub ticket: Option<TicketId>,
    /// How many calls the line has had: `STATE_CONFLICT`.
    pub calls: Option<u32>,
    /// Free slots of the same doctor and day: `SLOT_TAKEN`.
    pub alternatives: Vec<(DoctorId, Slot)>,
}

impl Rejection {
    pub fn new(code: Code) -> Self {
        Self {
            code,
            at: None,
            until: None,
            field: None,
            current: None,
            revision: None,
            ticket: None,
            calls: None,
            alternatives: Vec::new(),
        }
    }

    pub fn at(code: Code, at: Timestamp) -> Self {
        Self { at: Some(at), ..Self::new(code) }
    }

    pub fn until(code: Code, until: Timestamp) -> Self {
        Self { until: Some(until), ..Self::new(code) }
    }

    pub fn invalid(field: &'static str) -> Self {
        Self { field: Some(field), ..Self::new(Code::Invalid) }
    }

    /// `current` is the name of the state that does not allow the command.
    pub fn conflict(current: &'static str) -> Self {
        Self { current: Some(current), ..Self::new(Code::StateConflict) }
    }

    /// As clients see it.
    pub fn view(&self, zone: Tz) -> RejectionView {
        let title = Titles::of(self.code);
        RejectionView { code: self.code, title, help: self.help(zone) }
    }

    /// What would help, in the members that an outcome and problem+json share.
    pub fn help(&self, zone: Tz) -> Help {
        let offered = |(doctor_id, slot): &(DoctorId, Slot)| Offered {
            doctor_id: *doctor_id,
            starts_at: Shown(slot.starts_at, zone),
            ends_at: Shown(slot.ends_at, zone),
        };
        let alternatives = || self.alternatives.iter().map(offered).collect();
        Help {
            at: self.at.map(|at| Shown(at, zone)),
            until: self.until.map(|until| Shown(until, zone)),
            field: self.field,
            current: self.current,
            revision: self.revision,
            ticket_id: self.ticket,
            calls: self.calls,
            alternatives: (self.code == Code::SlotTaken).then(alternatives),
        }
    }
}

/// See [`Rejection::view`].
#[derive(Clone, Debug, Serialize)]
pub struct RejectionView {
    code: Code,
    title: Titles,
    #[serde(flatten)]
    help: Help,
}

/// See [`Rejection::help`].
#[derive(Clone, Debug, Serialize)]
pub struct Help {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_id: Option<TicketId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternatives: Option<Vec<Offered>>,
}

#[derive(Clone, Debug, Serialize)]
struct Offered {
    doctor_id: DoctorId,
    starts_at: Shown,
    ends_at: Shown,
}

/// A code in words.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Titles {
    ko: &'static str,
    en: &'static str,
}

impl Titles {
    pub fn of(code: Code) -> Self {
        Self { ko: code.text(Language::Korean), en: code.text(Language::English) }
    }
}
