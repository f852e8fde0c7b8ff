//! From a checked body to a command: which doctor, which hospital, and so which partition.

use domain::code::Code;
use domain::command::Kind;
use domain::ids::HospitalId;
use domain::ids::{RequestId, TicketId};
use domain::line::{
    ArriveBooking, CancelTicket, PostponeTicket, Step, StepTicket, TakeAnyTicket, TakeTicket,
};
use domain::people::Sender;
use platform::line::row_store::ShownTicket;

use super::body::TicketBody;
use super::precheck::NumberWish;
use super::{arrival_code, tickets_store};
use crate::note;
use crate::problem::Problem;
use crate::state::App;
use crate::submit::{Address, CheckedBody};

impl CheckedBody for TicketBody {
    /// Of a number that is wished for; what becomes of a ticket that exists is the worker's to say.
    type Precheck = Option<NumberWish>;

    fn creates(&self) -> bool {
        matches!(self, TicketBody::TakeTicket { .. } | TicketBody::TakeAny { .. })
    }

    async fn address(
        self,
        app: &App,
        sender: &Sender,
        request: RequestId,
    ) -> Result<Address<Self::Precheck>, Problem> {
        match self {
            TicketBody::TakeTicket { doctor_id, patient_id, note } => {
                let doctor = app.directory.doctor(doctor_id).await?;
                let nobody = || Problem::new(Code::NotFound).field("doctor_id");
                let doctor = doctor.ok_or_else(nobody)?;
                let sealed = note::seal(app, &note, request)?;
                let kind = TakeTicket { doctor_id, patient_id, sealed, walk_in: false }.into();
                let (hospital_id, zone) = (doctor.hospital_id, doctor.zone());
                Ok(Address { kind, hospital_id, zone, precheck: Some(NumberWish { doctor }) })
            }
            TicketBody::TakeAny { hospital_id, patient_id, note } => {
                let zones = app.directory.zones(&[hospital_id]).await?;
                let nowhere = || Problem::new(Code::NotFound).field("hospital_id");
                let zone = zones.get(&hospital_id).copied().ok_or_else(nowhere)?;
                let sealed = note::seal(app, &note, request)?;
                let kind = TakeAnyTicket { patient_id, sealed }.into();
                Ok(Address { kind, hospital_id, zone, precheck: None })
            }
            TicketBody::CancelTicket { ticket_id } => {
                let found = own(app, sender, ticket_id).await?;
                let doctor_id = found.ticket.doctor_id;
                Ok(of_ticket(&found, CancelTicket { ticket_id, doctor_id }))
            }
            TicketBody::PostponeTicket { ticket_id } => {
                let found = own(app, sender, ticket_id).await?;
                let doctor_id = found.ticket.doctor_id;
                Ok(of_ticket(&found, PostponeTicket { ticket_id, doctor_id }))
            }
            TicketBody::Arrive { ticket_id, code } => {
                let found = own(app, sender, ticket_id).await?;
                is_there(app, found.ticket.hospital_id, &code, request).await?;
                let (doctor_id, step) = (found.ticket.doctor_id, Step::Arrive);
                let (revision, reason) = (None, None);
                let step = StepTicket { ticket_id, doctor_id, revision, step, reason };
                Ok(of_ticket(&found, step))
            }
            TicketBody::ArriveBooking { booking_id, code } => {
                let found = tickets_store::booked(&app.database, sender.for_account, booking_id);
                let found = found.await?.ok_or_else(|| Problem::new(Code::NotFound))?;
                let tickets_store::Booked { hospital_id, doctor_id, zone } = found;
                is_there(app, hospital_id, &code, request).await?;
                let (revision, identity_checked) = (None, false);
                let kind = ArriveBooking { booking_id, doctor_id, revision, identity_checked };
                Ok(Address { kind: kind.into(), hospital_id, zone, precheck: None })
            }
        }
    }
}

/// The sender's ticket.
async fn own(app: &App, sender: &Sender, id: TicketId) -> Result<ShownTicket, Problem> {
    let found = tickets_store::find(&app.database, sender.for_account, id).await?;
    found.ok_or_else(|| Problem::new(Code::NotFound))
}

/// The code is the hospital's. A retry was looked at when it first came, however old its code is by now; one that is
/// decided has its outcome before this matters.
async fn is_there(
    app: &App,
    hospital: HospitalId,
    code: &str,
    request: RequestId,
) -> Result<(), Problem> {
    let (now, valid_for) = (app.clock.now(), app.settings.arrival_code);
    if arrival_code::holds(&app.seal, hospital, now, valid_for, code)
        || app.markers.look(request, now).await.marker.is_some()
    {
        return Ok(());
    }
    Err(Problem::invalid("code", "not what the hospital shows now; read it again there"))
}

fn of_ticket(found: &ShownTicket, kind: impl Into<Kind>) -> Address<Option<NumberWish>> {
    let (hospital_id, zone) = (found.ticket.hospital_id, found.zone);
    Address { kind: kind.into(), hospital_id, zone, precheck: None }
}
