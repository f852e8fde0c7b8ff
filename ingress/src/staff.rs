//! Who works where: the sender of a command that staff give at a hospital. The right is asked for here and again in the
//! batch's transaction, by the same function; whoever has none there finds nothing.

use domain::code::Code;
use domain::ids::{AccountId, HospitalId, PatientId};
use domain::people::{self, Channel, Role, Sender};

use crate::problem::Problem;
use crate::session::Session;
use crate::staff_store;
use crate::state::App;

/// Roles in the order in which one is taken, where an account has several.
const ROLES: [Role; 3] = [Role::Receptionist, Role::Doctor, Role::Director];

/// The account as staff of the hospital.
pub(crate) async fn sender(
    app: &App,
    session: Session,
    hospital: HospitalId,
) -> Result<Sender, Problem> {
    sender_as(app, session, hospital, &ROLES).await
}

/// The account as staff of the hospital in the first of these roles that it has there. Whoever works there in another one
/// alone, is told that it is not allowed.
pub(crate) async fn sender_as(
    app: &App,
    session: Session,
    hospital: HospitalId,
    roles: &[Role],
) -> Result<Sender, Problem> {
    sessions_are_known(app)?;
    let account = session.account;
    let mut facts = people::Facts::default();
    facts.members.ask([(account, hospital)]);
    let held = staff_store::roles(&app.database, account, hospital).await?;
    let works_there = !held.is_empty();
    facts.members.insert((account, hospital), held);
    for role in roles {
        let (role, channel) = (*role, Channel::Desk);
        let sender = Sender { caller: account, for_account: account, role, channel };
        if facts.is_member(&sender, hospital).map_err(Problem::internal)? {
            return Ok(sender);
        }
    }
    Err(Problem::new(if works_there { Code::Forbidden } else { Code::NotFound }))
}

/// The account as an operator of the platform: for everybody else there is nothing to see.
pub(crate) async fn operator(app: &App, session: Session) -> Result<(), Problem> {
    sessions_are_known(app)?;
    let known = staff_store::is_operator(&app.database, session.account).await?;
    if known { Ok(()) } else { Err(Problem::new(Code::NotFound)) }
}

fn sessions_are_known(app: &App) -> Result<(), Problem> {
    if app.sessions.is_stale() {
        return Err(Problem::unavailable(
            "which sessions have ended could not be read for too long",
        ));
    }
    Ok(())
}

/// The account concerned when the sender acts for a patient whom the hospital knows: that patient's, or for who has none the
/// sender's own. Anybody else is not found there.
pub(crate) async fn account_of_known(
    app: &App,
    (sender, hospital): (&Sender, HospitalId),
    patient: PatientId,
) -> Result<AccountId, Problem> {
    let place = (hospital, app.clock.now());
    let account = staff_store::known_patient(&app.database, place, patient).await?;
    let account = account.ok_or_else(|| Problem::new(Code::NotFound).field("patient_id"))?;
    Ok(account.unwrap_or(sender.caller))
}
