//! Who may call what. `docs/roles.md` says it by hand; here every route of the API's description is called in every role on
//! real services, with things that are there. A route without a row fails, and so does a row without a route.
//!
//! For a new route: a line in `docs/roles.md`, and in `samples.rs` what its path and its body need, if they need anything.

mod desk_patients;
mod samples;
mod scene;
mod table;
mod timetables;

use docde_tests::Answer;
use docde_tests::api::key;
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;

use scene::{Caller, Sample, Scene};
use table::{Cell, Row};

/// Callers of each column of the table.
const COLUMNS: [(&str, &[Caller]); 7] = [
    ("anonymous", &[Caller::Anonymous]),
    ("patient", &[Caller::Patient]),
    ("receptionist", &[Caller::Here("receptionist")]),
    ("doctor", &[Caller::Here("doctor")]),
    ("director", &[Caller::Here("director")]),
    ("operator", &[Caller::Operator]),
    (
        "elsewhere",
        &[
            Caller::Elsewhere("receptionist"),
            Caller::Elsewhere("doctor"),
            Caller::Elsewhere("director"),
        ],
    ),
];

const TABLE: &str = include_str!("../../../../docs/roles.md");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_answers_every_role_as_the_table_says() {
    let scene = Scene::new().await;
    let columns = COLUMNS.map(|(name, _)| name);
    let rows = table::rows(TABLE, &columns);
    let api = scene.get(&scene.clerk, "/openapi.json").await.json;
    let open = operations(&api);
    let mut faults = gaps(&open.iter().map(|(name, _)| name.clone()).collect(), &rows);
    for row in &rows {
        let Some((_, is_open)) = open.iter().find(|(name, _)| *name == row.operation) else {
            continue;
        };
        if (row.cells[0] == Cell::Ok) != *is_open {
            faults.push(format!("{}: the description asks for a token, or not", row.operation));
        }
        for ((_, callers), cell) in COLUMNS.iter().zip(&row.cells) {
            for caller in *callers {
                faults.extend(tried(&scene, row, *caller, *cell).await);
            }
        }
    }
    assert!(faults.is_empty(), "{} cells:\n{}", faults.len(), faults.join("\n"));
    scene.finish().await;
}

/// Every operation of a description, and whether it is for anybody.
fn operations(api: &Value) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for (path, methods) in api["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let is_open = operation["security"] == serde_json::json!([{}]);
            found.push((format!("{} {path}", method.to_uppercase()), is_open));
        }
    }
    found
}

/// Routes without a row, rows without a route.
fn gaps(operations: &BTreeSet<String>, rows: &[Row]) -> Vec<String> {
    let known: BTreeSet<String> = rows.iter().map(|row| row.operation.clone()).collect();
    let missing = operations.difference(&known).map(|name| {
        format!("docs/roles.md has no row for `{name}`: add one, and its sample where it needs one")
    });
    let extra =
        known.difference(operations).map(|name| format!("docs/roles.md: `{name}` is no route"));
    missing.chain(extra).collect()
}

/// Calls the route in that role; what is not as the cell says.
async fn tried(scene: &Scene, row: &Row, caller: Caller, cell: Cell) -> Vec<String> {
    let operation = row.operation.as_str();
    let mut faults = Vec::new();
    let mut note = |what: &str, found: Result<(), String>| {
        if let Err(found) = found {
            faults.push(format!("`{operation}` as {caller:?}{what}: {cell:?}, but {found}"));
        }
    };
    let who = scene.caller(caller).await;
    if cell == Cell::Own {
        let sample = samples::sample(scene, operation, &who, &who).await;
        let answer = call(scene, operation, caller, &who, &sample).await;
        note(" of their own", allowed(&answer, &sample));
    }
    let other = scene.caller(Caller::Patient).await;
    let sample = samples::sample(scene, operation, &who, &other).await;
    let answer = call(scene, operation, caller, &who, &sample).await;
    match cell {
        Cell::Ok => note("", allowed(&answer, &sample)),
        Cell::Own => note(" of another's", refused(&answer, 404)),
        Cell::Refused(status) => note("", refused(&answer, status)),
    }
    faults
}

async fn call(
    scene: &Scene,
    operation: &str,
    caller: Caller,
    who: &docde_tests::Patient,
    sample: &Sample,
) -> Answer {
    let (method, _) = operation.split_once(' ').expect("a method");
    let method: Method = method.parse().expect("a method");
    let (key, mut headers) = (key(), vec![("prefer", "wait=30")]);
    if method != Method::GET {
        headers.push(("idempotency-key", key.as_str()));
    }
    headers.extend(sample.headers.iter().map(|(name, value)| (*name, value.as_str())));
    let token = (caller != Caller::Anonymous).then_some(who.token.as_str());
    let empty = Value::Object(serde_json::Map::new());
    let body = (method != Method::GET).then(|| sample.body.as_ref().unwrap_or(&empty));
    scene.stage.call(method, &sample.path, token, &headers, body).await
}

/// Done, or refused for a reason that has nothing to do with who asks, which the sample names.
fn allowed(answer: &Answer, sample: &Sample) -> Result<(), String> {
    let good = match sample.refused_later {
        Some((status, code)) => (answer.status, answer.code()) == (status, code),
        None => (200..300).contains(&answer.status),
    };
    if good { Ok(()) } else { Err(format!("{} {}", answer.status, answer.text)) }
}

fn refused(answer: &Answer, status: u16) -> Result<(), String> {
    let codes: &[&str] = match status {
        401 => &["UNAUTHENTICATED"],
        403 => &["FORBIDDEN"],
        404 => &["NOT_FOUND", "REQUEST_NOT_SEEN"],
        _ => &[],
    };
    let good = answer.status == status && codes.contains(&answer.code());
    if good { Ok(()) } else { Err(format!("{} {}", answer.status, answer.text)) }
}

/// The test above can fail: a route that nobody thought of is named, and so is a row that has outlived its route.
#[test]
fn a_route_without_a_row_is_named() {
    let text = "| route | anonymous | patient |\n|---|---|---|\n| `GET /v1/a` | 401 | own |\n| `GET /v1/b` | ok | 404 |\n";
    let rows = table::rows(text, &["anonymous", "patient"]);
    assert_eq!(rows[0].cells, [Cell::Refused(401), Cell::Own]);
    assert_eq!(rows[1].cells, [Cell::Ok, Cell::Refused(404)]);
    let operations = ["GET /v1/b", "POST /v1/c"].map(str::to_owned).into();
    let found = gaps(&operations, &rows);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("no row for `POST /v1/c`"), "{found:?}");
    assert!(found[1].contains("`GET /v1/a` is no route"), "{found:?}");
}
