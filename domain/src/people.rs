//! Who asks, in which role, and for whom. A booking belongs to its patient, and a patient to an account. The account
//! that sends a command owns the request: its key made the request id, and its outcome goes there. Rights are asked in
//! one place, [`Facts::is_member`], at ingress and again in the batch's transaction.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::code::Code;
use crate::ids::{AccountId, HospitalId, PatientId};
use crate::known::{Known, Unasked};
use crate::rejection::Rejection;

/// The account of the operators' command line. Nobody signs in with it, so what is told to it is told to no one.
pub const OPERATOR: AccountId =
    AccountId::from_uuid(Uuid::from_u128(0x0d0c_de00_0000_8000_8000_0000_0000_0001));

/// The account of what falls due. Nobody signs in with it either.
pub const TIMER: AccountId =
    AccountId::from_uuid(Uuid::from_u128(0x0d0c_de00_0000_8000_8000_0000_0000_0002));

/// The role in which a command is sent.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// For oneself and one's family.
    Patient,
    Receptionist,
    Doctor,
    Director,
    /// Of the platform, by the command line.
    Operator,
    /// Nobody's: what falls due.
    Timer,
}

impl Role {
    /// Works at a hospital, and needs a membership there.
    pub const fn is_staff(self) -> bool {
        matches!(self, Role::Receptionist | Role::Doctor | Role::Director)
    }
}

/// By which way a command came.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Channel {
    App,
    Desk,
    Phone,
    Operator,
    Timer,
    /// What an account still had when it was deleted.
    AccountDeletion,
}

impl Channel {
    /// The name in the database, in JSON and on the wire.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The role of a command that names none.
    pub const fn usual_role(self) -> Role {
        match self {
            Channel::App | Channel::Desk | Channel::Phone | Channel::AccountDeletion => {
                Role::Patient
            }
            Channel::Operator => Role::Operator,
            Channel::Timer => Role::Timer,
        }
    }
}

/// Who sent a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sender {
    /// The account that signed in. It owns the request.
    pub caller: AccountId,
    /// The account of the person concerned; the caller's own unless staff act for a patient who has one.
    pub for_account: AccountId,
    pub role: Role,
    pub channel: Channel,
}

impl Sender {
    /// A patient's own command from the app.
    pub const fn patient(account: AccountId) -> Self {
        Self { caller: account, for_account: account, role: Role::Patient, channel: Channel::App }
    }

    /// What a deleted account still has is given back in its name.
    pub const fn deleted(account: AccountId) -> Self {
        Self { channel: Channel::AccountDeletion, ..Self::patient(account) }
    }

    /// An operator's, about something of `for_account`.
    pub const fn operator(for_account: AccountId) -> Self {
        Self { caller: OPERATOR, for_account, role: Role::Operator, channel: Channel::Operator }
    }

    /// Of what falls due.
    pub const fn timer() -> Self {
        Self { caller: TIMER, for_account: TIMER, role: Role::Timer, channel: Channel::Timer }
    }
}

/// Why nothing more is booked for a patient. What they had stays theirs, so it can still be given back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum PatientEnd {
    /// The account has taken them out of the family.
    Removed,
    AccountDeleted,
}

/// A patient as the rules see one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patient {
    /// Whose account the patient belongs to; `None`: a person without one, whom a desk has entered.
    pub account: Option<AccountId>,
    pub ended: Option<PatientEnd>,
    /// Whom a desk entered, and who was found to be somebody of the account: the account books for that one, since this can be
    /// undone.
    pub merged: bool,
}

impl Patient {
    /// Of an account, or of none.
    pub const fn of(account: Option<AccountId>) -> Self {
        Self { account, ended: None, merged: false }
    }
}

/// What is to be read of people.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    pub patients: BTreeSet<PatientId>,
    /// Accounts whose own person is asked for.
    pub own_patients: BTreeSet<AccountId>,
    pub members: BTreeSet<(AccountId, HospitalId)>,
}

impl Needs {
    /// What [`Facts::is_member`] will look at.
    pub fn rights(&mut self, sender: &Sender, hospital: HospitalId) {
        if sender.role.is_staff() {
            self.members.insert((sender.caller, hospital));
        }
    }
}

/// What was read of them.
#[derive(Clone, Debug)]
pub struct Facts {
    pub patients: Known<PatientId, Patient>,
    /// An account's own person, used where a command names no patient.
    pub own_patients: Known<AccountId, PatientId>,
    /// Roles of an account at a hospital.
    pub members: Known<(AccountId, HospitalId), Vec<Role>>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            patients: Known::new("a patient"),
            own_patients: Known::new("an account's own person"),
            members: Known::new("a membership"),
        }
    }
}

impl Facts {
    /// The account that a patient belongs to.
    pub fn patient_account(&self, patient: PatientId) -> Result<Option<AccountId>, Unasked> {
        Ok(self.patients.get(&patient)?.and_then(|patient| patient.account))
    }

    /// Whether the sender works at the hospital in the role that it claims.
    pub fn is_member(&self, sender: &Sender, hospital: HospitalId) -> Result<bool, Unasked> {
        if !sender.role.is_staff() {
            return Ok(false);
        }
        let roles = self.members.get(&(sender.caller, hospital))?;
        Ok(roles.is_some_and(|roles| roles.contains(&sender.role)))
    }

    /// Whether the sender may act for the patient at the hospital: its account's own command, or that of staff there.
    pub fn may_act_for(
        &self,
        sender: &Sender,
        patient: PatientId,
        hospital: HospitalId,
    ) -> Result<bool, Unasked> {
        let own =
            sender.role == Role::Patient && self.patient_account(patient)? == Some(sender.caller);
        Ok(own || self.is_member(sender, hospital)?)
    }

    /// Whom a new booking or ticket is for: the named patient of the account concerned, else its own person. Refused where there
    /// is none, where the sender may not act for them at the hospital, and where nothing more is booked for them.
    pub fn patient_of(
        &self,
        sender: &Sender,
        named: Option<PatientId>,
        hospital: HospitalId,
    ) -> Result<Result<PatientId, Rejection>, Unasked> {
        let nobody = || Err(Rejection::invalid("patient_id"));
        let patient = match named {
            Some(named) => Some(named),
            None => self.own_patients.get(&sender.for_account)?.copied(),
        };
        let Some(patient) = patient else { return Ok(nobody()) };
        let Some(known) = self.patients.get(&patient)?.copied() else { return Ok(nobody()) };
        if !is_concerned(sender, known) || !self.may_act_for(sender, patient, hospital)? {
            return Ok(nobody());
        }
        Ok(match known.ended {
            None => Ok(patient),
            Some(PatientEnd::Removed) => nobody(),
            Some(PatientEnd::AccountDeleted) => Err(Rejection::new(Code::AccountDeleted)),
        })
    }
}

/// Whether the patient is somebody of the account concerned. For who has none, staff are concerned themselves; such a person may
/// have been merged into an account since.
fn is_concerned(sender: &Sender, patient: Patient) -> bool {
    let for_nobody = sender.role.is_staff() && sender.for_account == sender.caller;
    for_nobody
        || patient.account == Some(sender.for_account)
            && (sender.role.is_staff() || !patient.merged)
}
