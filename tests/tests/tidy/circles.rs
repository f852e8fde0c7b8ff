//! No two files of a crate need each other, directly or over others: each can be read with what lies below it alone.
//! Imports (`use crate::..`, `use super::..`) are followed to the file that holds the item, through the re-exports of a
//! folder's `mod.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::{CRATES, all_sources, production};

/// Files of one crate by module path (`["booking", "book"]`), with their production text.
type Modules = BTreeMap<Vec<String>, String>;

fn modules(name: &str) -> Modules {
    let below = format!("{name}/src/");
    let files = all_sources().into_iter().filter_map(|(path, text)| {
        let path = path.strip_prefix(&below)?.strip_suffix(".rs")?.to_owned();
        let path = path.strip_suffix("/mod").unwrap_or(&path);
        let is_test = path.ends_with("tests") || path.contains("tests/");
        let parts = path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect();
        (!is_test && path != "main").then(|| (parts, production(&text)))
    });
    files.collect()
}

/// `a::{b, c::{d}}` as `a::b` and `a::c::d`.
fn paths(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let split = |path: &str| path.split("::").map(|part| part.trim().to_owned()).collect();
    let Some((head, rest)) = tree.split_once('{') else {
        return vec![split(tree.split(" as ").next().unwrap_or_default())];
    };
    let (inner, head) = (rest.strip_suffix('}').unwrap_or(rest), head.trim_end_matches("::"));
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for letter in inner.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            _ => {}
        }
        if (letter != ',' || depth > 0)
            && let Some(last) = parts.last_mut()
        {
            last.push(letter);
        }
    }
    let below = |part: &String| {
        paths(part).into_iter().map(|path| split(head).into_iter().chain(path).collect())
    };
    parts.iter().filter(|part| !part.trim().is_empty()).flat_map(below).collect()
}

/// What a file names: whether it passes it on (`pub use`), and the path.
fn uses(text: &str) -> Vec<(bool, Vec<String>)> {
    let mut found = Vec::new();
    for statement in text.split(';') {
        let at = statement.rfind("\nuse ").or_else(|| statement.rfind("\npub use "));
        let at = at.or_else(|| statement.rfind("\npub(crate) use "));
        let Some(statement) = at.map(|at| statement[at..].trim()) else { continue };
        let (public, tree) = statement.split_once("use ").unwrap_or_default();
        found.extend(paths(tree).into_iter().map(|path| (!public.is_empty(), path)));
    }
    found
}

/// The file that holds what `path` names, seen from the module `from`.
fn resolve(modules: &Modules, from: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut at = from.to_vec();
    for (number, part) in path.iter().enumerate() {
        let child: Vec<String> = at.iter().chain([part]).cloned().collect();
        match part.as_str() {
            "crate" => at.clear(),
            "super" => _ = at.pop(),
            "self" => {}
            _ if modules.contains_key(&child) => at = child,
            _ if number == 0 => return None,
            item => {
                let passed_on = uses(modules.get(&at)?).into_iter().find(|(public, path)| {
                    *public && path.last().is_some_and(|last| last == item) && path.len() > 1
                });
                return Some(match passed_on {
                    Some((_, path)) => resolve(modules, &at, &path).unwrap_or(at),
                    None => at,
                });
            }
        }
    }
    Some(at)
}

fn circle(arrows: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> Option<Vec<String>> {
    // What is needed by nobody, or needs nobody, is on no circle: taken away until nothing changes.
    let mut left: BTreeSet<_> = arrows.keys().collect();
    loop {
        let needs_nobody = |file: &Vec<String>| !arrows[file].iter().any(|to| left.contains(to));
        let needed_by_nobody =
            |file: &Vec<String>| !left.iter().any(|other| arrows[*other].contains(file));
        let mut files = left.iter().copied();
        let Some(end) = files.find(|file| needs_nobody(file) || needed_by_nobody(file)) else {
            break;
        };
        left.remove(end);
    }
    (!left.is_empty()).then(|| left.into_iter().map(|file| file.join("/")).collect())
}

#[test]
fn no_two_files_need_each_other() {
    for name in CRATES.into_iter().filter(|name| *name != "tests") {
        let modules = modules(name);
        let arrows: BTreeMap<_, BTreeSet<_>> = modules
            .iter()
            .map(|(file, text)| {
                // What a folder passes on is followed by whoever takes it.
                let needed = uses(text).into_iter().filter(|(public, _)| !public);
                let needed = needed.filter_map(|(_, path)| resolve(&modules, file, &path));
                (file.clone(), needed.filter(|needed| needed != file).collect())
            })
            .collect();
        let read = modules.len() < 5 || arrows.values().any(|needed| !needed.is_empty());
        assert!(read, "{name}: no import was read");
        let circle = circle(&arrows);
        assert!(circle.is_none(), "{name}: these files need each other: {circle:?}");
    }
}

#[test]
fn a_circle_is_found_through_a_re_export() {
    let file = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let modules = Modules::from([
        (file("room"), "\nmod a;\npub use a::{Thing, other};\n".to_owned()),
        (file("room/a"), "\nuse crate::joint::{self, Kind};\n".to_owned()),
        (file("joint"), "\nuse crate::room::Thing;\n".to_owned()),
    ]);
    let to = |from: &str, path: &str| resolve(&modules, &file(from), &paths(path)[0]);
    assert_eq!(to("joint", "crate::room::Thing"), Some(file("room/a")));
    assert_eq!(to("room/a", "super::Thing"), Some(file("room/a")));
    assert_eq!(to("joint", "serde::Serialize"), None);
    assert_eq!(paths("a::{b, c::{d, e}}").len(), 3);
    let arrows = BTreeMap::from([
        (file("joint"), BTreeSet::from([file("room/a")])),
        (file("room/a"), BTreeSet::from([file("joint")])),
        (file("room"), BTreeSet::from([file("room/a")])),
    ]);
    assert_eq!(circle(&arrows).map(|files| files.len()), Some(2));
    assert_eq!(circle(&BTreeMap::from([(file("joint"), BTreeSet::new())])), None);
}
