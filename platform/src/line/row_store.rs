//! Rows of `ticket` and `line_day`: their columns and how they are read, for every service that selects them.

use chrono::NaiveDateTime;
use domain::directory::DoctorDay;
use domain::ids::{AccountId, BookingId, DoctorId, HospitalId, PatientId, RequestId, TicketId};
use domain::line::estimate::Wait;
use domain::line::pace::{Grades, Pace};
use domain::line::{LineDay, LiveSlot, Notes, Reception, Ticket};
use domain::time::{Timestamp, Zone};
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::mysql::MySqlRow;
use uuid::Uuid;

use crate::rows_store::{named, timestamp};

/// The columns that [`ticket`] reads, of a table with the alias `t`.
pub const COLUMNS: &str = "t.id, t.account_id, t.patient_id, t.live_account, t.live_slot, t.hospital_id, t.doctor_id, \
    t.day, t.number, t.priority, t.key_at, CAST(t.status AS CHAR) AS status, t.arrived_at, t.called_at, t.called_after, \
    t.passed, t.booking_id, t.postponed, t.identity_checked, t.soon_told, t.expected_p50_s, t.expected_p90_s, t.graded, t.sealed, \
    t.request_id, t.channel, t.revision, t.created_at, t.updated_at";

/// What a view shows beside [`COLUMNS`], joined when it is read: the hospital `h` and the doctor `d`. A doctor who has
/// left keeps the row.
pub const SHOWN_COLUMNS: &str = ", h.zone, h.name AS hospital_name, d.name AS doctor_name";
/// See [`SHOWN_COLUMNS`].
pub const SHOWN_JOINS: &str =
    " JOIN hospital h ON h.id = t.hospital_id LEFT JOIN doctor d ON d.id = t.doctor_id ";

/// A ticket with what is joined to it when it is shown. Recorded documents have none of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShownTicket {
    pub ticket: Ticket,
    pub zone: Zone,
    pub hospital_name: String,
    pub doctor_name: Option<String>,
}

impl ShownTicket {
    /// Of a row with [`COLUMNS`] and [`SHOWN_COLUMNS`].
    pub fn of(row: &MySqlRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            ticket: ticket(row)?,
            zone: named(row, "zone")?,
            hospital_name: row.try_get("hospital_name")?,
            doctor_name: row.try_get("doctor_name")?,
        })
    }

    /// As clients see it in lists and views.
    pub fn view(&self) -> Value {
        let mut view = json!(self.ticket.view(self.zone));
        view["hospital_name"] = json!(self.hospital_name);
        view["doctor_name"] = json!(self.doctor_name);
        view
    }
}

/// The ticket of a row.
///
/// # Errors
/// When a name in it (status, channel) is not known to this build.
pub fn ticket(row: &MySqlRow) -> Result<Ticket, sqlx::Error> {
    let id = |column: &str| row.try_get::<Uuid, _>(column);
    let at = |column: &str| -> Result<Option<Timestamp>, sqlx::Error> {
        let at: Option<NaiveDateTime> = row.try_get(column)?;
        Ok(at.map(|at| at.and_utc()))
    };
    let live_slot = row
        .try_get::<Option<Uuid>, _>("live_account")?
        .zip(row.try_get::<Option<u8>, _>("live_slot")?);
    let optional = |column: &str| row.try_get::<Option<Uuid>, _>(column);
    Ok(Ticket {
        id: TicketId::from_uuid(id("id")?),
        account_id: AccountId::from_uuid(id("account_id")?),
        patient_id: optional("patient_id")?.map(PatientId::from_uuid),
        live_slot: live_slot
            .map(|(account, number)| LiveSlot { account: AccountId::from_uuid(account), number }),
        hospital_id: HospitalId::from_uuid(id("hospital_id")?),
        doctor_id: DoctorId::from_uuid(id("doctor_id")?),
        day: row.try_get("day")?,
        number: row.try_get("number")?,
        priority: row.try_get("priority")?,
        key_at: timestamp(row, "key_at")?,
        status: named(row, "status")?,
        arrived_at: at("arrived_at")?,
        called_at: at("called_at")?,
        called_after: optional("called_after")?.map(TicketId::from_uuid),
        passed: row.try_get("passed")?,
        booking_id: optional("booking_id")?.map(BookingId::from_uuid),
        postponed: row.try_get("postponed")?,
        identity_checked: row.try_get("identity_checked")?,
        request_id: RequestId::from_uuid(id("request_id")?),
        channel: named(row, "channel")?,
        revision: row.try_get("revision")?,
        created_at: timestamp(row, "created_at")?,
        updated_at: timestamp(row, "updated_at")?,
        sealed: row.try_get("sealed")?,
        notes: notes(row)?,
    })
}

fn notes(row: &MySqlRow) -> Result<Notes, sqlx::Error> {
    let bound = |column: &str| row.try_get::<Option<u32>, _>(column);
    let expected = bound("expected_p50_s")?.zip(bound("expected_p90_s")?);
    Ok(Notes {
        soon_told: row.try_get::<u8, _>("soon_told")? == 1,
        expected: expected.map(|(p50_s, p90_s)| Wait { p50_s, p90_s }),
        graded: row.try_get::<u8, _>("graded")? == 1,
    })
}

/// The columns that [`pace`] reads.
pub const PACE_COLUMNS: &str = "recent, graded, within_p50, within_p90";

/// What a row of `line_pace` keeps of a doctor.
pub fn pace(row: &MySqlRow) -> Result<Pace, sqlx::Error> {
    let grades = Grades {
        graded: row.try_get("graded")?,
        within_p50: row.try_get("within_p50")?,
        within_p90: row.try_get("within_p90")?,
    };
    Ok(Pace { recent: recent(row.try_get("recent")?), grades })
}

/// Seconds, joined by commas.
pub(crate) fn recent(text: &str) -> Vec<u32> {
    text.split(',').filter_map(|seconds| seconds.parse().ok()).collect()
}

/// The columns that [`line_day`] reads.
pub const DAY_COLUMNS: &str = "doctor_id, day, next_number, version, CAST(reception AS CHAR) AS reception, paused_until, last_called, calls, last_key, cap, seen, seen_s";

/// What a row of `line_day` keeps of a line.
pub fn line_day(row: &MySqlRow) -> Result<(DoctorDay, LineDay), sqlx::Error> {
    let until: Option<NaiveDateTime> = row.try_get("paused_until")?;
    let reception = match row.try_get("reception")? {
        "open" => Reception::Open,
        "paused" => Reception::Paused { until: until.map(|until| until.and_utc()) },
        _ => Reception::Closed,
    };
    let last_called: Option<Uuid> = row.try_get("last_called")?;
    let last_key: Option<NaiveDateTime> = row.try_get("last_key")?;
    let line = LineDay {
        next_number: row.try_get("next_number")?,
        version: row.try_get("version")?,
        reception,
        last_called: last_called.map(TicketId::from_uuid),
        calls: row.try_get("calls")?,
        last_key: last_key.map(|at| at.and_utc()),
        cap: row.try_get("cap")?,
        seen: row.try_get("seen")?,
        seen_s: row.try_get("seen_s")?,
    };
    Ok(((DoctorId::from_uuid(row.try_get("doctor_id")?), row.try_get("day")?), line))
}
