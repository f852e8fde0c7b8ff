//! What directors make of hospitals, doctors, schedules and closings: what each of these routes is tried with.

use serde_json::json;

use super::scene::{Sample, Scene};

/// Of days on which nobody has booked.
pub async fn of_closings(operation: &str, plain: Sample, scene: &Scene) -> Sample {
    let day = json!({"first_day": scene.free_day()});
    if operation.starts_with("POST") {
        return plain.body(day);
    }
    match plain.path.strip_suffix("/{closing}") {
        Some(list) => {
            let path = scene.made(&scene.clerk, list, day).await;
            Sample { path, ..plain }
        }
        None => plain,
    }
}

/// What directors make of hospitals, doctors and schedules.
pub fn is_timetable(operation: &str, path: &str) -> bool {
    let written = !operation.starts_with("GET");
    let things = ["/v1/hospitals", "/v1/hospitals/{id}", "/v1/hospitals/{id}/doctors"];
    path.starts_with("/v1/doctors/{id}/schedule")
        || written && (path == "/v1/doctors/{id}" || things.contains(&path))
}

/// At a doctor of their own, in the revision in which things are.
pub async fn of_timetables(operation: &str, plain: Sample, scene: &Scene) -> Sample {
    let doctor = scene.line().await;
    let (first, own) = (scene.doctor.id.to_string(), doctor.id.to_string());
    let plain = Sample { path: plain.path.replace(&first, &own), ..plain };
    let day = domain::time::day_of(scene.stage.world.clock.now(), doctor.zone).to_string();
    let hours = json!({"opens": "10:00", "closes": "12:00"});
    match operation {
        "POST /v1/hospitals" => plain.body(json!({"name": "새봄의원", "kind": "의원", "address": "서울특별시 강남구 1", "phone": "02-123-4567"})),
        "POST /v1/hospitals/{id}/doctors" => plain.body(json!({"name": "이의사", "department": "내과"})),
        "PATCH /v1/hospitals/{id}" => {
            let body = json!({"announcement": "휴진 안내"});
            scene.as_it_is(plain).await.body(body)
        }
        // One hospital cannot be closed for each caller: whoever may, has seen it as it never was.
        "DELETE /v1/hospitals/{id}" => plain.seen("\"99\"").refused_later(412, "STALE"),
        "PATCH /v1/doctors/{id}" => {
            scene.as_it_is(plain).await.body(json!({"name": "박의사"}))
        }
        "DELETE /v1/doctors/{id}" => scene.as_it_is(plain).await,
        "PUT /v1/doctors/{id}/schedule" => {
            let terms = json!({"from": day, "slot_minutes": 15, "first_minutes": 30, "return_minutes": 15,
                "hours": [{"weekday": "mon", "opens": "09:00", "closes": "18:00"}]});
            scene.as_it_is(plain).await.body(terms)
        }
        "PUT /v1/doctors/{id}/schedule/days/{day}" => {
            scene.as_it_is(plain.at("day", &day)).await.body(hours)
        }
        "DELETE /v1/doctors/{id}/schedule/days/{day}" => {
            let plain = scene.as_it_is(plain.at("day", &day)).await;
            scene.open(&plain, hours).await;
            scene.as_it_is(plain).await
        }
        _ => plain,
    }
}
