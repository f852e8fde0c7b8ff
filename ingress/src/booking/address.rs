//! From a checked body to a command: which doctor, which hospital, and so which partition.

use domain::booking::{Book, BookHeld, Cancel, HoldSlot, Reschedule};
use domain::code::Code;
use domain::directory::Doctor;
use domain::ids::{BookingId, DoctorId, HospitalId, RequestId};
use domain::people::Sender;
use platform::booking::row_store::ShownBooking;
use std::sync::Arc;

use super::body::BookingBody;
use super::bookings_store;
use super::precheck::SlotWish;
use crate::note;
use crate::problem::Problem;
use crate::state::App;
use crate::submit::{Address, CheckedBody};

impl CheckedBody for BookingBody {
    /// Of a time that is wished for; what becomes of a booking that exists is the worker's to say.
    type Precheck = Option<SlotWish>;

    fn creates(&self) -> bool {
        matches!(self, BookingBody::Book { .. } | BookingBody::Hold { .. })
    }

    async fn address(
        self,
        app: &App,
        sender: &Sender,
        request: RequestId,
    ) -> Result<Address<Self::Precheck>, Problem> {
        match self {
            BookingBody::Book { doctor_id, starts_at, patient_id, visit, note } => {
                let doctor = doctor(app, doctor_id).await?;
                let sealed = note::seal(app, &note, request)?;
                let kind = Book { doctor_id, starts_at, patient_id, visit, sealed }.into();
                Ok(wished(kind, SlotWish { doctor, starts_at, visit }))
            }
            BookingBody::Hold { doctor_id, starts_at, patient_id, visit } => {
                let doctor = doctor(app, doctor_id).await?;
                let kind = HoldSlot { doctor_id, starts_at, patient_id, visit }.into();
                Ok(wished(kind, SlotWish { doctor, starts_at, visit }))
            }
            BookingBody::BookHeld { booking_id, note } => {
                let found = booking(app, sender, booking_id).await?;
                // The row names the request that made it, under which its text opens.
                let sealed = note::seal(app, &note, found.booking.request_id)?;
                let doctor_id = found.booking.doctor_id;
                Ok(changed(BookHeld { booking_id, doctor_id, sealed }.into(), &found))
            }
            BookingBody::Cancel { booking_id } => {
                let found = booking(app, sender, booking_id).await?;
                let kind = Cancel { booking_id, doctor_id: found.booking.doctor_id }.into();
                Ok(changed(kind, &found))
            }
            BookingBody::Reschedule { booking_id, doctor_id, starts_at } => {
                let found = booking(app, sender, booking_id).await?;
                if let Some(doctor_id) = doctor_id {
                    let doctor = doctor(app, doctor_id).await?;
                    same_hospital(&doctor, found.booking.hospital_id)?;
                }
                let doctor_id = doctor_id.unwrap_or(found.booking.doctor_id);
                Ok(changed(Reschedule { booking_id, doctor_id, starts_at }.into(), &found))
            }
        }
    }
}

/// What somebody wishes for is looked at before the queue.
fn wished(kind: domain::command::Kind, wish: SlotWish) -> Address<Option<SlotWish>> {
    let (hospital_id, zone) = (wish.doctor.hospital_id, wish.doctor.zone());
    Address { kind, hospital_id, zone, precheck: Some(wish) }
}

/// What becomes of a booking that exists is the worker's to say: it alone knows the present state.
fn changed(kind: domain::command::Kind, found: &ShownBooking) -> Address<Option<SlotWish>> {
    Address { kind, hospital_id: found.booking.hospital_id, zone: found.zone, precheck: None }
}

async fn doctor(app: &App, id: DoctorId) -> Result<Arc<Doctor>, Problem> {
    app.directory.doctor(id).await?.ok_or_else(|| Problem::new(Code::NotFound).field("doctor_id"))
}

async fn booking(app: &App, sender: &Sender, id: BookingId) -> Result<ShownBooking, Problem> {
    let found = bookings_store::find(&app.database, sender.for_account, id).await?;
    found.ok_or_else(|| Problem::new(Code::NotFound))
}

fn same_hospital(doctor: &Doctor, hospital: HospitalId) -> Result<(), Problem> {
    if doctor.hospital_id == hospital {
        return Ok(());
    }
    let why = "the doctor is at another hospital: book there, then cancel this booking";
    Err(Problem::invalid("doctor_id", why))
}
