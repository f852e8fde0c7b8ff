//! Where load goes. The bench drives every ingress and notifier directly, and the baseline likewise, so that
//! neither is measured through a proxy; the demonstration goes through the front door.

use platform::Failure;
use platform::config::Env;
use std::path::{Path, PathBuf};

/// Addresses as `host:port`.
#[derive(Clone, Debug)]
pub struct Targets {
    pub http: Vec<String>,
    /// Empty: there are no sockets, and the answer is the outcome (the baseline).
    pub sockets: Vec<String>,
    /// How they were chosen, for the report.
    pub via: &'static str,
}

impl Targets {
    /// Every replica, by the run files in `DOCDE_DEV_DIR`; without them the front.
    pub fn direct(env: &Env) -> Result<Self, Failure> {
        let run = run_dir(env);
        let http = run.as_deref().map(|run| addresses(run, "ingress")).unwrap_or_default();
        let sockets = run.as_deref().map(|run| addresses(run, "notifier")).unwrap_or_default();
        if http.is_empty() || sockets.is_empty() {
            return Self::front(env);
        }
        Ok(Self { http, sockets, via: "no proxy: every ingress and notifier directly" })
    }

    /// `DOCDE_URL` and `DOCDE_WS_URL`.
    pub fn front(env: &Env) -> Result<Self, Failure> {
        let http = vec![authority(env.required("DOCDE_URL")?)];
        let sockets = vec![authority(env.required("DOCDE_WS_URL")?)];
        Ok(Self { http, sockets, via: "through the front" })
    }

    /// One service that answers with the outcome itself.
    pub fn answering(address: String) -> Self {
        Self { http: vec![address], sockets: Vec::new(), via: "no proxy" }
    }

    /// The n-th client's HTTP address.
    pub fn http_of(&self, client: usize) -> &str {
        self.http.get(client % self.http.len().max(1)).map_or("", String::as_str)
    }

    /// The n-th client's socket address.
    pub fn socket_of(&self, client: usize) -> Option<&str> {
        self.sockets.get(client % self.sockets.len().max(1)).map(String::as_str)
    }
}

/// `DOCDE_DEV_DIR/run`.
pub fn run_dir(env: &Env) -> Option<PathBuf> {
    env.optional("DOCDE_DEV_DIR").map(|dir| Path::new(dir).join("run"))
}

/// The run files of a service: name without `.json`, and what they say.
pub fn run_files(run: &Path, service: &str) -> Vec<(String, serde_json::Value)> {
    let of_service =
        |name: &str| name.rsplit_once('-').is_some_and(|(prefix, _)| prefix == service);
    all_run_files(run).into_iter().filter(|(name, _)| of_service(name)).collect()
}

/// The pid of every service, server and proxy that has a run file there, by the file's name.
pub fn run_pids(run: &Path) -> Vec<(String, u32)> {
    let pid = |(name, facts): (String, serde_json::Value)| {
        Some((name, u32::try_from(facts.get("pid")?.as_u64()?).ok()?))
    };
    all_run_files(run).into_iter().filter_map(pid).collect()
}

fn all_run_files(run: &Path) -> Vec<(String, serde_json::Value)> {
    let Ok(entries) = std::fs::read_dir(run) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
            let facts = std::fs::read_to_string(&path).ok()?;
            Some((name, serde_json::from_str(&facts).ok()?))
        })
        .collect();
    files.sort_by(|one, other| one.0.cmp(&other.0));
    files
}

fn addresses(run: &Path, service: &str) -> Vec<String> {
    run_files(run, service)
        .iter()
        .filter_map(|(_, facts)| Some(facts.get("http")?.as_str()?.to_owned()))
        .collect()
}

fn authority(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_of_a_url() {
        assert_eq!(authority("ws://127.0.0.1:80/ws"), "127.0.0.1:80");
        assert_eq!(authority("http://127.0.0.1:80"), "127.0.0.1:80");
    }
}
