//! Holds the import rules and habits of ARCHITECTURE.md against the tree itself.

#![expect(clippy::expect_used, reason = "a test says what it missed by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

const SERVICES: [&str; 5] = ["ingress", "workers", "notifier", "indexer", "cli"];
const CRATES: [&str; 9] =
    ["domain", "platform", "ingress", "workers", "notifier", "indexer", "cli", "bench", "tests"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with its path below the root.
fn all_sources() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for name in CRATES {
        sources(&root().join(name), &mut paths);
    }
    let read = |path: PathBuf| {
        let name =
            path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).expect("text"))
    };
    paths.into_iter().map(read).collect()
}

/// Names in the crate's `[dependencies]`.
fn dependencies(name: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(name).join("Cargo.toml")).expect("a manifest");
    let after = text.split("[dependencies]").nth(1).unwrap_or_default();
    let table = after.split("\n[").next().unwrap_or_default();
    table
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn services_import_domain_and_platform_and_never_each_other() {
    for service in SERVICES {
        let wrong: Vec<_> = dependencies(service)
            .into_iter()
            .filter(|name| SERVICES.contains(&name.as_str()))
            .collect();
        assert!(wrong.is_empty(), "{service} imports {wrong:?}");
    }
    assert!(!dependencies("platform").iter().any(|name| SERVICES.contains(&name.as_str())));
    let io = ["tokio", "sqlx", "redis", "lapin", "axum", "reqwest", "platform"];
    assert!(
        !dependencies("domain").iter().any(|name| io.contains(&name.as_str())),
        "the domain does no input or output"
    );
}

#[test]
fn one_crate_has_one_home() {
    for (library, homes) in [
        ("axum", &["ingress", "bench"][..]),
        ("deadpool-lapin", &["platform"]),
        ("lapin", &["platform", "workers", "tests"]),
    ] {
        for name in CRATES {
            let used = dependencies(name).iter().any(|dependency| dependency == library);
            assert!(!used || homes.contains(&name), "{library} in {name}: its home is {homes:?}");
        }
    }
}

/// Who sets up a connection speaks SQL too, of no table; tests look at any.
const SESSIONS: [&str; 2] = ["platform/src/database.rs", "bench/src/baseline/connections.rs"];

#[test]
fn sql_stands_in_store_files() {
    for (path, text) in all_sources() {
        let store = path.rsplit('/').next().is_some_and(|file| file.contains("store"));
        let allowed = store || path.starts_with("tests/") || SESSIONS.contains(&path.as_str());
        let sql =
            ["sqlx::query", "sqlx::raw_sql", "QueryBuilder"].iter().any(|mark| text.contains(mark));
        assert!(allowed || !sql, "{path} holds SQL outside a store file");
    }
}

/// Files that spawn without `Tasks::spawn`: what runs for one connection or one request, which may die alone, and tasks
/// with an end of their own, which are spawned through `Tasks::guard`.
const SPAWNERS: [&str; 7] = [
    "platform/src/tasks.rs",
    "platform/src/health.rs",
    "ingress/src/trust.rs",
    "ingress/src/unbroken.rs",
    "notifier/src/listen.rs",
    "workers/src/owner.rs",
    "workers/src/ownership.rs",
];

#[test]
fn long_lived_tasks_are_watched_and_can_be_made_to_panic() {
    let sources: Vec<_> = all_sources()
        .into_iter()
        .filter(|(path, _)| {
            let mut parts = path.split('/');
            let crate_name = parts.next().unwrap_or_default();
            ["platform", "ingress", "workers", "notifier", "indexer"].contains(&crate_name)
                && !path.ends_with("_tests.rs")
        })
        .map(|(path, text)| {
            let production = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            (path, production)
        })
        .collect();
    for (path, text) in &sources {
        for after in text.split("spawn(").skip(1).chain(text.split(".guard(").skip(1)) {
            let name = after.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
            match name {
                Some(name) => {
                    assert!(platform::tasks::NAMES.contains(&name), "{path} spawns {name}");
                }
                None => assert!(SPAWNERS.contains(&path.as_str()), "{path} spawns beside `Tasks`"),
            }
        }
    }
    for name in platform::tasks::NAMES {
        let round = format!("crash::round(\"{name}\")");
        let spawned = [format!("spawn(\"{name}\""), format!("guard(\"{name}\"")];
        assert!(sources.iter().any(|(_, text)| text.contains(&round)), "{name} has no {round}");
        assert!(
            sources.iter().any(|(_, text)| spawned.iter().any(|mark| text.contains(mark))),
            "{name} is spawned nowhere"
        );
    }
}

#[test]
fn files_say_what_they_are_and_stay_short() {
    for (path, text) in all_sources() {
        assert!(text.starts_with("//!"), "{path} does not begin with what it is");
        let lines = text.lines().count();
        assert!(lines <= 320, "{path} has {lines} lines");
        let open = ["todo!(", "unimplemented!(", "#[ignore"]
            .into_iter()
            .find(|mark| text.contains(mark) && !path.ends_with("tidy.rs"));
        assert!(open.is_none(), "{path} leaves {open:?} open");
    }
}
