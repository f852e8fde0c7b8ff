//! Who comes: accounts with families, each patient new, and a free time for each. So no patient has two bookings and
//! nothing is refused for want of time.

use platform::Failure;
use platform::auth::Signer;
use platform::clock::Clock;
use platform::config::Env;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64Mcg;

use super::Crowd;
use crate::slot_picker::{TakenSlots, WantedSlot};
use crate::world::{self, World};

/// The doctors of `world` and accounts of the crowd's own, not yet written.
pub fn new(env: &Env, world: &World, crowd: Crowd) -> Result<World, Failure> {
    let (signer, clock) = (Signer::from_env(env)?, Clock::from_env(env)?);
    let accounts = world::accounts(&signer, &clock, crowd.accounts(), crowd.family())?;
    Ok(World { hospitals: Vec::new(), accounts, ..world.clone() })
}

/// Slots that each doctor has to give, so that there is one for everybody.
pub fn slots_a_doctor(world: &World, crowd: Crowd) -> u32 {
    u32::try_from(crowd.requests.div_ceil(world.doctors.len().max(1))).unwrap_or(u32::MAX)
}

/// What each patient asks for, with the account's number: every slot of the free ones once, by chance.
pub fn wanted(crowd: Crowd, free: &TakenSlots, random: &mut Pcg64Mcg) -> Vec<(usize, WantedSlot)> {
    let mut slots: Vec<_> = (0..free.count)
        .flat_map(|turn| {
            free.first.iter().enumerate().map(move |(doctor, first)| (doctor, first + turn))
        })
        .take(crowd.requests)
        .collect();
    slots.shuffle(random);
    let accounts = crowd.accounts();
    slots
        .into_iter()
        .enumerate()
        .map(|(n, (doctor, slot))| {
            (n % accounts, WantedSlot { doctor, slot, patient: n / accounts })
        })
        .collect()
}
