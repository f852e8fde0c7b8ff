//! Patients at a hospital's desk: what each of these routes is tried with.

use docde_tests::Patient;
use docde_tests::api::key;
use serde_json::json;

use super::scene::{Sample, Scene};

/// With a person of their own, whom the desk entered, and the code of the owner's account.
pub async fn of_desk_patients(
    operation: &str,
    plain: Sample,
    scene: &Scene,
    owner: &Patient,
) -> Sample {
    let person = json!({"name": "김전화", "birth_date": "1980-02-03", "phone": phone()});
    match operation {
        "POST /v1/hospitals/{id}/patients" => return plain.body(person),
        "POST /v1/hospitals/{id}/patients/look-ups" => return plain.body(person_by_phone(&person)),
        _ => {}
    }
    let (desk, _) = plain.path.split_once("/{patient}").expect("of a patient");
    let entered = scene.done(&scene.clerk, desk, person).await["id"].clone();
    let id = entered.as_str().expect("an id").to_owned();
    let shown = format!("/v1/patients/{}/desk-code", owner.id);
    let code = scene.done(owner, &shown, json!({})).await["code"].clone();
    scene.done(&scene.clerk, &format!("{desk}/look-ups"), json!({"code": code})).await;
    let into = json!({"into": owner.id});
    if operation.ends_with("/unmerge") {
        scene.done(&scene.clerk, &format!("{desk}/{id}/merge"), into).await;
        return plain.at("patient", &id);
    }
    plain.at("patient", &id).body(into)
}

/// A phone that nobody has.
fn phone() -> String {
    let digits: u128 = key().parse::<uuid::Uuid>().expect("an id").as_u128();
    format!("010-{:04}-{:04}", digits % 10_000, digits / 10_000 % 10_000)
}

fn person_by_phone(person: &serde_json::Value) -> serde_json::Value {
    json!({"phone": person["phone"]})
}
