//! A world in the database, ready to be measured.

use platform::Failure;
use platform::auth::Signer;
use platform::clock::Clock;
use platform::config::Env;
use platform::database;
use sqlx::MySqlPool;
use std::sync::Arc;

use crate::slot_picker::SlotPicker;
use crate::world::{Size, World};

/// A built world and what it takes to drive it.
pub struct Bench {
    pub env: Env,
    pub pool: MySqlPool,
    pub world: Arc<World>,
    pub slot_picker: Arc<SlotPicker>,
}

impl Bench {
    /// Fills the database with a new world.
    pub async fn prepare(env: Env, size: Size) -> Result<Self, Failure> {
        let (pool, signer, clock) =
            (database::pool(&env, 4)?, Signer::from_env(&env)?, Clock::from_env(&env)?);
        eprintln!(
            "a world of {} hospitals, {} doctors, {} patients ...",
            size.hospitals,
            size.doctors,
            size.accounts * size.family
        );
        let world = Arc::new(World::build(&pool, &signer, &clock, size).await?);
        let slot_picker = Arc::new(SlotPicker::over(&world));
        Ok(Self { env, pool, world, slot_picker })
    }
}
