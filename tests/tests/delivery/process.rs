//! A worker as a process of its own, where a test reads its metrics: inside this process all tests share them.

use docde_tests::wait::LIMIT;
use docde_tests::world::from_environment;
use docde_tests::{World, until};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// Killed when it is dropped.
pub struct Process {
    _child: Child,
    metrics: String,
    http: reqwest::Client,
}

impl Process {
    /// Starts one, until it says where it is.
    pub async fn worker(world: &World) -> Self {
        let bin = from_environment("DOCDE_BIN_DIR");
        let file = std::env::temp_dir().join(format!("{}.json", world.vhost));
        let names = [
            "DATABASE_URL",
            "AMQP_URL",
            "RABBITMQ_UI_URL",
            "REDIS_URL",
            "DOCDE_REDIS_PREFIX",
            "DOCDE_BATCH",
        ];
        let mut command = Command::new(PathBuf::from(bin).join("docde-workers"));
        command.env_clear().envs(
            names
                .map(|name| (name, world.setting(name)))
                .into_iter()
                .filter(|(_, value)| !value.is_empty()),
        );
        command
            .env("DOCDE_RUN_FILE", &file)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let child = command.spawn().expect("the worker's binary: cargo build -p docde-workers");
        let health = until("the worker to say where it is", async || {
            let facts: Value = serde_json::from_slice(&std::fs::read(&file).ok()?).ok()?;
            facts["health"].as_str().map(str::to_owned)
        })
        .await;
        let _ = std::fs::remove_file(&file);
        Self {
            _child: child,
            metrics: format!("http://{health}/metrics"),
            http: world.http.clone(),
        }
    }

    /// A figure, with its labels as they stand in the text.
    pub async fn figure(&self, name: &str) -> Option<u64> {
        let text = self.http.get(&self.metrics).send().await.ok()?.text().await.ok()?;
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    }
}

/// Runs a worker that ends by abort, as kill -9 would end it, when it passes that point.
pub async fn crash(world: &World, point: &str) {
    let bin = from_environment("DOCDE_BIN_DIR");
    let child = Command::new(PathBuf::from(bin).join("docde-workers"))
        .env_clear()
        .envs(world.settings())
        .env("DOCDE_CRASH", point)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the worker's binary: cargo build -p docde-workers");
    let ended = tokio::time::timeout(LIMIT, child.wait_with_output()).await;
    let ended = ended.expect("the worker passes the point").expect("its end");
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(log.contains(&format!("crash point {point} reached")), "{log}");
}
