//! Named places at which the fault suite ends a process. `DOCDE_CRASH=name:n` makes the process abort, as kill -9
//! would, the n-th time it passes the point `name`; `DOCDE_CRASH=panic:task:n` makes the long-lived task of that name
//! panic the n-th time round its loop. Unset, a point costs one atomic load.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::config::{ConfigError, Env, invalid};
use crate::task_names;

/// All points at which a process aborts, in the order in which a command passes them.
pub const POINTS: [&str; 8] = [
    "after_confirm",
    "before_answer",
    "taken",
    "before_commit",
    "after_commit",
    "held_back",
    "after_outcomes",
    "before_ack",
];

/// Points that no command passes: between a mail server's 250 and our commit, between the deletion of an account and the
/// end of what it had.
pub const ASIDE: [&str; 2] = ["mail_sent", "account_deleted"];

/// What is to happen, and after how many more passes.
#[derive(Debug)]
struct Armed {
    name: String,
    panics: bool,
    left: AtomicU64,
}

static ARMED: OnceLock<Armed> = OnceLock::new();

/// Reads `DOCDE_CRASH`. Without this call nothing ever happens.
pub fn arm(env: &Env) -> Result<(), ConfigError> {
    if let Some(text) = env.optional("DOCDE_CRASH") {
        let armed = parse(text).map_err(|complaint| invalid("DOCDE_CRASH", &complaint))?;
        let _ = ARMED.set(armed);
    }
    Ok(())
}

fn parse(text: &str) -> Result<Armed, String> {
    let (panics, text) = match text.strip_prefix("panic:") {
        Some(task) => (true, task),
        None => (false, text),
    };
    let (name, count) = text.split_once(':').unwrap_or((text, "1"));
    let points = [&POINTS[..], &ASIDE].concat();
    let known: &[&str] = if panics { &task_names::NAMES } else { &points };
    if !known.contains(&name) {
        return Err(format!("no such point; known: {}", known.join(", ")));
    }
    let count = count.parse().map_err(|_| "expected name:count or panic:task:count".to_owned())?;
    Ok(Armed { name: name.to_owned(), panics, left: AtomicU64::new(count) })
}

/// Passes the point `name`.
pub fn point(name: &'static str) {
    if is_due(name, false) {
        eprintln!("crash point {name} reached");
        std::process::abort();
    }
}

/// Begins one more time round the loop of the long-lived task `name`.
///
/// # Panics
/// Where `DOCDE_CRASH` says so.
pub fn round(name: &'static str) {
    assert!(!is_due(name, true), "crash point panic:{name} reached");
}

fn is_due(name: &str, panics: bool) -> bool {
    ARMED.get().is_some_and(|armed| {
        armed.panics == panics
            && armed.name == name
            && armed.left.fetch_sub(1, Ordering::SeqCst) == 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_armed_is_a_point_or_a_task() {
        let armed = parse("before_ack:3").unwrap();
        assert_eq!((armed.name.as_str(), armed.panics), ("before_ack", false));
        assert_eq!(armed.left.into_inner(), 3);
        let armed = parse("panic:owner").unwrap();
        assert_eq!((armed.name.as_str(), armed.panics), ("owner", true));
        assert_eq!(armed.left.into_inner(), 1);
        for wrong in ["owner:1", "panic:before_ack", "panic:nobody:1", "before_ack:many", "panic:"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
