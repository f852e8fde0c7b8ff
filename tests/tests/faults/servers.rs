//! RabbitMQ, MariaDB and Redis of the suite's own set, found by the pids that `./dev` wrote down and started
//! again by it, on the same ports and data.

use platform::Failure;
use serde_json::Value;
use std::process::Stdio;

use crate::settings::Settings;
use crate::signal;
use crate::wait::{LIMIT, until};

/// A server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Server {
    RabbitMq,
    MariaDb,
    Redis,
}

impl Server {
    pub fn name(self) -> &'static str {
        match self {
            Server::RabbitMq => "rabbitmq",
            Server::MariaDb => "mariadb",
            Server::Redis => "redis",
        }
    }

    /// Its pid and port.
    fn facts(self, settings: &Settings) -> Result<(u32, u16), Failure> {
        let file = settings.dir.join("run").join(format!("{}.json", self.name()));
        let facts: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        let fact = |name: &str| {
            facts[name].as_u64().ok_or_else(|| format!("no {name} in {}", file.display()))
        };
        Ok((u32::try_from(fact("pid")?)?, u16::try_from(fact("port")?)?))
    }

    pub async fn signal(self, settings: &Settings, signal: &str) -> Result<(), Failure> {
        signal::send(signal, self.facts(settings)?.0).await
    }

    /// SIGKILL, and gone: its last threads may keep the port for a while after its pid is a zombie's.
    pub async fn kill(self, settings: &Settings) -> Result<(), Failure> {
        let (pid, port) = self.facts(settings)?;
        signal::send("KILL", pid).await?;
        let gone =
            || !signal::is_alive(pid) && std::net::TcpStream::connect(("127.0.0.1", port)).is_err();
        until("a killed server to be gone", LIMIT, async || gone().then_some(())).await
    }

    /// Starts it again, until it serves.
    pub async fn start(self, settings: &Settings) -> Result<(), Failure> {
        let output = tokio::process::Command::new(&settings.dev)
            .args(["infra", "start", self.name()])
            .env("DOCDE_DEV_DIR", &settings.dir)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!(
            "{} did not start again: {}",
            self.name(),
            String::from_utf8_lossy(&output.stderr)
        )
        .into())
    }
}
