//! The stage of the demonstration: doctors of imported hospitals, a day none of them has given away yet, and the
//! moment at which it opens.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta, Timelike};
use chrono_tz::Tz;
use sqlx::mysql::MySqlRow;
use sqlx::{MySql, MySqlPool, QueryBuilder, Row};
use std::process::Stdio;
use tokio::process::Command;
use uuid::Uuid;

use domain::schedule::{Hours, Schedule, Visit};
use domain::time::{self, Timestamp};
use platform::Failure;
use platform::clock::Clock;
use platform::config::Env;

use crate::system;

/// Between setting the release and the release: `./dev demo` has the services read schedules anew each second.
const LEAD: TimeDelta = TimeDelta::seconds(7);

/// The farthest day that is offered, and how far the schedules reach.
const DAYS: u64 = 29;

/// A doctor and the starts that the day offers, in RFC 3339 with the hospital's offset.
#[derive(Clone, Debug)]
pub struct Doctor {
    pub id: Uuid,
    pub starts: Vec<String>,
    schedule: Schedule,
}

/// Where it plays.
#[derive(Clone, Debug)]
pub struct Stage {
    pub doctors: Vec<Doctor>,
    pub day: NaiveDate,
    pub hospitals: usize,
    pub imported: usize,
    zone: Tz,
}

impl Stage {
    /// Has the CLI make the doctors, and finds the first day that is still wholly free.
    pub async fn build(env: &Env, pool: &MySqlPool, clock: &Clock) -> Result<Self, Failure> {
        let ids = make_doctors(env).await?;
        let (mut doctors, imported, hospitals) = load(pool, &ids).await?;
        let zone = doctors.first().ok_or("no doctor has a schedule")?.schedule.zone;
        let today = time::day_of(clock.now(), zone);
        for ahead in 2..DAYS {
            let day = today + Days::new(ahead);
            for doctor in &mut doctors {
                doctor.starts = starts(&doctor.schedule, day);
            }
            let offered: usize = doctors.iter().map(|doctor| doctor.starts.len()).sum();
            if offered > 0 && taken_on(pool, &ids, day, zone).await? == 0 {
                doctors.retain(|doctor| !doctor.starts.is_empty());
                return Ok(Self { doctors, day, hospitals, imported, zone });
            }
        }
        Err("every day within reach has bookings already; ./dev down --wipe starts anew".into())
    }

    /// Lets the day open at the next whole second that leaves the services time to know it.
    pub async fn set_release(&self, pool: &MySqlPool, clock: &Clock) -> Result<Timestamp, Failure> {
        let opening = clock.now() + LEAD;
        let opening = opening.with_nanosecond(0).unwrap_or(opening) + TimeDelta::seconds(1);
        let local = opening.with_timezone(&self.zone);
        let days = u16::try_from((self.day - local.date_naive()).num_days())?;
        self.write_release(pool, Some((days, local.time()))).await?;
        Ok(opening)
    }

    /// Takes the rule away again.
    pub async fn clear_release(&self, pool: &MySqlPool) -> Result<(), Failure> {
        Ok(self.write_release(pool, None).await?)
    }

    async fn write_release(
        &self,
        pool: &MySqlPool,
        release: Option<(u16, NaiveTime)>,
    ) -> Result<(), sqlx::Error> {
        let (days, at) = release.unzip();
        let mut update = QueryBuilder::<MySql>::new("UPDATE schedule SET release_days = ");
        update.push_bind(days).push(", release_at = ").push_bind(at).push(" WHERE doctor_id IN (");
        push_ids(&mut update, self.doctors.iter().map(|doctor| doctor.id));
        update.build().execute(pool).await?;
        Ok(())
    }

    pub fn show(&self, at: Timestamp) -> String {
        time::show(at, self.zone)
    }
}

fn starts(schedule: &Schedule, day: NaiveDate) -> Vec<String> {
    schedule
        .slots_on(day, Visit::Return)
        .iter()
        .map(|slot| time::show(slot.starts_at, schedule.zone))
        .collect()
}

/// `docde doctors make`: ids follow from the hospitals, so a second demonstration finds the same doctors.
async fn make_doctors(env: &Env) -> Result<Vec<Uuid>, Failure> {
    let (docde, days) = (system::program(env, "docde")?, (DAYS + 1).to_string());
    let arguments = [
        "doctors",
        "make",
        "--hospitals",
        "40",
        "--doctors",
        "100",
        "--every-day",
        "--days",
        &days,
    ];
    let made = Command::new(docde)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .await?;
    if !made.status.success() {
        return Err(format!("docde doctors make: {}", made.status).into());
    }
    let text = String::from_utf8(made.stdout)?;
    let ids: Vec<Uuid> = text
        .lines()
        .filter_map(|line| crate::http::member(line, "doctor_id")?.parse().ok())
        .collect();
    if ids.is_empty() { Err("docde doctors make named no doctors".into()) } else { Ok(ids) }
}

async fn load(pool: &MySqlPool, ids: &[Uuid]) -> Result<(Vec<Doctor>, usize, usize), Failure> {
    let mut query = QueryBuilder::<MySql>::new(
        "SELECT s.doctor_id, d.hospital_id, h.zone, h.source_key IS NOT NULL AS imported, s.step_minutes, s.first_minutes, s.return_minutes,
             s.seats, s.cutoff_minutes, s.valid_from, s.valid_until
         FROM schedule s JOIN doctor d ON d.id = s.doctor_id JOIN hospital h ON h.id = d.hospital_id WHERE s.doctor_id IN (",
    );
    push_ids(&mut query, ids.iter().copied());
    let (mut doctors, mut hospitals) = (Vec::new(), std::collections::HashMap::new());
    for row in query.build().fetch_all(pool).await? {
        hospitals.insert(
            row.try_get::<Uuid, _>("hospital_id")?,
            row.try_get::<i64, _>("imported")? != 0,
        );
        doctors.push(Doctor {
            id: row.try_get("doctor_id")?,
            starts: Vec::new(),
            schedule: schedule_of(&row)?,
        });
    }
    let mut query = QueryBuilder::<MySql>::new(
        "SELECT doctor_id, weekday, opens, closes, lunch_from, lunch_until FROM schedule_hours WHERE doctor_id IN (",
    );
    push_ids(&mut query, ids.iter().copied());
    for row in query.build().fetch_all(pool).await? {
        let id: Uuid = row.try_get("doctor_id")?;
        let weekday = usize::from(row.try_get::<u8, _>("weekday")?).wrapping_sub(1);
        let lunch: (Option<NaiveTime>, Option<NaiveTime>) =
            (row.try_get("lunch_from")?, row.try_get("lunch_until")?);
        let hours = Hours {
            opens: row.try_get("opens")?,
            closes: row.try_get("closes")?,
            lunch: lunch.0.zip(lunch.1),
        };
        if let Some(place) = doctors
            .iter_mut()
            .find(|doctor| doctor.id == id)
            .and_then(|doctor| doctor.schedule.hours.get_mut(weekday))
        {
            *place = Some(hours);
        }
    }
    let imported = hospitals.values().filter(|imported| **imported).count();
    Ok((doctors, imported, hospitals.len()))
}

fn schedule_of(row: &MySqlRow) -> Result<Schedule, Failure> {
    Ok(Schedule {
        zone: row.try_get::<String, _>("zone")?.parse()?,
        step: u32::from(row.try_get::<u16, _>("step_minutes")?),
        first_visit_minutes: u32::from(row.try_get::<u16, _>("first_minutes")?),
        return_visit_minutes: u32::from(row.try_get::<u16, _>("return_minutes")?),
        seats: row.try_get("seats")?,
        release: None,
        cutoff: row.try_get("cutoff_minutes")?,
        approval_hours: None,
        valid_from: row.try_get("valid_from")?,
        valid_until: row.try_get("valid_until")?,
        hours: [None; 7],
        closures: Vec::new(),
    })
}

async fn taken_on(
    pool: &MySqlPool,
    ids: &[Uuid],
    day: NaiveDate,
    zone: Tz,
) -> Result<i64, Failure> {
    let midnight = |day: NaiveDate| {
        day.and_time(NaiveTime::MIN).and_local_timezone(zone).earliest().map(|at| at.naive_utc())
    };
    let mut query = QueryBuilder::<MySql>::new(
        "SELECT COUNT(*) FROM booking WHERE seat_in_use IS NOT NULL AND starts_at >= ",
    );
    query
        .push_bind(midnight(day))
        .push(" AND starts_at < ")
        .push_bind(midnight(day + Days::new(1)))
        .push(" AND doctor_id IN (");
    push_ids(&mut query, ids.iter().copied());
    Ok(query.build_query_scalar().fetch_one(pool).await?)
}

fn push_ids(query: &mut QueryBuilder<MySql>, ids: impl Iterator<Item = Uuid>) {
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(id);
    }
    query.push(")");
}
