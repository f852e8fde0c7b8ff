//! Who works where: the sender of a command that staff give at a hospital. The right is asked for here and again in the
//! batch's transaction, by the same function; whoever has none there finds nothing.

use domain::code::Code;
use domain::ids::HospitalId;
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
    let account = session.account;
    let mut facts = people::Facts::default();
    facts.members.ask([(account, hospital)]);
    let roles = staff_store::roles(&app.database, account, hospital).await?;
    facts.members.insert((account, hospital), roles);
    for role in ROLES {
        let channel = Channel::Desk;
        let sender = Sender { caller: account, for_account: account, role, channel };
        if facts.is_member(&sender, hospital).map_err(Problem::internal)? {
            return Ok(sender);
        }
    }
    Err(Problem::new(Code::NotFound))
}
