//! The world that load is aimed at: hospitals with doctors whose schedules reach so far ahead that every
//! request can ask for a free time of its own, and accounts with a large family each, so that no patient
//! is ever in two places. Put into the database in bulk; ids are new at every run.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use domain::ids::{AccountId, DoctorId, HospitalId, PatientId};
use domain::schedule::Hours;
use domain::time::{self, Timestamp};
use platform::Failure;
use platform::auth::Signer;
use platform::clock::Clock;
use platform::seed::store::{add_accounts, add_doctors, add_hospitals, add_patients};
use platform::seed::{DoctorSeed, ExistingSchedule, HospitalSeed, PatientSeed, ScheduleSeed};
use sqlx::MySqlPool;

/// Hours a token lasts: longer than the longest matrix.
const TOKEN_S: i64 = 12 * 3600;

/// Limits of a hospital far away, so that nothing is refused but for want of time.
const NO_LIMIT: u16 = 60_000;

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub hospitals: usize,
    pub doctors: usize,
    pub accounts: usize,
    /// Patients an account.
    pub family: usize,
    /// Doctors' hours are the whole day, but its last minute.
    pub round_the_clock: bool,
}

impl Size {
    /// What the bench uses: 2,000 doctors, as in issue 3, and 65,536 patients.
    pub const BENCH: Self =
        Self { hospitals: 400, doctors: 2_000, accounts: 256, family: 256, round_the_clock: false };
}

/// An account that sends load.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: AccountId,
    pub token: String,
    pub patients: Vec<PatientId>,
}

/// All that was made.
#[derive(Clone, Debug)]
pub struct World {
    pub hospitals: Vec<HospitalId>,
    /// The doctor at index `i` works at the hospital at index `i % hospitals`.
    pub doctors: Vec<DoctorId>,
    pub accounts: Vec<Account>,
    /// The first day that is asked for.
    pub first_day: NaiveDate,
}

impl World {
    /// Makes a world and writes it.
    pub async fn build(
        pool: &MySqlPool,
        signer: &Signer,
        clock: &Clock,
        size: Size,
    ) -> Result<Self, Failure> {
        let today = time::day_of(clock.now(), chrono_tz::Asia::Seoul);
        let world = Self {
            hospitals: (0..size.hospitals).map(|_| HospitalId::generate()).collect(),
            doctors: (0..size.doctors).map(|_| DoctorId::generate()).collect(),
            accounts: accounts(signer, clock, size.accounts, size.family)?,
            first_day: today + Days::new(2),
        };
        let mut transaction = pool.begin().await?;
        add_hospitals(&mut transaction, &world.hospital_seeds()).await?;
        let doctors = world.doctor_seeds(today, size.round_the_clock);
        add_doctors(&mut transaction, &doctors, ExistingSchedule::Extend).await?;
        transaction.commit().await?;
        write_accounts(pool, &world.accounts, clock.now()).await?;
        Ok(world)
    }

    fn hospital_seeds(&self) -> Vec<HospitalSeed> {
        let seed = |id: &HospitalId| HospitalSeed {
            max_open_bookings: NO_LIMIT,
            // Its families are thirty times as large as any.
            max_open_account: None,
            max_per_doctor_day: NO_LIMIT,
            ..HospitalSeed::clinic(*id, "부하 시험 의원")
        };
        self.hospitals.iter().map(seed).collect()
    }

    /// 09:00 to 18:00 every day, a visit every 15 minutes, for as long as times are accepted.
    fn doctor_seeds(&self, today: NaiveDate, round_the_clock: bool) -> Vec<DoctorSeed> {
        let at = |minute| NaiveTime::MIN + TimeDelta::minutes(minute);
        let [opens, closes] =
            if round_the_clock { [0, 24 * 60 - 1] } else { [9 * 60, 18 * 60] }.map(at);
        let schedule = ScheduleSeed {
            step_minutes: 15,
            first_visit_minutes: 15,
            return_visit_minutes: 15,
            seats: 1,
            release: None,
            cutoff_minutes: 0,
            valid_from: today,
            // 161 years: about as far as times are accepted.
            valid_until: today + Days::new(59_000),
            hours: [Some(Hours { opens, closes, lunch: None }); 7],
        };
        let seed = |(id, hospital_id): (&DoctorId, &HospitalId)| DoctorSeed {
            id: *id,
            hospital_id: *hospital_id,
            name: "부하 시험".to_owned(),
            department: "내과".to_owned(),
            schedule: schedule.clone(),
        };
        self.doctors.iter().zip(self.hospitals.iter().cycle()).map(seed).collect()
    }
}

/// Accounts with tokens, not yet written.
pub fn accounts(
    signer: &Signer,
    clock: &Clock,
    count: usize,
    family: usize,
) -> Result<Vec<Account>, Failure> {
    let account = |_| {
        let id = AccountId::generate();
        let token = signer.access(id, clock.now(), TOKEN_S).ok_or("a token could not be signed")?;
        Ok(Account { id, token, patients: (0..family).map(|_| PatientId::generate()).collect() })
    };
    (0..count).map(account).collect()
}

/// Writes accounts with their patients, the first of each the account's own person.
pub async fn write_accounts(
    pool: &MySqlPool,
    accounts: &[Account],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let seed = |account: AccountId, (index, id): (usize, &PatientId)| PatientSeed {
        id: *id,
        account_id: account,
        own_person: index == 0,
        name: String::new(),
        birth_date: None,
    };
    let patients: Vec<_> = accounts
        .iter()
        .flat_map(|account| {
            account.patients.iter().enumerate().map(|numbered| seed(account.id, numbered))
        })
        .collect();
    let ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
    let mut transaction = pool.begin().await?;
    add_accounts(&mut transaction, &ids, now).await?;
    add_patients(&mut transaction, &patients).await?;
    transaction.commit().await
}
