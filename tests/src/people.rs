//! Hospitals, doctors and patients, made to order, straight in the database.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use domain::ids::{AccountId, DoctorId, HospitalId, PatientId};
use domain::partition::PartitionId;
use domain::schedule::Release;
use domain::time::{self, Timestamp};
use platform::auth::Signer;
use platform::seed::{
    DoctorSeed, ExistingSchedule, HospitalSeed, PatientSeed, ScheduleSeed, store,
};
use sqlx::MySql;
use sqlx::pool::PoolConnection;

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
        let id = HospitalId::generate();
        let zone = zone.parse().expect("zone");
        let seed = HospitalSeed { zone, ..HospitalSeed::clinic(id, "시험의원") };
        store::add_hospitals(&mut *self.connection().await, &[seed]).await.expect("hospital");
        id
    }

    async fn connection(&self) -> PoolConnection<MySql> {
        self.pool.acquire().await.expect("a connection")
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
        let id = DoctorId::generate();
        let zone: String = sqlx::query_scalar("SELECT zone FROM hospital WHERE id = ?")
            .bind(hospital.uuid())
            .fetch_one(&self.pool)
            .await
            .expect("hospital");
        let today = self.clock.now().date_naive();
        let open = domain::schedule::Hours {
            opens: clock(hours.opens),
            closes: clock(hours.closes),
            lunch: hours.lunch.map(|(from, until)| (clock(from), clock(until))),
        };
        let release = |(days, at)| Release { days: u32::from(days), at: clock(at) };
        let schedule = ScheduleSeed {
            step_minutes: hours.step,
            first_visit_minutes: hours.first,
            return_visit_minutes: hours.again,
            seats: hours.seats,
            release: hours.release.map(release),
            cutoff_minutes: hours.cutoff,
            valid_from: today - TimeDelta::days(2),
            valid_until: today + TimeDelta::days(400),
            hours: [Some(open); 7],
        };
        let seed = DoctorSeed {
            id,
            hospital_id: hospital,
            name: "김의사".to_owned(),
            department: "내과".to_owned(),
            schedule,
        };
        store::add_doctors(&mut *self.connection().await, &[seed], ExistingSchedule::Extend)
            .await
            .expect("doctor");
        Doctor { id, hospital, zone: zone.parse().expect("zone") }
    }

    /// From now on the account works at the hospital.
    pub async fn employ(&self, who: &Patient, hospital: HospitalId, role: &str) {
        sqlx::query("INSERT INTO membership (account_id, hospital_id, role) VALUES (?, ?, ?)")
            .bind(who.account.uuid())
            .bind(hospital.uuid())
            .bind(role)
            .execute(&self.pool)
            .await
            .expect("a membership");
    }

    pub async fn patient(&self) -> Patient {
        self.patients(1).await.remove(0)
    }

    /// Patients, each with an account of their own.
    pub async fn patients(&self, count: usize) -> Vec<Patient> {
        let signer = Signer::from_env(&self.env()).expect("signing key");
        let mut patients = Vec::with_capacity(count);
        for _ in 0..count {
            let (account, id) = (AccountId::generate(), PatientId::generate());
            let token = signer.access(account, self.clock.now(), 30 * 24 * 3_600).expect("token");
            patients.push(Patient { account, id, token });
        }
        let accounts: Vec<_> = patients.iter().map(|patient| patient.account).collect();
        let people: Vec<_> =
            patients.iter().map(|patient| seed(patient.id, patient.account, "홍길동")).collect();
        let mut connection = self.connection().await;
        store::add_accounts(&mut connection, &accounts, self.clock.now()).await.expect("accounts");
        store::add_patients(&mut connection, &people).await.expect("patients");
        patients
    }

    /// A child of the account.
    pub async fn child_of(&self, parent: &Patient) -> PatientId {
        let id = PatientId::generate();
        let child = PatientSeed { own_person: false, ..seed(id, parent.account, "홍아이") };
        store::add_patients(&mut *self.connection().await, &[child]).await.expect("child");
        id
    }
}

/// An account's own person.
fn seed(id: PatientId, account_id: AccountId, name: &str) -> PatientSeed {
    PatientSeed { id, account_id, own_person: true, name: name.to_owned(), birth_date: None }
}
