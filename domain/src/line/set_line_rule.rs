//! `set_line_rule`: staff of a hospital change its rules for lines. What is not named stays as it is. It holds for what is
//! decided from then on: who stands in a line, keeps the place.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules::may_edit_rules;
use super::{Facts, LineChange, LineRule, Needs, RuleChanges};
use crate::ids::{DoctorId, HospitalId};
use crate::partition::QueueKind;
use crate::rejection::Rejection;
use crate::rules::{CommandRules, Context, Decided, FactsOf, NeedsOf, NoDecision};
use crate::time::Timestamp;

/// Change a hospital's rules.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SetLineRule {
    #[serde(flatten)]
    pub changes: RuleChanges,
}

/// A request that is about a hospital's rules.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LineRuleSubject {
    pub command: &'static str,
    pub hospital_id: HospitalId,
}

impl LineRuleSubject {
    /// They are the hospital's, and have no id of their own.
    pub const fn id(&self) -> Option<Uuid> {
        None
    }
}

impl CommandRules for SetLineRule {
    const NAME: &'static str = "set_line_rule";
    const TIME_TO_LIVE: Option<TimeDelta> = None;
    const QUEUE: QueueKind = QueueKind::Desk;

    type Subject = LineRuleSubject;
    type Needs = Needs;
    type Facts = Facts;
    type Confirmed = LineRule;
    type Change = LineChange;

    fn doctor_id(&self) -> Option<DoctorId> {
        None
    }

    fn subject(&self, hospital_id: HospitalId) -> LineRuleSubject {
        LineRuleSubject { command: Self::NAME, hospital_id }
    }

    fn needs(&self, context: &Context<'_>, needs: &mut NeedsOf<'_, Needs>) {
        needs.people.rights(context.sender, context.hospital_id);
        needs.own.rules.insert(context.hospital_id);
    }

    fn decide(
        &self,
        facts: &FactsOf<'_, Facts>,
        context: &Context<'_>,
        _: Timestamp,
    ) -> Result<Decided<LineRule, LineChange>, NoDecision> {
        may_edit_rules(facts, context)?;
        if let Some((field, _)) = self.changes.fault() {
            return Err(Rejection::invalid(field).into());
        }
        let before = facts.own.rule_of(context.hospital_id)?;
        let rules = before.rules.with(&self.changes);
        if rules == before.rules {
            return Ok(Decided::nothing(before));
        }
        let after = LineRule { revision: before.revision + 1, rules, ..before };
        Ok(Decided { changes: vec![LineChange::Rule(after)], ..Decided::nothing(after) })
    }
}
