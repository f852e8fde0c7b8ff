//! A hospital's document: a pure function of what the database has and of an instant. Its version is the hospital's
//! revision before anything else, then the second for which it was made, so that what time alone changes is newer too.

use domain::ids::HospitalId;
use domain::time::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

use super::document_fields;
use super::facts::{DoctorFacts, HospitalFacts};
use super::free_slots::free_slots;
use super::holidays::Holidays;
use super::hours::OpeningHours;

/// Seconds in a version are counted from here, 2020-01-01: they fit for a century.
const EPOCH: i64 = 1_577_836_800;
/// Bits of a version that hold seconds.
const SECONDS: u32 = 32;
/// A zone that changes its clocks within so many days moves opening hours against UTC.
const CLOCK_CHANGE_DAYS: i64 = 200;

/// What is written to the index.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    pub id: HospitalId,
    pub version: i64,
    pub revision: u64,
    /// When time alone changes it, seconds since 1970.
    pub until: Option<i64>,
    pub body: Value,
}

/// The version of a document made from that revision for that second.
pub fn version(revision: u64, as_of: i64) -> i64 {
    let seconds = (as_of - EPOCH).clamp(0, (1 << SECONDS) - 1);
    let revision = i64::try_from(revision).unwrap_or(i64::MAX).min((1 << (63 - SECONDS)) - 1);
    (revision << SECONDS) | seconds
}

/// The document as of an instant, of which whole seconds count.
pub fn document(facts: &HospitalFacts, at: Timestamp) -> Document {
    let as_of = at.timestamp();
    let at = Timestamp::from_timestamp(as_of, 0).unwrap_or(at);
    let hours = OpeningHours::of(&facts.details);
    let holidays = Holidays::of(facts, &hours, at);
    let mut until = [clock_change(facts, &hours, at), holidays.until].into_iter().flatten().min();
    let mut free_days = BTreeSet::new();
    let mut doctors = Vec::with_capacity(facts.doctors.len());
    for doctor in &facts.doctors {
        doctors.push(doctor_of(doctor, at, &mut free_days, &mut until));
    }
    let known = facts.doctors.iter().any(|doctor| doctor.schedule.is_some());
    // A whole second: what changes within one has changed at its end.
    let until =
        until.map(|until| until.timestamp() + i64::from(until.timestamp_subsec_millis() > 0));
    let mut body = Map::new();
    document_fields::add_name(&mut body, &facts.name);
    let departments: BTreeSet<&str> = facts
        .departments
        .iter()
        .map(String::as_str)
        .chain(facts.doctors.iter().map(|doctor| doctor.department.as_str()))
        .filter(|name| !name.is_empty())
        .collect();
    let spans = hours.open_minutes(at, facts.zone);
    let open: Vec<_> =
        spans.into_iter().map(|(from, to)| json!({"gte": from, "lte": to})).collect();
    let rest = json!({
        "id": facts.id,
        "revision": facts.revision,
        "as_of_s": as_of,
        "until_s": until,
        "kind": facts.kind,
        "address": facts.address,
        "sido": facts.sido,
        "sigungu": facts.sigungu,
        "place": document_fields::place(&facts.sido, &facts.sigungu, &facts.dong, &facts.address),
        "phone": facts.phone,
        "location": facts.location.map(|(lat, lon)| json!({"lat": lat, "lon": lon})),
        "departments": departments,
        "zone": facts.zone.name(),
        "doctors": doctors,
        "doctor_names": facts.doctors.iter().map(|doctor| domain::hangul::compact(&doctor.name)).collect::<BTreeSet<_>>(),
        "hours": hours.document(),
        "open": open,
        "open_saturday": hours.saturday().as_str(),
        "open_sunday": hours.sunday().as_str(),
        "open_night": hours.night().as_str(),
        "open_holiday": hours.holiday().as_str(),
        "shut": holidays.shut,
        "emergency": hours.emergency().as_str(),
        "availability": if known { "known" } else { "unknown" },
        "free_days": free_days,
        "size": facts.doctors_count.unwrap_or(0).max(0),
    });
    if let Value::Object(rest) = rest {
        body.extend(rest);
    }
    let (id, revision) = (facts.id, facts.revision);
    Document { id, version: version(revision, as_of), revision, until, body: Value::Object(body) }
}

fn doctor_of(
    doctor: &DoctorFacts,
    at: Timestamp,
    free_days: &mut BTreeSet<String>,
    until: &mut Option<Timestamp>,
) -> Value {
    let mut shown = json!({"id": doctor.id, "name": doctor.name, "department": doctor.department});
    if let Some((schedule, taken)) = &doctor.schedule {
        let free = free_slots(schedule, taken, at);
        *until = Some(until.map_or(free.until, |until| until.min(free.until)));
        free_days.extend(free.by_day.keys().map(ToString::to_string));
        shown["free"] = json!(free.by_day);
    }
    shown
}

/// The next midnight, where the zone's clocks will be changed and hours are known: from day to day they may have been.
fn clock_change(facts: &HospitalFacts, hours: &OpeningHours, at: Timestamp) -> Option<Timestamp> {
    use chrono::Offset;
    let offset = |at: Timestamp| at.with_timezone(&facts.zone).offset().fix().local_minus_utc();
    let later = at + chrono::TimeDelta::days(CLOCK_CHANGE_DAYS);
    let changes = hours.is_known() && offset(at) != offset(later);
    let tomorrow = domain::time::day_of(at, facts.zone).succ_opt().filter(|_| changes)?;
    domain::time::first_at(facts.zone, tomorrow.and_time(chrono::NaiveTime::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time;

    #[test]
    fn the_revision_goes_before_time_and_time_before_nothing() {
        let at = time::parse("2026-11-23T10:00:00Z").unwrap().timestamp();
        assert!(version(1, at) < version(1, at + 1));
        assert!(version(1, at + 86_400 * 365) < version(2, at));
        assert!(version(0, at) >= 0 && version(0, 0) == 0);
        assert!(version(u64::MAX, i64::MAX) > 0);
    }

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        let facts = HospitalFacts {
            id: HospitalId::generate(),
            revision: 3,
            name: "시험의원".to_owned(),
            kind: "의원".to_owned(),
            address: String::new(),
            sido: String::new(),
            sigungu: String::new(),
            dong: String::new(),
            phone: None,
            location: None,
            departments: Vec::new(),
            doctors_count: None,
            zone: chrono_tz::Asia::Seoul,
            holidays: std::sync::Arc::default(),
            details: Map::new(),
            doctors: Vec::new(),
        };
        let made = document(&facts, time::parse("2026-11-23T10:00:00.9Z").unwrap());
        assert_eq!(made.body["availability"], "unknown");
        assert_eq!(made.body["open_sunday"], "unknown");
        assert_eq!((&made.body["location"], made.until), (&Value::Null, None));
    }
}
