//! Holds the import rules and habits of ARCHITECTURE.md against the tree itself.

#![expect(clippy::expect_used, reason = "a test says what it missed by panicking")]

mod circles;
mod named;

use std::collections::BTreeSet;
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

/// Aggregates: each is one folder a crate, and has one in the domain.
fn rooms() -> Vec<String> {
    let folders = fs::read_dir(root().join("domain/src")).expect("a folder");
    let folders = folders.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let name = |path: PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let rooms: Vec<String> = folders.filter_map(name).collect();
    assert!(rooms.contains(&"booking".to_owned()), "{rooms:?}");
    rooms
}

/// Files that see all rooms: where a room has its line. Nothing else of the shared part names one.
const JOINTS: [&str; 18] = [
    "domain/src/lib.rs",
    "domain/src/command.rs",
    "domain/src/change.rs",
    "domain/src/facts.rs",
    "domain/src/outcome.rs",
    "domain/src/subject.rs",
    "platform/src/lib.rs",
    "workers/src/lib.rs",
    "workers/src/rooms.rs",
    "ingress/src/lib.rs",
    "ingress/src/rooms.rs",
    "ingress/src/room_state.rs",
    "ingress/src/feed_caches.rs",
    "ingress/src/shown_subject.rs",
    "notifier/src/lib.rs",
    "notifier/src/rooms.rs",
    "cli/src/lib.rs",
    "cli/src/rooms.rs",
];

/// What is about one room alone and stands outside of a folder of its own.
const OF_ONE_ROOM: [(&str, &str); 7] = [
    // What search shows of free time is the schedule minus booked time.
    ("platform/src/search/facts.rs", "booking"),
    ("platform/src/search/facts_store.rs", "booking"),
    ("platform/src/search/free_slots.rs", "booking"),
    // A discarded request's row is the shared part's.
    ("workers/src/rows.rs", "parking"),
    ("cli/src/dead_letters/discard.rs", "parking"),
    ("ingress/src/state.rs", "booking"),
    // Reads markers of the version before, which knew bookings alone.
    ("ingress/src/markers.rs", "booking"),
];

/// Production text of a file.
fn production(text: &str) -> String {
    text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).collect::<Vec<_>>().join("\n")
}

#[test]
fn rooms_import_no_other_room_and_only_joints_see_them() {
    let imports = |text: &str, room: &str| {
        let paths =
            ["crate", "domain", "platform", "super::super"].map(|root| format!("{root}::{room}::"));
        let lists =
            [format!("use crate::{{{room},"), format!("crate::{room};"), format!(", {room}}};")];
        paths.iter().chain(&lists).any(|path| text.contains(path.as_str()))
    };
    let rooms = rooms();
    for (path, text) in all_sources() {
        if path.starts_with("tests/") || path.starts_with("bench/") || path.contains("/tests") {
            continue;
        }
        let text = production(&text);
        let own = rooms.iter().find(|room| path.contains(&format!("/src/{room}/")));
        for room in rooms.iter().filter(|room| own != Some(room) && imports(&text, room)) {
            let known = OF_ONE_ROOM.contains(&(path.as_str(), room.as_str()));
            let joint = own.is_none() && (JOINTS.contains(&path.as_str()) || known);
            assert!(joint, "{path} imports the room {room}");
        }
    }
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
const SPAWNERS: [&str; 6] = [
    "platform/src/tasks.rs",
    "platform/src/health.rs",
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
fn files_say_what_they_are_and_leave_nothing_open() {
    for (path, text) in all_sources() {
        assert!(text.starts_with("//!"), "{path} does not begin with what it is");
        let open = ["todo!(", "unimplemented!(", "#[ignore"]
            .into_iter()
            .find(|mark| text.contains(mark) && !path.ends_with("tidy/main.rs"));
        assert!(open.is_none(), "{path} leaves {open:?} open");
    }
}

/// Guards can be switched off by what tests build, and by nothing that is delivered: no crate has the feature by default,
/// and no script that builds for use names it.
#[test]
fn nothing_for_use_is_built_unguarded() {
    const FEATURE: &str = "unguarded";
    for name in CRATES {
        let manifest =
            fs::read_to_string(root().join(name).join("Cargo.toml")).expect("a manifest");
        let default = manifest.lines().find(|line| line.starts_with("default ="));
        assert!(
            !default.is_some_and(|line| line.contains(FEATURE)),
            "{name} is unguarded by default"
        );
    }
    let mut scripts = ["dev", "compose.yml", ".ci/run", ".github/workflows/ci.yml"]
        .map(|name| root().join(name))
        .to_vec();
    for entry in fs::read_dir(root().join("deploy")).expect("a folder") {
        scripts.push(entry.expect("an entry").path());
    }
    for entry in fs::read_dir(root().join("deploy/dev")).expect("a folder") {
        scripts.push(entry.expect("an entry").path());
    }
    for script in scripts.into_iter().filter(|path| path.is_file()) {
        let text = fs::read_to_string(&script).expect("text");
        // The fault suite's own line, for tests/guards.sh.
        let named = text.matches(FEATURE).count();
        let allowed = usize::from(script.ends_with("deploy/dev/tests.sh"));
        assert_eq!(named, allowed, "{} builds without guards", script.display());
    }
}

/// Files that are longer than [`MAX_LINES`] and are to be split. Only ever shorter: a file that is done is taken off.
const STILL_LONG: [&str; 0] = [];
const MAX_LINES: usize = 300;
const MAX_LINES_OF_MAIN: usize = 60;
const MAX_MEDIAN: usize = 120;

/// Lines of a production file before its own tests; `None` for a file of tests.
fn production_lines(path: &str, text: &str) -> Option<usize> {
    let of_tests = path.starts_with("tests/") || path.ends_with("tests.rs");
    (!of_tests).then(|| text.lines().take_while(|line| *line != "#[cfg(test)]").count())
}

/// Clippy holds the length of functions (`clippy.toml`).
#[test]
fn files_stay_short() {
    let all = all_sources();
    let longer_than = |limit: usize, ending: &str| -> BTreeSet<&str> {
        let long = all
            .iter()
            .filter(|(path, text)| path.ends_with(ending) && text.lines().count() > limit);
        long.map(|(path, _)| path.as_str()).collect()
    };
    assert_eq!(longer_than(MAX_LINES, ".rs"), STILL_LONG.into(), "files over {MAX_LINES} lines");
    assert_eq!(longer_than(MAX_LINES_OF_MAIN, "/src/main.rs"), BTreeSet::new());
    let mut lengths: Vec<usize> =
        all.iter().filter_map(|(path, text)| production_lines(path, text)).collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= MAX_MEDIAN, "the median production file has {median} lines");
}
