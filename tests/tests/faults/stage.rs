//! The suite's own database and vhost on the servers that it will kill, with hospitals, doctors, patients and desks.

use docde_tests::management::Management;
use domain::ids::{AccountId, PatientId};
use platform::Failure;
use platform::auth::Signer;
use platform::clock::Clock;
use platform::config::Env;
use platform::seed::{ExistingSchedule, HospitalSeed, PatientSeed, store};
use serde_json::Value;
use sqlx::MySqlPool;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::seeds::{PARTITIONS, doctor_of, environment, hospital_of};
use crate::settings::Settings;
use crate::wait::{LIMIT, until};
use crate::zone;

/// A younger quorum queue may lose itself or what it confirmed when its broker is killed (`rabbitmq/README.md`), and the
/// broker does not say when it is old enough.
const OLD_ENOUGH: Duration = Duration::from_secs(3);
const HOSPITALS_A_PARTITION: usize = 2;
const DOCTORS_A_HOSPITAL: usize = 2;

/// A doctor of the stage: one seat, every day, the whole day.
#[derive(Clone, Copy, Debug)]
pub struct Doctor {
    pub id: Uuid,
    pub hospital: Uuid,
    pub partition: u16,
}

/// An account: a patient's, with its own person, or a clerk's.
#[derive(Clone, Debug)]
pub struct Patient {
    pub account: Uuid,
    pub token: String,
}

/// All of it.
pub struct Stage {
    pub name: String,
    /// For reading; the system's rows are written by the system.
    pub pool: MySqlPool,
    /// What services and the CLI are given.
    pub env: BTreeMap<String, String>,
    pub doctors: Vec<Doctor>,
    /// Of all hospitals.
    pub zone: chrono_tz::Tz,
    pub patients: Vec<Patient>,
    /// Each works at every hospital.
    pub clerks: Vec<Patient>,
    admin: MySqlPool,
    /// When the queues were declared.
    declared: Instant,
}

impl Stage {
    pub async fn set(settings: &Settings, patients: usize, clerks: usize) -> Result<Self, Failure> {
        let name = format!("docde_faults_{}", Uuid::now_v7().simple());
        let admin = platform::database::pool_of(&settings.database, 1)?;
        let create = format!("CREATE DATABASE {name}");
        sqlx::query(sqlx::AssertSqlSafe(create)).execute(&admin).await?;
        let env = environment(settings, &name)?;
        let pool = platform::database::pool_of(&env["DATABASE_URL"], 4)?;
        let mut stage = Self {
            name,
            pool,
            env,
            doctors: Vec::new(),
            zone: zone::of_morning(Clock::host().now())?,
            patients: Vec::new(),
            clerks: Vec::new(),
            admin,
            declared: Instant::now(),
        };
        stage.docde(settings, &["migrate", "--partitions", &PARTITIONS.to_string()]).await?;
        stage.drop_keys(settings.guard_off.as_deref()).await?;
        stage.make_vhost(settings).await?;
        stage.declared = Instant::now();
        stage.make_hospitals().await?;
        stage.admit(settings).await?;
        stage.make_patients(patients).await?;
        stage.make_clerks(clerks).await?;
        Ok(stage)
    }

    /// Until the queues may be killed.
    pub async fn grown(&self) {
        tokio::time::sleep(OLD_ENOUGH.saturating_sub(self.declared.elapsed())).await;
    }

    /// Runs the CLI; its exit code and what it printed.
    pub async fn try_docde(
        &self,
        settings: &Settings,
        arguments: &[&str],
    ) -> Result<(bool, String), Failure> {
        let output = tokio::process::Command::new(settings.bin.join("docde"))
            .args(arguments)
            .envs(&self.env)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        Ok((output.status.success(), text))
    }

    async fn docde(&self, settings: &Settings, arguments: &[&str]) -> Result<String, Failure> {
        let (good, text) = self.try_docde(settings, arguments).await?;
        if good { Ok(text) } else { Err(format!("docde {}: {text}", arguments.join(" ")).into()) }
    }

    /// Takes away what the schema holds of a guard. A plain key of the same name stays: reads name it.
    async fn drop_keys(&self, guard: Option<&str>) -> Result<(), Failure> {
        let changes: &[&str] = match guard {
            Some("inbox") => &["ALTER TABLE request DROP KEY request_id, ADD KEY request_id (id)"],
            Some("overlap") => &[
                "ALTER TABLE booking DROP KEY doctor_time_no_overlap, ADD KEY doctor_time_no_overlap (doctor_id, seat_in_use, ends_at, starts_at),
                 DROP KEY patient_time_no_overlap, ADD KEY patient_time_no_overlap (patient_in_use, ends_at, starts_at)",
            ],
            Some("tickets") => &[
                "ALTER TABLE ticket DROP KEY ticket_number, DROP KEY ticket_one_live, DROP KEY ticket_live_slot,
                 ADD KEY ticket_number (doctor_id, day, number), ADD KEY ticket_one_live (patient_id, doctor_id, day, live),
                 ADD KEY ticket_live_slot (live_account, live_slot)",
            ],
            None | Some("none" | "epoch" | "confirm") => &[],
            Some(other) => return Err(format!("no such guard: {other}").into()),
        };
        for change in changes {
            sqlx::raw_sql(*change).execute(&self.pool).await?;
        }
        Ok(())
    }

    async fn make_vhost(&self, settings: &Settings) -> Result<(), Failure> {
        let topology: Value = serde_json::from_str(
            &self.docde(settings, &["topology", "--partitions", &PARTITIONS.to_string()]).await?,
        )?;
        self.management().make_vhost(&self.name, &topology).await;
        Ok(())
    }

    fn management(&self) -> Management {
        Management::of_env(&Env::from_pairs(self.env.clone()))
    }

    async fn make_hospitals(&mut self) -> Result<(), Failure> {
        let (mut hospitals, mut doctors) = (Vec::new(), Vec::new());
        for partition in 0..PARTITIONS {
            for _ in 0..HOSPITALS_A_PARTITION {
                let hospital = hospital_of(partition);
                let limits = HospitalSeed::clinic(hospital, "시험의원");
                hospitals.push(HospitalSeed {
                    max_open_bookings: 6,
                    max_per_doctor_day: 3,
                    zone: self.zone,
                    ..limits
                });
                for _ in 0..DOCTORS_A_HOSPITAL {
                    let doctor = doctor_of(hospital);
                    let (id, hospital) = (doctor.id.uuid(), hospital.uuid());
                    self.doctors.push(Doctor { id, hospital, partition });
                    doctors.push(doctor);
                }
            }
        }
        let mut connection = self.pool.acquire().await?;
        store::add_hospitals(&mut connection, &hospitals).await?;
        store::add_doctors(&mut connection, &doctors, ExistingSchedule::Extend).await?;
        // Holds are over within a run, and an account makes as many of them as it likes.
        let limits = "UPDATE hospital SET hold_minutes = 1, max_holds = 20, max_holds_hour = 100, hold_again_minutes = 0";
        sqlx::query(limits).execute(&mut *connection).await?;
        // Of the two doctors of a hospital one approves what patients book.
        for doctor in self.doctors.iter().skip(1).step_by(DOCTORS_A_HOSPITAL) {
            sqlx::query("UPDATE schedule SET approval = 'staff' WHERE doctor_id = ?")
                .bind(doctor.id)
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }

    /// One hospital in each partition has one command decided in a transaction: what else it sends is held back.
    async fn admit(&self, settings: &Settings) -> Result<(), Failure> {
        for doctor in self.doctors.iter().step_by(HOSPITALS_A_PARTITION * DOCTORS_A_HOSPITAL) {
            let lever = format!("admission.{}", doctor.hospital);
            let why = ["--by", "faults", "--reason", "to hold back"];
            self.docde(settings, &[&["levers", "set", &lever, "1"], &why[..]].concat()).await?;
        }
        Ok(())
    }

    async fn make_patients(&mut self, count: usize) -> Result<(), Failure> {
        self.patients = self.make_accounts(count).await?;
        let person = |patient: &Patient| PatientSeed {
            id: PatientId::generate(),
            account_id: AccountId::from_uuid(patient.account),
            own_person: true,
            name: "홍길동".to_owned(),
            birth_date: None,
        };
        let people: Vec<_> = self.patients.iter().map(person).collect();
        store::add_patients(&mut *self.pool.acquire().await?, &people).await?;
        Ok(())
    }

    async fn make_clerks(&mut self, count: usize) -> Result<(), Failure> {
        self.clerks = self.make_accounts(count).await?;
        for clerk in &self.clerks {
            sqlx::query("INSERT INTO membership (account_id, hospital_id, role) SELECT ?, id, 'receptionist' FROM hospital")
                .bind(clerk.account)
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }

    async fn make_accounts(&self, count: usize) -> Result<Vec<Patient>, Failure> {
        let clock = Clock::host();
        let signer = Signer::from_env(&Env::from_pairs(self.env.clone()))?;
        let ids: Vec<AccountId> = (0..count).map(|_| AccountId::generate()).collect();
        store::add_accounts(&mut *self.pool.acquire().await?, &ids, clock.now()).await?;
        let account = |id: AccountId| {
            let token = signer.access(id, clock.now(), 30 * 24 * 3_600).ok_or("no token")?;
            Ok(Patient { account: id.uuid(), token })
        };
        ids.into_iter().map(account).collect()
    }

    /// Removes what it made; left out after a failure, so that it can be looked at.
    pub async fn strike(self) -> Result<(), Failure> {
        self.management().remove_vhost(&self.name).await;
        self.pool.close().await;
        // The connection of the beginning has died with its server.
        until("the database to be dropped", LIMIT, async || {
            let drop = format!("DROP DATABASE {}", self.name);
            sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&self.admin).await.ok()
        })
        .await?;
        Ok(())
    }
}
