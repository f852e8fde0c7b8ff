//! Named crash points, for the fault suite. `DOCDE_CRASH=name:n` makes the process abort, as kill -9
//! would, the n-th time it passes the point `name`. Unset, a point costs one atomic load.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::config::{ConfigError, Env, invalid};

/// All points, in the order in which a command passes them.
pub const POINTS: [&str; 7] = [
    "after_confirm",
    "before_answer",
    "taken",
    "before_commit",
    "after_commit",
    "after_outcomes",
    "before_ack",
];

struct Armed {
    name: String,
    left: AtomicU64,
}

static ARMED: OnceLock<Option<Armed>> = OnceLock::new();

/// Reads `DOCDE_CRASH`. Without this call no point ever fires.
pub fn arm(env: &Env) -> Result<(), ConfigError> {
    let Some(text) = env.optional("DOCDE_CRASH") else { return Ok(()) };
    let (name, count) = text.split_once(':').unwrap_or((text, "1"));
    let count = count.parse().map_err(|_| invalid("DOCDE_CRASH", &"expected name:count"))?;
    if !POINTS.contains(&name) {
        return Err(invalid(
            "DOCDE_CRASH",
            &format!("no such point; known: {}", POINTS.join(", ")),
        ));
    }
    let _ = ARMED.set(Some(Armed { name: name.to_owned(), left: AtomicU64::new(count) }));
    Ok(())
}

/// Passes the point `name`.
pub fn point(name: &'static str) {
    if let Some(Some(armed)) = ARMED.get()
        && armed.name == name
        && armed.left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        eprintln!("crash point {name} reached");
        std::process::abort();
    }
}
