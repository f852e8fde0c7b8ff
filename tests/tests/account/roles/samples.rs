//! What each route is tried with. A path of hospitals and doctors is that of the scene; a route that needs nothing else has no
//! line here. `who` calls; where a thing is somebody's, it is the `owner`'s.

use docde_tests::Patient;
use serde_json::json;

use super::desk_patients::of_desk_patients;
use super::scene::{Sample, Scene, email, nobody, sign_in};
use super::timetables::{is_timetable, of_closings, of_timetables};
use crate::stage::{PASSWORD, SIGN_IN, sign_up};

/// The path and the body of a call.
///
/// # Panics
/// Where something that the path names has no sample.
pub async fn sample(scene: &Scene, operation: &str, who: &Patient, owner: &Patient) -> Sample {
    let plain = Sample::of(scene, operation);
    let (_, path) = operation.split_once(' ').expect("a method and a path");
    let sample = if path.contains("/closings") {
        of_closings(operation, plain, scene).await
    } else if is_timetable(operation, path) {
        of_timetables(operation, plain, scene).await
    } else if path.starts_with("/v1/patients") {
        of_patients(operation, plain, scene, owner).await
    } else if path.starts_with("/v1/account") {
        of_account(operation, plain, scene, owner).await
    } else if path.starts_with("/v1/bookings") || path.starts_with("/v1/holds") {
        of_bookings(operation, plain, scene, owner).await
    } else if path.starts_with("/v1/receptions") {
        of_receptions(operation, plain, scene, owner).await
    } else if path.starts_with("/v1/lines") {
        of_lines(operation, plain, scene, owner).await
    } else if path.starts_with("/v1/hospitals/{id}/patients") {
        of_desk_patients(operation, plain, scene, owner).await
    } else if path.starts_with("/v1/hospitals/{id}/bookings") {
        of_desk_bookings(operation, plain, scene, owner).await
    } else if path.starts_with("/v1/hospitals") {
        of_hospitals(operation, plain, scene, owner).await
    } else {
        of_others(operation, plain, scene, (who, owner)).await
    };
    assert!(
        !sample.path.contains('{'),
        "samples.rs says nothing of {} in {operation}",
        sample.path
    );
    sample
}

async fn of_account(operation: &str, plain: Sample, scene: &Scene, owner: &Patient) -> Sample {
    match operation {
        "DELETE /v1/account" => plain.body(json!({"password": PASSWORD})),
        "POST /v1/account/consents" => {
            plain.body(json!({"consents": [{"kind": "marketing", "version": 1}]}))
        }
        "DELETE /v1/account/consents/{kind}" => plain.at("kind", "marketing"),
        "PATCH /v1/account" => plain.body(json!({"name": "이영희"})),
        "POST /v1/account/email-codes" => plain.body(json!({"email": nobody(), "for": "sign_up"})),
        "POST /v1/account/sign-up" => {
            plain.body(sign_up(&nobody(), "000000")).refused_later(422, "CODE_WRONG")
        }
        "POST /v1/account/password-reset" => plain
            .body(json!({"email": email(owner), "code": "000000", "new_password": "another one"}))
            .refused_later(422, "CODE_WRONG"),
        "POST /v1/account/password" => {
            plain.body(json!({"current_password": PASSWORD, "new_password": "another password"}))
        }
        "POST /v1/account/sign-in" => plain.body(sign_in(owner)),
        "POST /v1/account/refresh" => {
            let signed = scene.done(owner, SIGN_IN, sign_in(owner)).await;
            plain.body(json!({"refresh_token": signed["refresh_token"]}))
        }
        _ => plain,
    }
}

async fn of_patients(operation: &str, plain: Sample, scene: &Scene, owner: &Patient) -> Sample {
    let child = json!({"name": "홍아이", "birth_date": "2010-05-05"});
    match operation {
        "GET /v1/patients" => plain,
        "POST /v1/patients" => plain.body(child),
        "POST /v1/patients/codes" => plain.body(json!({"email": nobody()})),
        _ => {
            let made = scene.done(owner, "/v1/patients", child).await;
            let id = made["id"].as_str().expect("an id");
            match operation {
                "POST /v1/patients/moves" => {
                    let path = format!("/v1/patients/{id}/move-code");
                    let code = scene.done(owner, &path, json!({})).await["code"].clone();
                    plain.body(json!({"code": code}))
                }
                "PATCH /v1/patients/{id}" => plain.at("id", id).body(json!({"name": "홍둘째"})),
                _ => plain.at("id", id),
            }
        }
    }
}

async fn of_bookings(operation: &str, plain: Sample, scene: &Scene, owner: &Patient) -> Sample {
    let booking = async || {
        let booked = scene.booked(owner).await;
        booked["subject"]["booking_id"].as_str().expect("an id").to_owned()
    };
    let hold = || json!({"doctor_id": scene.doctor.id, "starts_at": scene.slot()});
    match operation {
        "POST /v1/holds" => plain.body(hold()),
        "POST /v1/holds/{id}/book" | "POST /v1/holds/{id}/release" => {
            let request = scene.done(owner, "/v1/holds", hold()).await;
            plain.at("id", request["subject"]["booking_id"].as_str().expect("an id"))
        }
        "POST /v1/bookings" => plain.body(
            json!({"doctor_id": scene.doctor.id, "starts_at": scene.slot(), "visit": "first"}),
        ),
        "POST /v1/bookings/{id}/reschedule" => {
            plain.at("id", &booking().await).body(json!({"starts_at": scene.slot()}))
        }
        "POST /v1/bookings/{id}/arrive" => {
            let doctor = scene.line().await;
            let booking = scene.booked_today(owner, &doctor).await;
            let booking = booking.as_str().expect("an id").to_owned();
            plain.at("id", &booking).body(json!({"code": scene.arrival_code().await}))
        }
        _ if operation.contains("{id}") => plain.at("id", &booking().await),
        _ => plain,
    }
}

async fn of_receptions(operation: &str, plain: Sample, scene: &Scene, owner: &Patient) -> Sample {
    let doctor = scene.line().await;
    if operation == "POST /v1/receptions" {
        return plain.body(json!({"doctor_id": doctor.id}));
    }
    if !operation.contains("{id}") {
        return plain;
    }
    let ticket = scene.ticket(owner, &doctor).await;
    let plain = plain.at("id", ticket.as_str().expect("an id"));
    match operation {
        "POST /v1/receptions/{id}/arrive" => {
            plain.body(json!({"code": scene.arrival_code().await}))
        }
        "POST /v1/receptions/{id}/postpone" => {
            scene.step(&doctor, &ticket, "arrive").await;
            scene.walk_in(&doctor).await;
            plain
        }
        _ => plain,
    }
}

async fn of_lines(operation: &str, plain: Sample, scene: &Scene, owner: &Patient) -> Sample {
    let doctor = scene.line().await;
    let plain = Sample {
        path: plain.path.replace(&scene.doctor.id.to_string(), &doctor.id.to_string()),
        ..plain
    };
    match operation {
        "POST /v1/lines/{doctor}/steps" => {
            let ticket = scene.ticket(owner, &doctor).await;
            plain.body(json!({"ticket_id": ticket, "revision": 1, "step": "arrive"}))
        }
        "POST /v1/lines/{doctor}/undo" => {
            let ticket = scene.ticket(owner, &doctor).await;
            let step = scene.step(&doctor, &ticket, "arrive").await;
            plain.body(json!({"ticket_id": ticket, "request_id": step}))
        }
        "POST /v1/lines/{doctor}/next" => {
            scene.walk_in(&doctor).await;
            plain
        }
        "POST /v1/lines/{doctor}/reception" => plain.body(json!({"state": "paused"})),
        "POST /v1/lines/{doctor}/tickets" => plain.body(json!({"name": "김손님"})),
        "POST /v1/lines/{doctor}/arrivals" => {
            plain.body(json!({"booking_id": scene.booked_today(owner, &doctor).await}))
        }
        "GET /v1/lines/{doctor}/tickets/{id}" => {
            let ticket = scene.ticket(owner, &doctor).await;
            plain.at("id", ticket.as_str().expect("an id"))
        }
        _ => plain,
    }
}

async fn of_desk_bookings(
    operation: &str,
    plain: Sample,
    scene: &Scene,
    owner: &Patient,
) -> Sample {
    if operation == "POST /v1/hospitals/{id}/bookings" {
        // Whom the hospital knows.
        scene.ticket(owner, &scene.line().await).await;
        let (doctor, start) = (scene.doctor.id, scene.slot());
        return plain
            .body(json!({"doctor_id": doctor, "starts_at": start, "patient_id": owner.id}));
    }
    if !operation.contains("{booking}") {
        return plain;
    }
    let booking = scene.booked(owner).await["subject"]["booking_id"].clone();
    let cancel = json!({"revision": 1, "step": "cancel"});
    let path = plain.path.replace("{booking}", booking.as_str().expect("an id"));
    let plain = Sample { path, ..plain };
    match operation {
        "POST /v1/hospitals/{id}/bookings/{booking}/steps" => plain.body(cancel),
        "POST /v1/hospitals/{id}/bookings/{booking}/move" => {
            plain.body(json!({"revision": 1, "starts_at": scene.slot()}))
        }
        "POST /v1/hospitals/{id}/bookings/{booking}/undo" => {
            let steps = plain.path.replace("/undo", "/steps");
            let step = scene.done(&scene.clerk, &steps, cancel).await;
            plain.body(json!({"request_id": step["id"]}))
        }
        _ => plain,
    }
}

async fn of_hospitals(operation: &str, plain: Sample, scene: &Scene, owner: &Patient) -> Sample {
    match operation {
        "GET /v1/hospitals/search" => plain.query("q=%EC%8B%9C%ED%97%98"),
        "POST /v1/hospitals/{id}/line-rule" => plain.body(json!({"max_passed": 4})),
        "POST /v1/hospitals/{id}/no-show-rule" => plain.body(json!({"held_minutes": 30})),
        "POST /v1/hospitals/{id}/no-show-lifts" => {
            let doctor = scene.line().await;
            let ticket = scene.ticket(owner, &doctor).await;
            scene.step(&doctor, &ticket, "noshow").await;
            plain.body(json!({"patient_id": owner.id}))
        }
        "POST /v1/hospitals/{id}/claims" => {
            let hospital = scene.stage.world.hospital("Asia/Seoul").await;
            let path = plain.path.replace(&scene.hospital.to_string(), &hospital.to_string());
            Sample { path, ..plain }.body(json!({"about": "원장 홍길동"}))
        }
        "POST /v1/hospitals/{id}/invitations" => {
            plain.body(json!({"email": nobody(), "role": "receptionist"}))
        }
        "POST /v1/hospitals/{id}/invitations/{invitation}/withdraw" => {
            let (invitation, _) = scene.invited(scene.hospital, &nobody()).await;
            plain.at("invitation", &invitation.to_string())
        }
        "POST /v1/hospitals/{id}/members/{account}/remove" => {
            scene.stage.world.employ(owner, scene.hospital, "receptionist").await;
            plain.at("account", &owner.account.to_string())
        }
        _ => plain,
    }
}

async fn of_others(
    operation: &str,
    plain: Sample,
    scene: &Scene,
    (who, owner): (&Patient, &Patient),
) -> Sample {
    let claim = async || {
        let hospital = scene.stage.world.hospital("Asia/Seoul").await;
        let path = format!("/v1/hospitals/{hospital}/claims");
        let made = scene.done(owner, &path, json!({"about": "원장 홍길동"})).await;
        made["id"].as_str().expect("an id").to_owned()
    };
    match operation {
        "GET /v1/doctors/{id}/slots" => plain.query("from=2026-11-25&to=2026-11-26"),
        "GET /v1/suggest" => plain.query("q=%EC%86%8C%EC%95%84"),
        "GET /v1/requests/{id}" => {
            let request = scene.booked(owner).await;
            plain.at("id", request["id"].as_str().expect("an id"))
        }
        "POST /v1/claims/{id}/refuse" => {
            plain.at("id", &claim().await).body(json!({"reason": "확인할 수 없습니다"}))
        }
        "POST /v1/invitations/accept" => {
            let hospital = scene.stage.world.hospital("Asia/Seoul").await;
            let (_, code) = scene.invited(hospital, &email(who)).await;
            plain.body(json!({"code": code}))
        }
        _ if operation.contains("/v1/claims/{id}") => plain.at("id", &claim().await),
        _ => plain,
    }
}
