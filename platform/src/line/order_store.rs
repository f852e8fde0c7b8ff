//! SQL of whole lines: the tickets of doctors' days in their order, and what an estimate of the wait rests on. Ingress
//! and notifiers show places by it.

use chrono::{NaiveDateTime, NaiveTime};
use domain::directory::DoctorDay;
use domain::ids::{AccountId, DoctorId, TicketId};
use domain::line::estimate::{Outlook, Wait};
use domain::line::{Ahead, Order, Standing};
use domain::time::{self, Timestamp, Zone};
use sqlx::mysql::{MySql, MySqlRow};
use sqlx::{MySqlPool, QueryBuilder, Row};
use std::collections::HashMap;
use uuid::Uuid;

use super::row_store;
use crate::rows_store::{named, padded, timestamp};

/// Lines read at a time.
const AT_ONCE: usize = 32;

/// A line as those see it who show places in it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KnownLine {
    pub order: Order,
    /// The doctor's last consultations in seconds, the newest last.
    pub recent: Vec<u32>,
    /// When the doctor does not call.
    pub lunch: Option<(Timestamp, Timestamp)>,
}

impl KnownLine {
    pub fn outlook(&self) -> Option<Outlook> {
        Outlook::of(&self.recent)
    }

    /// The wait of who has `ahead` before it, as `outlook` has it, which is [`KnownLine::outlook`].
    pub fn wait(&self, outlook: Option<&Outlook>, ahead: Ahead, now: Timestamp) -> Option<Wait> {
        outlook.map(|outlook| outlook.wait(ahead, self.order.in_progress_since(), self.lunch, now))
    }
}

/// The lines of these days, each with its order and version as of one moment. A day on which nothing happened is left out.
pub async fn lines(
    pool: &MySqlPool,
    days: &[DoctorDay],
) -> Result<HashMap<DoctorDay, KnownLine>, sqlx::Error> {
    let mut lines = HashMap::new();
    for days in days.chunks(AT_ONCE) {
        read_orders(pool, days, &mut lines).await?;
        read_figures(pool, days, &mut lines).await?;
    }
    Ok(lines)
}

fn any_of(query: &mut QueryBuilder<MySql>, days: &[DoctorDay]) {
    for (index, (doctor, day)) in padded(days).enumerate() {
        query.push(if index == 0 { "(l.doctor_id = " } else { " OR (l.doctor_id = " });
        query.push_bind(doctor.uuid()).push(" AND l.day = ").push_bind(day).push(")");
    }
}

fn day_of(row: &MySqlRow) -> Result<DoctorDay, sqlx::Error> {
    Ok((DoctorId::from_uuid(row.try_get("doctor_id")?), row.try_get("day")?))
}

async fn read_orders(
    pool: &MySqlPool,
    days: &[DoctorDay],
    lines: &mut HashMap<DoctorDay, KnownLine>,
) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::new(
        "SELECT l.doctor_id, l.day, l.version, t.id, p.account_id, t.number, t.priority, t.key_at, CAST(t.status AS CHAR) AS status,
         t.called_at FROM line_day l LEFT JOIN ticket t ON t.doctor_id = l.doctor_id AND t.day = l.day
         LEFT JOIN patient p ON p.id = t.patient_id WHERE ",
    );
    any_of(&mut query, days);
    let mut read: HashMap<DoctorDay, (u64, Vec<Standing>)> = HashMap::new();
    for row in query.build().fetch_all(pool).await? {
        let of_day = read.entry(day_of(&row)?).or_insert((row.try_get("version")?, Vec::new()));
        of_day.1.extend(standing(&row)?);
    }
    for (day, (version, standings)) in read {
        let order = Order::new(version, standings);
        lines.insert(day, KnownLine { order, ..KnownLine::default() });
    }
    Ok(())
}

/// `None` where the line has no ticket.
fn standing(row: &MySqlRow) -> Result<Option<Standing>, sqlx::Error> {
    let Some(id) = row.try_get::<Option<Uuid>, _>("id")? else { return Ok(None) };
    let called_at: Option<NaiveDateTime> = row.try_get("called_at")?;
    Ok(Some(Standing {
        id: TicketId::from_uuid(id),
        account: row.try_get::<Option<Uuid>, _>("account_id")?.map(AccountId::from_uuid),
        number: row.try_get("number")?,
        priority: row.try_get("priority")?,
        key_at: timestamp(row, "key_at")?,
        status: named(row, "status")?,
        called_at: called_at.map(|at| at.and_utc()),
    }))
}

async fn read_figures(
    pool: &MySqlPool,
    days: &[DoctorDay],
    lines: &mut HashMap<DoctorDay, KnownLine>,
) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::new(
        "SELECT l.doctor_id, l.day, h.zone, IF(o.day IS NULL, s.lunch_from, o.lunch_from) AS lunch_from,
           IF(o.day IS NULL, s.lunch_until, o.lunch_until) AS lunch_until, COALESCE(w.recent, '') AS recent FROM line_day l
         JOIN doctor d ON d.id = l.doctor_id JOIN hospital h ON h.id = d.hospital_id
         LEFT JOIN schedule_hours s ON s.doctor_id = l.doctor_id AND s.weekday = WEEKDAY(l.day) + 1 AND s.valid_from =
           (SELECT MAX(v.valid_from) FROM schedule v WHERE v.doctor_id = l.doctor_id AND v.valid_from <= l.day)
         LEFT JOIN day_hours o ON o.doctor_id = l.doctor_id AND o.day = l.day
         LEFT JOIN line_pace w ON w.doctor_id = l.doctor_id WHERE ",
    );
    any_of(&mut query, days);
    for row in query.build().fetch_all(pool).await? {
        let day = day_of(&row)?;
        let Some(line) = lines.get_mut(&day) else { continue };
        line.recent = row_store::recent(row.try_get("recent")?);
        let zone: Zone = named(&row, "zone")?;
        let hour = |column: &str| -> Result<Option<Timestamp>, sqlx::Error> {
            let hour: Option<NaiveTime> = row.try_get(column)?;
            Ok(hour.and_then(|hour| time::first_at(zone, day.1.and_time(hour))))
        };
        line.lunch = hour("lunch_from")?.zip(hour("lunch_until")?);
    }
    Ok(())
}
