//! Open files: thousands of sockets need more than the usual 1,024. A process may raise its own limit only by a
//! system call that safe Rust does not offer, so it has a shell do it and starts itself again, once.

use std::os::unix::process::CommandExt;
use std::process::Command;

use platform::Failure;

const RAISED: &str = "DOCDE_BENCH_FILES_RAISED";

/// Enough for the largest demonstration.
const WANTED: u64 = 65_536;

/// Starts this program anew with more files where the limit is low. Returns where that is not needed or not
/// possible: then the opening of sockets will say so.
pub fn raise() {
    if std::env::var_os(RAISED).is_some() || soft_limit().is_none_or(|limit| limit >= WANTED / 2) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let script = format!(
        "ulimit -n {WANTED} 2>/dev/null || ulimit -n \"$(ulimit -Hn)\" 2>/dev/null; exec \"$0\" \"$@\""
    );
    let error = Command::new("sh")
        .args(["-c", &script])
        .arg(program)
        .args(std::env::args_os().skip(1))
        .env(RAISED, "1")
        .exec();
    eprintln!("docde-bench: the limit of open files stays as it is: {error}");
}

/// Files besides the connections: the database's, the standard ones, those of the programs that are started.
const OTHERS: u64 = 100;

/// An error that says what to do where fewer files may be open than so many connections need.
pub fn need(connections: u32) -> Result<(), Failure> {
    let needed = u64::from(connections) + OTHERS;
    match soft_limit() {
        Some(limit) if limit < needed => Err(format!(
            "{connections} connections need {needed} open files, and the limit is {limit}: raise it (ulimit -Hn {needed}), or ask for fewer --connections"
        )
        .into()),
        _ => Ok(()),
    }
}

fn soft_limit() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    limits.lines().find_map(|line| {
        line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_connections_are_refused_before_anything_is_opened() {
        let refusal = need(u32::MAX).unwrap_err().to_string();
        assert!(refusal.contains("4294967395 open files"), "{refusal}");
        assert!(need(1).is_ok());
    }
}
