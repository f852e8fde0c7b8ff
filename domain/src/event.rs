//! What listeners are told: numbered in the order in which a partition commits, each with its audience and a document
//! of its own. Nobody is ever sent a document that was made for somebody else. What happens in a line is told to the
//! services that listen for those who wait in it, and never leaves the system.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};
use std::str::FromStr;
use std::sync::Arc;
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::ids::{AccountId, DoctorId, RequestId};
use crate::json::json_text;
use crate::notice::{NoticeCode, NoticeTitles};

/// Who is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Audience {
    /// The listeners of an account.
    Account(AccountId),
    /// Services, for those who wait in a doctor's line of that day. No socket is sent such a document.
    Line(DoctorId, NaiveDate),
}

/// In the feed: the account, or `doctor@day`.
impl Display for Audience {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Audience::Account(account) => account.fmt(f),
            Audience::Line(doctor, day) => write!(f, "{doctor}@{day}"),
        }
    }
}

/// The text names no audience.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not an audience")]
pub struct BadAudience;

impl FromStr for Audience {
    type Err = BadAudience;

    fn from_str(text: &str) -> Result<Self, BadAudience> {
        let bad = |_| BadAudience;
        match text.split_once('@') {
            None => text.parse().map(Audience::Account).map_err(bad),
            Some((doctor, day)) => {
                let day = day.parse().map_err(|_| BadAudience)?;
                Ok(Audience::Line(doctor.parse().map_err(bad)?, day))
            }
        }
    }
}

/// What sort of event it is.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Debug,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EventKind {
    /// A request has its outcome; the document is the Request.
    Outcome,
    /// A request is parked; the document is the Request.
    Parked,
    /// A line has changed; the document says from which version to which, and why.
    Line,
    /// Something else that happened; the document holds the frame's members.
    Notice,
}

impl EventKind {
    pub const ALL: &[EventKind] = Self::VARIANTS;

    /// The name in the database and in the feed.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The document is the Request itself, and not made for this event alone.
    pub const fn shows_request(self) -> bool {
        matches!(self, EventKind::Outcome | EventKind::Parked)
    }
}

/// A committed event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its number in the partition.
    pub seq: u64,
    pub to: Audience,
    pub kind: EventKind,
    /// The request that caused it.
    pub about: Option<RequestId>,
    pub document: Arc<str>,
}

/// What a decision tells others than the command's sender.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    pub to: Audience,
    /// Members of the frame that is sent.
    pub document: Arc<str>,
}

impl Notice {
    /// `member` is the name of what the notice shows.
    pub fn new(to: Audience, code: NoticeCode, member: &str, shown: &impl Serialize) -> Self {
        Self::of(to, code, &BTreeMap::from([(member, shown)]))
    }

    /// A notice with several members.
    pub fn of(to: Audience, code: NoticeCode, shown: &impl Serialize) -> Self {
        let members = Members { code, title: code.titles(), shown };
        Self { to, document: json_text(&members).into() }
    }
}

#[derive(Serialize)]
struct Members<'n, S> {
    code: NoticeCode,
    title: NoticeTitles,
    #[serde(flatten)]
    shown: &'n S,
}
