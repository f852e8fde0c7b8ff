//! Damaged lists, as they come: rows read are added, changed, unchanged, rejected or named as unread; the same file again
//! changes nothing; nothing panics, and no error of the database is shown. Without a database many, with it some.

use cli::import::{Counts, Identified, Reading};
use docde_tests::hospital_list::{Damaged, Rows, damaged, sample};
use docde_tests::list_damage::KINDS;
use docde_tests::{Chance, World, long};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;
use uuid::Uuid;

use crate::stage::{hospitals, import};

/// Rows of the sample that lists are cut from.
const SAMPLE: usize = 1_000;
/// Of one list, at most.
const ROWS: usize = 25;

static LIST: LazyLock<Rows> = LazyLock::new(|| sample(SAMPLE, 20_260_301));

/// A piece of the sample: where it begins, how many rows.
fn piece((from, count): (usize, usize)) -> Rows {
    let rows = LIST.iter().skip(1 + from).take(count);
    std::iter::once(&LIST[0]).chain(rows).cloned().collect()
}

/// The seed of a run: printed, and taken from `DOCDE_IMPORT_SEED` to do the same again.
fn seed() -> u64 {
    let given = std::env::var("DOCDE_IMPORT_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0)
}

/// What is in the database, as far as an import cares.
fn applied(
    known: Vec<Identified>,
    (added, changed): (Vec<Identified>, Vec<Identified>),
) -> Vec<Identified> {
    let mut changed: HashMap<_, _> = changed.into_iter().collect();
    let after = known.into_iter().map(|(id, before)| (id, changed.remove(&id).unwrap_or(before)));
    after.chain(added).collect()
}

/// Reads and compares; the counts, what is known then, and what is said.
fn planned(
    bytes: &[u8],
    known: Vec<Identified>,
) -> Result<(Counts, Vec<Identified>, String), String> {
    let reading =
        Reading::of_bytes("list.csv", bytes.to_vec()).map_err(|error| error.to_string())?;
    let (plan, report) = reading.plan(&known);
    let mut out = Vec::new();
    report.print(Duration::ZERO, &mut out).map_err(|error| error.to_string())?;
    let known = applied(known, (plan.added, plan.changed));
    Ok((report.counts, known, String::from_utf8_lossy(&out).into_owned()))
}

fn held(list: &Damaged, known: Vec<Identified>) -> Result<(), TestCaseError> {
    let damages = &list.damages;
    let (first, known, text) = match planned(&list.bytes, known) {
        Ok(done) => done,
        Err(refusal) => {
            prop_assert!((20..1_000).contains(&refusal.len()), "{:?}: {}", damages, refusal);
            return Ok(());
        }
    };
    prop_assert!(first.add_up(), "{:?}: {:?}", damages, first);
    if let Some(rows) = list.rows {
        prop_assert_eq!(first.read, rows, "{:?}: {}", damages, text);
    }
    prop_assert_eq!(first.unread > 0, text.contains("rows were not read"), "{}", text);
    prop_assert!(text.len() < 60_000, "{} bytes are said", text.len());
    let (again, _, text) = planned(&list.bytes, known).map_err(TestCaseError::fail)?;
    let kept = first.added + first.changed + first.unchanged;
    let expected = Counts { added: 0, changed: 0, unchanged: kept, ..first };
    prop_assert_eq!(again, expected, "the second time, {:?}: {}", damages, text);
    Ok(())
}

#[test]
fn every_row_of_a_damaged_list_is_accounted_for() {
    let seed = seed();
    println!("DOCDE_IMPORT_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let cases = u32::try_from(long::or(250, 20_000)).expect("a number of cases");
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let damages = prop::collection::vec((0..KINDS.len(), any::<u64>()), 0..4);
    let cases = ((0..SAMPLE, 1..ROWS), (0..SAMPLE, 0..ROWS), damages);
    let end = runner.run(&cases, |(list, known, damages)| {
        let known = planned(docde_tests::hospital_list::csv(&piece(known)).as_bytes(), Vec::new());
        let (_, known, _) = known.map_err(TestCaseError::fail)?;
        held(&damaged(piece(list), &damages), known)
    });
    end.unwrap_or_else(|error| panic!("DOCDE_IMPORT_SEED={seed}: {error}"));
}

/// Every kind alone; on the whole sample in the long form.
#[test]
fn every_kind_of_damage_alone_is_accounted_for() {
    let seed = seed();
    for (kind, (name, _)) in KINDS.iter().enumerate() {
        let list = damaged(piece((0, long::or(100, SAMPLE))), &[(kind, seed)]);
        held(&list, Vec::new())
            .unwrap_or_else(|error| panic!("DOCDE_IMPORT_SEED={seed}, {name}: {error}"));
    }
}

#[tokio::test]
async fn a_database_takes_what_damaged_lists_leave() {
    let seed = seed();
    println!("DOCDE_IMPORT_SEED={seed}");
    let world = World::new().await;
    let mut chance = Chance::new(seed);
    for case in 0..long::or(26, 600) {
        let list = piece((chance.below(SAMPLE), 1 + chance.below(ROWS)));
        // Every kind comes, two at a time.
        let damages = [2 * case, 2 * case + 1].map(|kind| (kind, chance.bits()));
        let list = damaged(list, &damages);
        let context = format!("DOCDE_IMPORT_SEED={seed}, case {case}, {:?}", list.damages);
        let before = hospitals(&world).await;
        let said = import(&world, &list.bytes).await;
        let errors = &said.errors;
        assert!(!errors.contains("database") && !said.out.contains("SQL"), "{context}: {errors}");
        if said.out.is_empty() {
            assert_eq!((said.code, hospitals(&world).await), (1, before), "{context}: {errors}");
            continue;
        }
        let first = said.counts();
        assert!(first.add_up(), "{context}: {first:?}");
        assert_eq!(
            hospitals(&world).await - before,
            i64::try_from(first.added).expect("few"),
            "{context}"
        );
        let again = import(&world, &list.bytes).await;
        let kept = first.added + first.changed + first.unchanged;
        let expected = Counts { added: 0, changed: 0, unchanged: kept, ..first };
        assert_eq!(again.counts(), expected, "{context}: {}", again.out);
    }
    world.finish().await;
}
