//! Who does what in the opening minute, drawn by a printed seed: half aim at five popular doctors, a tenth send
//! again, some leave before they are told, some come too early.

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_distr::Exp1;
use rand_pcg::Pcg64Mcg;
use std::time::Duration;
use uuid::Uuid;

use super::stage_store::Stage;

/// The doctors that half of all want.
pub const POPULAR: usize = 5;

/// How often the same request is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Repeats {
    Never,
    /// Again and again, one after the other.
    Again(u32),
    /// So many at the same moment, on connections of their own.
    Storm(u32),
}

/// One patient's part.
#[derive(Clone, Debug)]
pub struct Role {
    pub doctor_id: Uuid,
    pub starts_at: String,
    /// After the release.
    pub arrives: Duration,
    /// Comes this long before the release as well.
    pub early: Option<Duration>,
    pub repeats: Repeats,
    /// Closes the socket before the outcome can come, and asks later.
    pub leaves: bool,
}

/// A part for each of `patients`, arriving over `seconds`, most of them at once.
pub fn cast(stage: &Stage, patients: usize, seconds: u64, random: &mut Pcg64Mcg) -> Vec<Role> {
    #[expect(clippy::cast_precision_loss, reason = "seconds of a demonstration")]
    let (last, mean) = (seconds as f64, seconds as f64 / 8.0);
    let role = |_| {
        let popular = if random.random_bool(0.5) { POPULAR } else { usize::MAX };
        let doctor = stage.doctors[..popular.min(stage.doctors.len())].choose(random);
        let starts = doctor.map(|doctor| doctor.starts.as_slice()).unwrap_or_default();
        let repeats = match random.random_range(0..100) {
            0..2 => Repeats::Storm(10),
            2..10 => Repeats::Again(random.random_range(1..=3)),
            _ => Repeats::Never,
        };
        Role {
            doctor_id: doctor.map_or(Uuid::nil(), |doctor| doctor.id),
            starts_at: starts.choose(random).cloned().unwrap_or_default(),
            arrives: Duration::from_secs_f64((mean * random.sample::<f64, _>(Exp1)).min(last)),
            early: random
                .random_bool(0.05)
                .then(|| Duration::from_secs_f64(random.random_range(0.5..2.5))),
            repeats,
            leaves: random.random_bool(0.05),
        }
    };
    (0..patients).map(role).collect()
}
