//! Hospitals and doctors as the stage makes them, and what services are told of their servers.

use chrono::{NaiveTime, TimeDelta};
use domain::ids::{DoctorId, HospitalId};
use domain::partition::PartitionId;
use domain::schedule::Hours;
use platform::Failure;
use platform::clock::Clock;
use platform::seed::{DoctorSeed, ScheduleSeed};
use std::collections::BTreeMap;

use crate::settings::Settings;

/// Two workers share them.
pub const PARTITIONS: u16 = 4;
/// Minutes that a visit lasts, and between two starts.
pub const VISIT: u16 = 30;
pub const STEP: u16 = 15;

/// What services and the CLI are given, with the database and vhost of that name.
pub fn environment(settings: &Settings, name: &str) -> Result<BTreeMap<String, String>, Failure> {
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
    let off = settings.guard_off.as_deref().map(|guard| ("DOCDE_GUARD_OFF", guard));
    let pairs = pairs.into_iter().chain(off);
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// A hospital of that partition.
pub fn hospital_of(partition: u16) -> HospitalId {
    loop {
        let id = HospitalId::generate();
        if PartitionId::of(id, PARTITIONS).index() == partition {
            return id;
        }
    }
}

/// One seat, every day, the whole day.
pub fn doctor_of(hospital_id: HospitalId) -> DoctorSeed {
    let today = Clock::host().now().date_naive();
    let closes = NaiveTime::MIN + TimeDelta::minutes(24 * 60 - 1);
    let schedule = ScheduleSeed {
        step_minutes: STEP,
        first_visit_minutes: VISIT,
        return_visit_minutes: VISIT,
        seats: 1,
        release: None,
        cutoff_minutes: 0,
        valid_from: today - TimeDelta::days(2),
        valid_until: today + TimeDelta::days(60),
        hours: [Some(Hours { opens: NaiveTime::MIN, closes, lunch: None }); 7],
    };
    DoctorSeed {
        id: DoctorId::generate(),
        hospital_id,
        name: "김의사".to_owned(),
        department: "내과".to_owned(),
        schedule,
    }
}
