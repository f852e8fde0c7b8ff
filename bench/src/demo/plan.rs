//! Who does what in the opening minute, drawn by a printed seed: half aim at five popular doctors, a tenth send
//! again, some leave before they are told, some come too early.

use std::time::Duration;
use uuid::Uuid;

use super::stage_store::Stage;
use crate::chance::Chance;

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
pub fn cast(stage: &Stage, patients: usize, seconds: u64, chance: &mut Chance) -> Vec<Role> {
    #[expect(clippy::cast_precision_loss, reason = "seconds of a demonstration")]
    let (last, mean) = (seconds as f64, seconds as f64 / 8.0);
    let role = |_| {
        let popular = chance.happens(0.5);
        let among = if popular { POPULAR.min(stage.doctors.len()) } else { stage.doctors.len() };
        let doctor = stage.doctors.get(chance.below(among));
        let starts = doctor.map(|doctor| doctor.starts.as_slice()).unwrap_or_default();
        let repeats = match chance.below(100) {
            0..2 => Repeats::Storm(10),
            2..10 => Repeats::Again(u32::try_from(1 + chance.below(3)).unwrap_or(1)),
            _ => Repeats::Never,
        };
        Role {
            doctor_id: doctor.map_or(Uuid::nil(), |doctor| doctor.id),
            starts_at: starts.get(chance.below(starts.len())).cloned().unwrap_or_default(),
            arrives: Duration::from_secs_f64(chance.gap(mean).min(last)),
            early: chance.happens(0.05).then(|| Duration::from_secs_f64(0.5 + 2.0 * chance.unit())),
            repeats,
            leaves: chance.happens(0.05),
        }
    };
    (0..patients).map(role).collect()
}
