//! The suite's own database and vhost on the servers that it will kill, with hospitals, doctors and patients.

use chrono::{NaiveTime, TimeDelta};
use docde_tests::management::Management;
use domain::partition::PartitionId;
use platform::Failure;
use platform::auth::Signer;
use platform::clock::Clock;
use platform::config::Env;
use serde_json::Value;
use sqlx::MySqlPool;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::settings::Settings;
use crate::wait::{LIMIT, until};

/// A younger quorum queue may lose itself or what it confirmed when its broker is killed (`rabbitmq/README.md`), and the
/// broker does not say when it is old enough.
const OLD_ENOUGH: Duration = Duration::from_secs(3);
/// Two workers share them.
pub const PARTITIONS: u16 = 4;
/// Minutes that a visit lasts, and between two starts.
pub const VISIT: i64 = 30;
pub const STEP: i64 = 15;
const HOSPITALS_A_PARTITION: usize = 2;
const DOCTORS_A_HOSPITAL: usize = 2;

/// A doctor of the stage: one seat, every day, the whole day.
#[derive(Clone, Copy, Debug)]
pub struct Doctor {
    pub id: Uuid,
    pub hospital: Uuid,
    pub partition: u16,
}

/// An account with its own person.
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
    pub patients: Vec<Patient>,
    admin: MySqlPool,
    /// When the queues were declared.
    declared: Instant,
}

impl Stage {
    pub async fn set(settings: &Settings, patients: usize) -> Result<Self, Failure> {
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
            patients: Vec::new(),
            admin,
            declared: Instant::now(),
        };
        stage.docde(settings, &["migrate", "--partitions", &PARTITIONS.to_string()]).await?;
        stage.make_vhost(settings).await?;
        stage.declared = Instant::now();
        stage.make_hospitals().await?;
        stage.make_patients(patients).await?;
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
        for partition in 0..PARTITIONS {
            for _ in 0..HOSPITALS_A_PARTITION {
                let hospital = hospital_of(partition);
                sqlx::query(
                    "INSERT INTO hospital (id, name, kind, max_open_bookings, max_per_doctor_day) VALUES (?, '시험의원', '의원', 6, 3)",
                )
                .bind(hospital)
                .execute(&self.pool)
                .await?;
                for _ in 0..DOCTORS_A_HOSPITAL {
                    let id = self.make_doctor(hospital).await?;
                    self.doctors.push(Doctor { id, hospital, partition });
                }
            }
        }
        Ok(())
    }

    async fn make_doctor(&self, hospital: Uuid) -> Result<Uuid, Failure> {
        let id = Uuid::now_v7();
        sqlx::query("INSERT INTO doctor (id, hospital_id, name, department) VALUES (?, ?, '김의사', '내과')")
            .bind(id)
            .bind(hospital)
            .execute(&self.pool)
            .await?;
        let today = Clock::host().now().date_naive();
        sqlx::query(
            "INSERT INTO schedule (doctor_id, step_minutes, first_minutes, return_minutes, seats, cutoff_minutes, valid_from, valid_until)
             VALUES (?, ?, ?, ?, 1, 0, ?, ?)",
        )
        .bind(id)
        .bind(STEP)
        .bind(VISIT)
        .bind(VISIT)
        .bind(today - TimeDelta::days(2))
        .bind(today + TimeDelta::days(60))
        .execute(&self.pool)
        .await?;
        for weekday in 1..=7_u8 {
            sqlx::query("INSERT INTO schedule_hours (doctor_id, weekday, opens, closes) VALUES (?, ?, ?, '23:59:00')")
                .bind(id)
                .bind(weekday)
                .bind(NaiveTime::MIN)
                .execute(&self.pool)
                .await?;
        }
        Ok(id)
    }

    async fn make_patients(&mut self, count: usize) -> Result<(), Failure> {
        let clock = Clock::host();
        let signer = Signer::from_env(&Env::from_pairs(self.env.clone()))?;
        for _ in 0..count {
            let account = Uuid::now_v7();
            let token = signer
                .access(domain::ids::AccountId::from_uuid(account), clock.now(), 30 * 24 * 3_600)
                .ok_or("no token")?;
            let at = clock.now().naive_utc();
            sqlx::query("INSERT INTO account (id, created_at) VALUES (?, ?)")
                .bind(account)
                .bind(at)
                .execute(&self.pool)
                .await?;
            sqlx::query(
                "INSERT INTO patient (id, account_id, self, name) VALUES (?, ?, 1, '홍길동')",
            )
            .bind(Uuid::now_v7())
            .bind(account)
            .execute(&self.pool)
            .await?;
            self.patients.push(Patient { account, token });
        }
        Ok(())
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

fn environment(settings: &Settings, name: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut database = url::Url::parse(&settings.database)?;
    database.set_path(name);
    let mut amqp = url::Url::parse(&settings.amqp)?;
    amqp.set_path(name);
    let pairs = [
        ("DATABASE_URL", database.as_str()),
        ("AMQP_URL", amqp.as_str()),
        ("RABBITMQ_UI_URL", &settings.ui),
        ("REDIS_URL", &settings.redis),
        ("DOCDE_REDIS_PREFIX", &format!("{name}:")),
        ("DOCDE_JWT_HS256_SECRET", "a secret of tests, 32 bytes long"),
        ("DOCDE_SEAL_KEYS", "t1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="),
        ("DOCDE_RATE_PER_ACCOUNT", "0"),
        ("DOCDE_PEAK", "none"),
    ];
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
}

fn hospital_of(partition: u16) -> Uuid {
    loop {
        let id = Uuid::now_v7();
        if PartitionId::of(domain::ids::HospitalId::from_uuid(id), PARTITIONS).index() == partition
        {
            return id;
        }
    }
}
