//! Hospitals, doctors and patients, made to order, straight in the database.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use domain::ids::{AccountId, DoctorId, HospitalId, PatientId};
use domain::partition::PartitionId;
use domain::time::{self, Timestamp};
use platform::auth::Signer;

use crate::world::{PARTITIONS, World};

/// A person with an account.
#[derive(Clone, Debug)]
pub struct Patient {
    pub account: AccountId,
    pub id: PatientId,
    pub token: String,
}

/// A doctor with a schedule.
#[derive(Clone, Copy, Debug)]
pub struct Doctor {
    pub id: DoctorId,
    pub hospital: HospitalId,
    pub zone: chrono_tz::Tz,
}

/// What a doctor's schedule is to be.
#[derive(Clone, Debug)]
pub struct Hours {
    pub step: u16,
    pub first: u16,
    pub again: u16,
    pub seats: u8,
    pub opens: &'static str,
    pub closes: &'static str,
    pub lunch: Option<(&'static str, &'static str)>,
    pub release: Option<(u16, &'static str)>,
    pub cutoff: u32,
}

impl Default for Hours {
    /// Every day, around the clock but for the last half hour, every 15 minutes, first visits of 30.
    fn default() -> Self {
        Self {
            step: 15,
            first: 30,
            again: 15,
            seats: 1,
            opens: "00:00",
            closes: "23:30",
            lunch: None,
            release: None,
            cutoff: 0,
        }
    }
}

fn clock(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
        .expect("a time of day")
}

impl Doctor {
    pub fn partition(&self) -> PartitionId {
        PartitionId::of(self.hospital, PARTITIONS)
    }

    /// That time of the day `days` from now, in the doctor's zone.
    pub fn on(&self, world: &World, days: i64, at: &str) -> Timestamp {
        let day = time::day_of(world.clock.now() + TimeDelta::days(days), self.zone);
        self.on_day(day, at)
    }

    pub fn on_day(&self, day: NaiveDate, at: &str) -> Timestamp {
        let local = day
            .and_time(clock(at))
            .and_local_timezone(self.zone)
            .earliest()
            .expect("a time that exists");
        local.with_timezone(&chrono::Utc)
    }
}

impl World {
    pub async fn hospital(&self, zone: &str) -> HospitalId {
        let id = HospitalId::fresh();
        sqlx::query(
            "INSERT INTO hospital (id, name, kind, zone) VALUES (?, '시험의원', '의원', ?)",
        )
        .bind(id.uuid())
        .bind(zone)
        .execute(&self.pool)
        .await
        .expect("hospital");
        id
    }

    /// A hospital of that partition.
    pub async fn hospital_in(&self, partition: u16) -> HospitalId {
        loop {
            let id = self.hospital("Asia/Seoul").await;
            if PartitionId::of(id, PARTITIONS).index() == partition {
                return id;
            }
        }
    }

    /// Edits the limits that a hospital sets its patients.
    pub async fn limits(&self, hospital: HospitalId, open: u16, per_day: u16) {
        sqlx::query(
            "UPDATE hospital SET max_open_bookings = ?, max_per_doctor_day = ? WHERE id = ?",
        )
        .bind(open)
        .bind(per_day)
        .bind(hospital.uuid())
        .execute(&self.pool)
        .await
        .expect("limits");
    }

    /// A doctor at a hospital of its own, in Seoul, with [`Hours::default`].
    pub async fn doctor(&self) -> Doctor {
        let hospital = self.hospital("Asia/Seoul").await;
        self.doctor_at(hospital, &Hours::default()).await
    }

    pub async fn doctor_at(&self, hospital: HospitalId, hours: &Hours) -> Doctor {
        let id = DoctorId::fresh();
        let zone: String = sqlx::query_scalar("SELECT zone FROM hospital WHERE id = ?")
            .bind(hospital.uuid())
            .fetch_one(&self.pool)
            .await
            .expect("hospital");
        sqlx::query("INSERT INTO doctor (id, hospital_id, name, department) VALUES (?, ?, '김의사', '내과')")
            .bind(id.uuid())
            .bind(hospital.uuid())
            .execute(&self.pool)
            .await
            .expect("doctor");
        let today = self.clock.now().date_naive();
        sqlx::query(
            "INSERT INTO schedule (doctor_id, step_minutes, first_minutes, return_minutes, seats, release_days, release_at, cutoff_minutes,
             valid_from, valid_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id.uuid())
        .bind(hours.step)
        .bind(hours.first)
        .bind(hours.again)
        .bind(hours.seats)
        .bind(hours.release.map(|(days, _)| days))
        .bind(hours.release.map(|(_, at)| clock(at)))
        .bind(hours.cutoff)
        .bind(today - TimeDelta::days(2))
        .bind(today + TimeDelta::days(400))
        .execute(&self.pool)
        .await
        .expect("schedule");
        for weekday in 1..=7_u8 {
            sqlx::query(
                "INSERT INTO schedule_hours (doctor_id, weekday, opens, closes, lunch_from, lunch_until) VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(id.uuid())
            .bind(weekday)
            .bind(clock(hours.opens))
            .bind(clock(hours.closes))
            .bind(hours.lunch.map(|(from, _)| clock(from)))
            .bind(hours.lunch.map(|(_, until)| clock(until)))
            .execute(&self.pool)
            .await
            .expect("hours");
        }
        Doctor { id, hospital, zone: zone.parse().expect("zone") }
    }

    pub async fn patient(&self) -> Patient {
        self.patients(1).await.remove(0)
    }

    /// Patients, each with an account of their own.
    pub async fn patients(&self, count: usize) -> Vec<Patient> {
        let signer = Signer::from_env(&self.env()).expect("signing key");
        let mut patients = Vec::with_capacity(count);
        for _ in 0..count {
            let (account, id) = (AccountId::fresh(), PatientId::fresh());
            let token = signer.access(account, self.clock.now(), 30 * 24 * 3_600).expect("token");
            patients.push(Patient { account, id, token });
        }
        for chunk in patients.chunks(500) {
            let mut accounts = sqlx::QueryBuilder::new("INSERT INTO account (id, created_at) ");
            accounts.push_values(chunk, |mut row, patient| {
                row.push_bind(patient.account.uuid()).push_bind(self.clock.now().naive_utc());
            });
            accounts.build().execute(&self.pool).await.expect("accounts");
            let mut people =
                sqlx::QueryBuilder::new("INSERT INTO patient (id, account_id, self, name) ");
            people.push_values(chunk, |mut row, patient| {
                row.push_bind(patient.id.uuid())
                    .push_bind(patient.account.uuid())
                    .push_bind(true)
                    .push_bind("홍길동");
            });
            people.build().execute(&self.pool).await.expect("patients");
        }
        patients
    }

    /// A child of the account.
    pub async fn child_of(&self, parent: &Patient) -> PatientId {
        let id = PatientId::fresh();
        sqlx::query("INSERT INTO patient (id, account_id, self, name) VALUES (?, ?, 0, '홍아이')")
            .bind(id.uuid())
            .bind(parent.account.uuid())
            .execute(&self.pool)
            .await
            .expect("child");
        id
    }
}
