//! `set_no_show_rule` and `lift_no_shows`: staff of a hospital change what it does about those who do not come, and forgive a
//! patient what was missed so far. What is not named stays as it is. It holds for what is decided from then on.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules::may_edit_rules;
use super::{Facts, LineChange, Needs, NoShowChanges, NoShowRule};
use crate::code::Code;
use crate::ids::{DoctorId, HospitalId, PatientId};
use crate::partition::QueueKind;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Change a hospital's rule for no-shows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SetNoShowRule {
    #[serde(flatten)]
    pub changes: NoShowChanges,
}

/// Forgive a patient's no-shows at the hospital up to now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LiftNoShows {
    pub patient_id: PatientId,
}

/// A request that is about no-shows at a hospital.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NoShowSubject {
    pub command: &'static str,
    pub hospital_id: HospitalId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<PatientId>,
}

impl NoShowSubject {
    pub fn id(&self) -> Option<Uuid> {
        self.patient_id.map(PatientId::uuid)
    }
}

impl CommandRules for SetNoShowRule {
    const NAME: &'static str = "set_no_show_rule";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

    type Subject = NoShowSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = NoShowRule;
    type Change = LineChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        None
    }

    fn subject(&self, hospital_id: HospitalId) -> NoShowSubject {
        NoShowSubject { command: Self::NAME, hospital_id, patient_id: None }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.no_show.rules.insert(context.hospital_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        _: Timestamp,
    ) -> Result<Decided<NoShowRule, LineChange>, NoDecision> {
        may_edit_rules(facts, context)?;
        if let Some((field, _)) = self.changes.fault() {
            return Err(Rejection::invalid(field).into());
        }
        let before = facts.own.no_show.rule_of(context.hospital_id)?;
        let rules = before.rules.with(&self.changes);
        if rules == before.rules {
            return Ok(Decided::nothing(before));
        }
        let after = NoShowRule { revision: before.revision + 1, rules, ..before };
        Ok(Decided { changes: vec![LineChange::NoShowRule(after)], ..Decided::nothing(after) })
    }
}

impl CommandRules for LiftNoShows {
    const NAME: &'static str = "lift_no_shows";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

    type Subject = NoShowSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = ();
    type Change = LineChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        None
    }

    fn subject(&self, hospital_id: HospitalId) -> NoShowSubject {
        NoShowSubject { command: Self::NAME, hospital_id, patient_id: Some(self.patient_id) }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        let forgiven = (context.hospital_id, self.patient_id);
        needs.own.no_show.rules.insert(context.hospital_id);
        needs.own.no_show.forgiven.insert(forgiven);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        _: Timestamp,
    ) -> Result<Decided<(), LineChange>, NoDecision> {
        may_edit_rules(facts, context)?;
        let forgiven = (context.hospital_id, self.patient_id);
        // Staff learn nothing of who never missed anything here.
        let no_shows = facts.own.no_show.no_shows.get(&forgiven)?;
        if no_shows.is_none_or(|no_shows| no_shows.0.is_empty()) {
            return Err(Rejection::new(Code::NotFound).into());
        }
        let changes = vec![LineChange::NoShowsLifted(context.hospital_id, self.patient_id)];
        Ok(Decided { changes, ..Decided::nothing(()) })
    }
}
