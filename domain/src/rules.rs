//! What a room says of each of its commands. The shared part asks it and knows no room; a room implements it and knows
//! no list of kinds. Both meet in `command`.

use chrono::TimeDelta;

use crate::directory::{self, Doctor};
use crate::event::Notice;
use crate::ids::{DoctorId, HospitalId, RequestId};
use crate::known::Unasked;
use crate::partition::QueueKind;
use crate::people::{self, Sender};
use crate::rejection::Rejection;
use crate::time::Timestamp;

/// Longest name of a kind, a code or a kind of event: the width of their columns.
pub const MAX_NAME: usize = 60;

/// What the rules may look at of a command, beside what it asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context<'c> {
    pub request_id: RequestId,
    pub sender: &'c Sender,
    pub hospital_id: HospitalId,
}

/// Where a command says what is to be read: the shared needs, and those of its own room.
#[derive(Debug)]
pub struct NeedsOf<'n, N> {
    pub directory: &'n mut directory::Needs,
    pub people: &'n mut people::Needs,
    pub own: &'n mut N,
}

/// What a decision looks at: the shared facts, and those of its own room.
#[derive(Debug)]
pub struct FactsOf<'f, F> {
    pub directory: &'f directory::Facts,
    pub people: &'f people::Facts,
    pub own: &'f F,
}

impl<'f, F> FactsOf<'f, F> {
    /// The doctor, if one of the command's hospital.
    pub fn doctor_here(
        &self,
        context: &Context<'_>,
        id: DoctorId,
    ) -> Result<&'f Doctor, NoDecision> {
        let doctor = self.directory.doctor(id)?;
        let here = doctor.filter(|doctor| doctor.hospital_id == context.hospital_id);
        here.ok_or_else(|| Rejection::invalid("doctor_id").into())
    }
}

/// What the rules of a confirmed command say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decided<T, C> {
    /// The thing that the command is about, as it stands after the command.
    pub confirmed: T,
    /// In the order in which they happen.
    pub changes: Vec<C>,
    /// Told to others than the sender.
    pub notices: Vec<Notice>,
}

/// Why a command was not confirmed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoDecision {
    /// The rules say no.
    Rejected(Rejection),
    /// A fact is missing, so nothing is decided.
    Unasked(Unasked),
}

impl From<Rejection> for NoDecision {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Unasked> for NoDecision {
    fn from(unasked: Unasked) -> Self {
        Self::Unasked(unasked)
    }
}

/// What every kind of command says of itself.
pub trait CommandRules {
    /// The name on the wire, in the database and in metrics. At most [`MAX_NAME`] characters.
    const NAME: &'static str;
    /// How long the command is worth deciding after its acceptance (CONTRACT, Request). `None`: for ever.
    const TIME_TO_LIVE: Option<TimeDelta>;
    /// Which of its partition's queues takes it. The one place that says so (CONTRACT, Messages): a kind that staff alone give
    /// at the desk names the desk's. Tickets and bookings of every channel keep the usual one.
    const QUEUE: QueueKind = QueueKind::Usual;

    /// What a request of this kind is about.
    type Subject;
    /// What its room asks for.
    type Needs;
    /// What its room finds.
    type Facts;
    /// What is shown when it is confirmed; `()` for nothing.
    type Confirmed;
    /// What it changes.
    type Change;

    /// The doctor whose routing key the command travels under; `None` where the hospital assigns one.
    fn doctor_id(&self) -> Option<DoctorId>;

    /// What the request is about.
    fn subject(&self, hospital_id: HospitalId) -> Self::Subject;

    /// Asks for all facts that [`CommandRules::decide`] looks at, as far as the command alone tells which.
    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Self::Needs>);

    /// The rules: a pure function of facts, command and clock.
    fn decide(
        &self,
        facts: &FactsOf<'_, Self::Facts>,
        context: &Context<'_>,
        now: Timestamp,
    ) -> Result<Decided<Self::Confirmed, Self::Change>, NoDecision>;
}
