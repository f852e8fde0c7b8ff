//! Who takes numbers in one run: accounts, each with its own person and three tickets to take, with three doctors.

use domain::ids::DoctorId;
use platform::Failure;
use platform::auth::Signer;
use platform::clock::Clock;
use sqlx::MySqlPool;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::arguments::Load;
use crate::prepared::Bench;
use crate::world::{self, Account};

/// Live tickets that an account may have.
pub const TICKETS: usize = 3;

/// Doctors of the load that hurts: everybody wants one of them.
const FEW: usize = 5;

/// Accounts and doctors of a run.
#[derive(Debug)]
pub struct Crowd {
    accounts: Vec<Account>,
    doctors: Vec<DoctorId>,
    next: AtomicUsize,
}

impl Crowd {
    /// Enough for so many tickets. `write` puts the accounts into the system's database; the baseline asks for none.
    pub async fn gather(
        bench: &Bench,
        doctors: Vec<DoctorId>,
        tickets: usize,
        write: bool,
    ) -> Result<Self, Failure> {
        let (signer, clock) = (Signer::from_env(&bench.env)?, Clock::from_env(&bench.env)?);
        let accounts = world::accounts(&signer, &clock, tickets.div_ceil(TICKETS), 1)?;
        if write {
            write_all(&bench.pool, &accounts, &clock).await?;
        }
        Ok(Self { accounts, doctors, next: AtomicUsize::new(0) })
    }

    /// Who takes the next ticket, and with whom; `None` when everybody has three.
    pub fn next(&self) -> Option<(&Account, DoctorId)> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let account = self.accounts.get(turn / TICKETS)?;
        Some((account, *self.doctors.get(doctor_of(turn, self.doctors.len()))?))
    }
}

/// Which doctor: an account's three differ, and over all accounts each comes as often as another.
fn doctor_of(turn: usize, doctors: usize) -> usize {
    // Neighbouring accounts go to doctors far apart.
    const STEP: usize = 7_919;
    let stride = (doctors / TICKETS).max(1);
    ((turn / TICKETS).wrapping_mul(STEP) + (turn % TICKETS) * stride) % doctors.max(1)
}

async fn write_all(pool: &MySqlPool, accounts: &[Account], clock: &Clock) -> Result<(), Failure> {
    for some in accounts.chunks(5_000) {
        world::write_accounts(pool, some, clock.now()).await?;
    }
    Ok(())
}

/// The doctors of a run: all, or five that no run before had, lest its lines be as long as all runs together.
pub fn doctors(bench: &Bench, load: Load, run: usize) -> Vec<DoctorId> {
    let all = &bench.world.doctors;
    if load == Load::Line {
        return all.clone();
    }
    let groups = (all.len() / FEW).max(1);
    all.iter().skip(run % groups * FEW).take(FEW).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn an_account_has_three_doctors_and_each_doctor_its_share() {
        for doctors in [5, 50, 2_000] {
            let mut shares = vec![0_u32; doctors];
            for account in 0..doctors * 4 {
                let turns = account * TICKETS..(account + 1) * TICKETS;
                let three: HashSet<_> = turns.map(|turn| doctor_of(turn, doctors)).collect();
                assert_eq!(three.len(), TICKETS, "of {doctors}");
                for doctor in three {
                    shares[doctor] += 1;
                }
            }
            assert!(shares.iter().all(|share| *share == 12), "of {doctors}: {shares:?}");
        }
    }
}
