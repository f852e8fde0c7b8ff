//! The system around the measurement: started again with other numbers, its workers killed, its books audited.
//! All through the entrances that people use: `./dev` and the CLI.

use platform::Failure;
use platform::config::Env;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::Command;

use crate::targets::{run_dir, run_files};

/// How the system runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    pub workers: u32,
    pub batch: u32,
}

impl Layout {
    /// As it is now: live run files, and the batch size that was set, else the workers' own.
    pub fn present(env: &Env) -> Self {
        let workers = run_dir(env).map_or(0, |run| run_files(&run, "workers").len());
        Self {
            workers: u32::try_from(workers).unwrap_or(0),
            batch: env.parsed("DOCDE_BATCH", 256).unwrap_or(256),
        }
    }
}

/// `./dev up` with that layout, without rate limits an account: a bench account stands for many people.
pub async fn up(env: &Env, layout: Layout) -> Result<(), Failure> {
    let dev = env.required("DOCDE_DEV")?;
    eprintln!("  ./dev up --workers {} with batches of {}", layout.workers, layout.batch);
    let done = Command::new(dev)
        .args(["up", "--no-build", "--no-booking", "--workers", &layout.workers.to_string()])
        .env("DOCDE_BATCH", layout.batch.to_string())
        .env("DOCDE_RATE_PER_ACCOUNT", "0")
        .env("DOCDE_RATE_PER_ADDRESS", "0")
        .stdin(Stdio::null())
        .output()
        .await?;
    if done.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&done.stderr);
    let reason =
        errors.lines().rfind(|line| line.starts_with("dev: ")).unwrap_or("it did not say why");
    Err(format!("{dev} up failed: {reason}").into())
}

/// The pids of the workers that have a run file.
pub fn worker_pids(env: &Env) -> Vec<u64> {
    let files = run_dir(env).map(|run| run_files(&run, "workers")).unwrap_or_default();
    files.iter().filter_map(|(_, facts)| facts.get("pid")?.as_u64()).collect()
}

/// Sends a signal by name: `STOP`, `KILL`.
pub async fn signal(name: &str, pid: u64) -> Result<(), Failure> {
    let done = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().await?;
    if done.success() { Ok(()) } else { Err(format!("kill -{name} {pid}: {done}").into()) }
}

/// A program of the project: in `DOCDE_BIN_DIR`, else beside this one.
pub fn program(env: &Env, name: &str) -> Result<PathBuf, Failure> {
    if let Some(dir) = env.optional("DOCDE_BIN_DIR") {
        return Ok(PathBuf::from(dir).join(name));
    }
    let own = std::env::current_exe()?;
    Ok(own.with_file_name(name))
}

/// Runs the operators' CLI, its output ours; true when it succeeded.
pub async fn docde(env: &Env, arguments: &[&str]) -> Result<bool, Failure> {
    let done =
        Command::new(program(env, "docde")?).args(arguments).stdin(Stdio::null()).status().await?;
    Ok(done.success())
}

/// `docde audit --json`: whether the books balance, and in a word why not.
pub async fn audit(env: &Env) -> Result<(bool, String), Failure> {
    let done = Command::new(program(env, "docde")?)
        .args(["audit", "--json"])
        .stdin(Stdio::null())
        .output()
        .await?;
    let text = String::from_utf8_lossy(&done.stdout);
    let said = summary(&text)
        .unwrap_or_else(|| format!("{text}{}", String::from_utf8_lossy(&done.stderr)));
    Ok((done.status.success(), said))
}

/// The checks that failed, or how many there were.
fn summary(report: &str) -> Option<String> {
    let report: serde_json::Value =
        serde_json::from_str(report.lines().rfind(|line| !line.trim().is_empty())?).ok()?;
    let checks = report.get("checks")?.as_array()?;
    let failed = checks.iter().filter(|check| check.get("ok").is_none_or(|ok| ok != true));
    let failed: Vec<String> = failed
        .filter_map(|check| {
            Some(format!(
                "{} finds {} {}",
                check.get("name")?.as_str()?,
                check.get("found")?,
                check.get("detail")?.as_str()?
            ))
        })
        .collect();
    Some(if failed.is_empty() {
        format!("{} checks, all hold", checks.len())
    } else {
        failed.join("; ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_red_audit_says_which_check() {
        let report = r#"{"ok":false,"checks":[{"name":"lost","ok":false,"found":2,"detail":"never arrived"},{"name":"x","ok":true,"found":0,"detail":""}]}"#;
        assert_eq!(summary(report).unwrap(), "lost finds 2 never arrived");
        assert_eq!(summary(&report.replace("false", "true")).unwrap(), "2 checks, all hold");
        assert_eq!(summary("no JSON"), None);
    }
}
