//! A document of the index as a hit. What is known only at the instant of the answer, whether it is open now, is worked out
//! here from the hospital's own hours.

use chrono_tz::Tz;
use domain::time::{self, Timestamp};
use platform::search::{OpeningHours, is_shut};
use serde_json::Value;
use uuid::Uuid;

use super::highlight;
use super::schema::{Facet, Facets, Hit, HitDoctor};
use super::wanted::{Near, Wanted};

/// Doctors shown of a hit.
const MAX_DOCTORS: usize = 20;
const EARTH_KM: f64 = 6_371.0;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn known(value: &Value) -> Option<bool> {
    match value.as_str() {
        Some("yes") => Some(true),
        Some("no") => Some(false),
        _ => None,
    }
}

fn id(value: &Value) -> Uuid {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Kilometres between two points on the globe, to ten metres.
pub(super) fn distance(near: Near, (lat, lon): (f64, f64)) -> f64 {
    let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
    let across = near.lat.to_radians().cos() * lat.to_radians().cos() * half(near.lon, lon);
    let km = 2.0 * EARTH_KM * (half(near.lat, lat) + across).sqrt().min(1.0).asin();
    (km * 100.0).round() / 100.0
}

/// The hit of a document.
pub(super) fn hit(document: &Value, wanted: &Wanted, now: Timestamp) -> Hit {
    let zone: Tz = document["zone"].as_str().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
    let place = document["location"]["lat"].as_f64().zip(document["location"]["lon"].as_f64());
    let hours = OpeningHours::of_document(&document["hours"]);
    let open_now = if is_shut(document, now) {
        known(&document["open_holiday"])
    } else {
        hours.open_at(now, zone).shown().as_bool()
    };
    let name = text(&document["name"]);
    let departments = document["departments"].as_array().into_iter().flatten().map(text);
    let as_of =
        Timestamp::from_timestamp(document["as_of_s"].as_i64().unwrap_or(0), 0).unwrap_or(now);
    Hit {
        id: id(&document["id"]),
        highlights: highlight::parts(&name, &wanted.readings),
        name,
        kind: text(&document["kind"]),
        address: text(&document["address"]),
        sido: text(&document["sido"]),
        sigungu: text(&document["sigungu"]),
        phone: document["phone"].as_str().map(str::to_owned),
        lat: place.map(|place| place.0),
        lon: place.map(|place| place.1),
        departments: departments.collect(),
        zone: zone.name().to_owned(),
        distance_km: wanted.near.zip(place).map(|(near, place)| distance(near, place)),
        open_now,
        open_saturday: known(&document["open_saturday"]),
        open_sunday: known(&document["open_sunday"]),
        open_night: known(&document["open_night"]),
        hours: Some(document["hours"].clone()).filter(Value::is_object),
        rating: document["rating"].as_f64(),
        availability: if document["availability"] == "known" { "known" } else { "unknown" },
        doctors: doctors(document, wanted),
        as_of: time::show(as_of, zone),
    }
}

fn doctors(document: &Value, wanted: &Wanted) -> Vec<HitDoctor> {
    let of = |doctor: &Value| {
        let free = doctor["free"].as_object();
        let count = free.map(|days| match wanted.free_on {
            Some(day) => days.get(&day.to_string()).and_then(Value::as_u64).unwrap_or(0),
            None => days.values().filter_map(Value::as_u64).sum(),
        });
        HitDoctor {
            id: id(&doctor["id"]),
            name: text(&doctor["name"]),
            department: text(&doctor["department"]),
            free_slots: count,
            next_free_on: free.and_then(|days| days.keys().min().cloned()),
        }
    };
    let mut all: Vec<HitDoctor> =
        document["doctors"].as_array().into_iter().flatten().map(of).collect();
    all.sort_by_key(|doctor| std::cmp::Reverse(doctor.free_slots.map(|count| count.min(1))));
    all.truncate(MAX_DOCTORS);
    all
}

/// The engine's counts.
pub(super) fn facets(counts: &Value) -> Option<Facets> {
    let facet = |bucket: &Value| Facet {
        value: text(&bucket["key"]),
        count: bucket["doc_count"].as_u64().unwrap_or(0),
    };
    let of =
        |name: &str| counts[name]["buckets"].as_array().into_iter().flatten().map(facet).collect();
    counts.is_object().then(|| Facets {
        departments: of("departments"),
        types: of("types"),
        sido: of("sido"),
        sigungu: of("sigungu"),
        open_sunday: of("open_sunday"),
        open_night: of("open_night"),
        availability: of("availability"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_globe() {
        let seoul = Near { lat: 37.5663, lon: 126.9779, within_km: 1.0 };
        let busan = distance(seoul, (35.1796, 129.0756));
        assert!((324.0..326.0).contains(&busan), "{busan}");
        assert!(distance(seoul, (37.5663, 126.9779)) < 0.01);
        let other_side = distance(seoul, (-37.5663, 126.9779 - 180.0));
        assert!((20_014.0..20_016.0).contains(&other_side), "{other_side}");
    }
}
