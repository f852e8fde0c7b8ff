//! The world that load is aimed at: hospitals with doctors whose schedules reach so far ahead that every
//! request can ask for a free time of its own, and accounts with a large family each, so that no patient
//! is ever in two places. Put into the database in bulk; ids are new at every run.

use chrono::NaiveDate;
use domain::ids::{AccountId, DoctorId, HospitalId, PatientId};
use domain::time;
use platform::Failure;
use platform::auth::Signer;
use platform::clock::Clock;
use sqlx::MySqlPool;

use crate::world_store;

/// Hours a token lasts: longer than the longest matrix.
const TOKEN_S: i64 = 12 * 3600;

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub hospitals: usize,
    pub doctors: usize,
    pub accounts: usize,
    /// Patients an account.
    pub family: usize,
}

impl Size {
    /// What the bench uses: 2,000 doctors, as in issue 3, and 65,536 patients.
    pub const BENCH: Self = Self { hospitals: 400, doctors: 2_000, accounts: 256, family: 256 };
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
            hospitals: (0..size.hospitals).map(|_| HospitalId::fresh()).collect(),
            doctors: (0..size.doctors).map(|_| DoctorId::fresh()).collect(),
            accounts: accounts(signer, clock, size.accounts, size.family)?,
            first_day: today + chrono::Days::new(2),
        };
        world_store::write_hospitals(pool, &world, today).await?;
        world_store::write_accounts(pool, &world.accounts, clock.now()).await?;
        Ok(world)
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
        let id = AccountId::fresh();
        let token = signer.access(id, clock.now(), TOKEN_S).ok_or("a token could not be signed")?;
        Ok(Account { id, token, patients: (0..family).map(|_| PatientId::fresh()).collect() })
    };
    (0..count).map(account).collect()
}
