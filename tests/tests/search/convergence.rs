//! The newest document wins, in whatever order and however often they are written.

use docde_tests::Chance;
use domain::ids::HospitalId;
use platform::search::{Document, Operation, Written, version};
use serde_json::json;

use crate::stage::{client, monday, remove_indexes, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_converge_in_any_order_and_any_number_of_times() {
    let world = world(monday()).await;
    let client = client(&world);
    let index = client.make_index(1).await.expect("an index");
    let ids: Vec<HospitalId> = (0..20).map(|_| HospitalId::generate()).collect();
    let mut operations = Vec::new();
    for id in &ids {
        for revision in 0..5 {
            for second in [1_800_000_000, 1_800_000_060] {
                let body = json!({"id": id, "revision": revision, "as_of_s": second, "name": format!("{revision} {second}")});
                let version = version(revision, second);
                let document = Document { id: *id, version, revision, until: None, body };
                operations.extend(vec![Operation::Put(Box::new(document)); 2]);
            }
        }
    }
    let mut chance = Chance::new(20_261_127);
    chance.shuffle(&mut operations);
    for chunk in operations.chunks(37) {
        let written = client.write(&index, chunk).await.expect("written");
        assert!(written.iter().all(|written| *written == Written::Done), "{written:?}");
    }
    let kept = client.kept(&index, true).await.expect("the index");
    assert_eq!(kept.len(), ids.len());
    for kept in kept.values() {
        assert_eq!(kept.body["name"], "4 1800000060");
    }
    remove_indexes(&client).await;
    world.finish().await;
}
