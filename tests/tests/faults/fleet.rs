//! The services as processes: two of each, on ports that a restart keeps, to be killed, frozen and started.

use platform::Failure;
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};

use crate::settings::Settings;
use crate::signal;
use crate::stage::Stage;
use crate::wait::{LIMIT, until};

/// A kind of service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Ingress,
    Worker,
    Notifier,
}

impl Kind {
    fn binary(self) -> &'static str {
        match self {
            Kind::Ingress => "docde-ingress",
            Kind::Worker => "docde-workers",
            Kind::Notifier => "docde-notifier",
        }
    }
}

/// One process, or the place of one.
pub struct Replica {
    pub kind: Kind,
    pub name: String,
    pub http: String,
    pub health: String,
    binary: PathBuf,
    env: BTreeMap<String, String>,
    log: PathBuf,
    child: Option<Child>,
    /// Length of the log when the process was started.
    started_at: u64,
}

/// Where clients go.
#[derive(Clone, Debug)]
pub struct Addresses {
    pub ingresses: Vec<String>,
    pub notifiers: Vec<String>,
}

/// All of them.
pub struct Fleet {
    pub replicas: Vec<Replica>,
}

impl Fleet {
    /// Two ingresses, two workers, two notifiers, ready.
    pub async fn launch(settings: &Settings, stage: &Stage) -> Result<Self, Failure> {
        let (mut replicas, mut taken) = (Vec::new(), Vec::new());
        for kind in [Kind::Worker, Kind::Ingress, Kind::Notifier] {
            for number in 1..=2 {
                let mut replica = Replica::new(settings, stage, kind, number, &mut taken)?;
                replica.start(None)?;
                replicas.push(replica);
            }
        }
        for replica in &mut replicas {
            replica.ready().await?;
        }
        Ok(Self { replicas })
    }

    pub fn addresses(&self) -> Addresses {
        let of = |kind: Kind| {
            self.replicas
                .iter()
                .filter(|replica| replica.kind == kind)
                .map(|replica| replica.http.clone())
                .collect()
        };
        Addresses { ingresses: of(Kind::Ingress), notifiers: of(Kind::Notifier) }
    }

    /// Where the workers show their figures.
    pub fn worker_health(&self) -> Vec<String> {
        self.replicas
            .iter()
            .filter(|replica| replica.kind == Kind::Worker)
            .map(|replica| replica.health.clone())
            .collect()
    }

    /// The `number`-th of the kind.
    pub fn replica(&mut self, kind: Kind, number: usize) -> Result<&mut Replica, Failure> {
        let mut of_kind: Vec<_> =
            self.replicas.iter_mut().filter(|replica| replica.kind == kind).collect();
        let index = number % of_kind.len().max(1);
        if index < of_kind.len() {
            Ok(of_kind.swap_remove(index))
        } else {
            Err("no such replica".into())
        }
    }

    /// Processes that ended though nobody ended them.
    pub fn fallen(&mut self) -> Vec<String> {
        let ended = |replica: &mut Replica| match replica.child.as_mut()?.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(format!(
                "{} ended by itself: {status}, see {}",
                replica.name,
                replica.log.display()
            )),
            Err(error) => Some(format!("{}: {error}", replica.name)),
        };
        self.replicas.iter_mut().filter_map(ended).collect()
    }
}

impl Replica {
    fn new(
        settings: &Settings,
        stage: &Stage,
        kind: Kind,
        number: usize,
        taken: &mut Vec<u64>,
    ) -> Result<Self, Failure> {
        let name = format!("faults-{}-{number}", kind.binary().trim_start_matches("docde-"));
        let (http, health) = (free_address(taken)?, free_address(taken)?);
        let mut env = stage.env.clone();
        env.insert("DOCDE_LISTEN".to_owned(), http.clone());
        env.insert("DOCDE_HEALTH_LISTEN".to_owned(), health.clone());
        env.insert("DOCDE_RUN_FILE".to_owned(), path_of(settings, "run", &format!("{name}.json")));
        env.insert("RUST_BACKTRACE".to_owned(), "1".to_owned());
        let log = PathBuf::from(path_of(settings, "log", &format!("{name}.log")));
        File::create(&log)?;
        let binary = settings.bin.join(kind.binary());
        Ok(Self { kind, name, http, health, binary, env, log, child: None, started_at: 0 })
    }

    /// Starts it; `crash` is what `DOCDE_CRASH` says.
    pub fn start(&mut self, crash: Option<&str>) -> Result<(), Failure> {
        let log = File::options().append(true).open(&self.log)?;
        self.started_at = log.metadata()?.len();
        let mut command = Command::new(&self.binary);
        command
            .envs(&self.env)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        if let Some(crash) = crash {
            command.env("DOCDE_CRASH", crash);
        }
        let child =
            command.spawn().map_err(|error| format!("{}: {error}", self.binary.display()))?;
        self.child = Some(child);
        Ok(())
    }

    /// Until it says that it is ready.
    pub async fn ready(&mut self) -> Result<(), Failure> {
        let (url, client) = (format!("http://{}/ready", self.health), short()?);
        let said =
            async || client.get(&url).send().await.is_ok_and(|answer| answer.status() == 200);
        let what = format!("{} to be ready", self.name);
        let ended = until(&what, LIMIT, async || {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            if ended.is_some() || said().await { Some(ended) } else { None }
        })
        .await?;
        ended.map_or(Ok(()), |status| {
            Err(format!("{} ended at its start: {status}, see {}", self.name, self.log.display())
                .into())
        })
    }

    pub fn pid(&self) -> Result<u32, Failure> {
        self.child
            .as_ref()
            .and_then(Child::id)
            .ok_or_else(|| format!("{} does not run", self.name).into())
    }

    /// SIGKILL, and gone.
    pub async fn kill(&mut self) -> Result<(), Failure> {
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// SIGTERM; it has to end well.
    pub async fn stop(&mut self) -> Result<(), Failure> {
        signal::send("TERM", self.pid()?).await?;
        let status = self.end(LIMIT).await?.ok_or_else(|| format!("{} did not stop", self.name))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("{} stopped with {status}", self.name).into())
        }
    }

    /// Its end, if it ends within the limit.
    async fn end(&mut self, limit: Duration) -> Result<Option<ExitStatus>, Failure> {
        let Some(child) = self.child.as_mut() else {
            return Err(format!("{} does not run", self.name).into());
        };
        match tokio::time::timeout(limit, child.wait()).await {
            Ok(status) => {
                self.child = None;
                Ok(Some(status?))
            }
            Err(_) => Ok(None),
        }
    }

    /// Whether it reaches the crash point and ends by abort within the limit.
    pub async fn crashes(&mut self, point: &str, limit: Duration) -> Result<bool, Failure> {
        const ABORT: i32 = 6;
        let Some(status) = self.end(limit).await? else { return Ok(false) };
        let reached = self.news()?.contains(&format!("crash point {point} reached"));
        if status.signal() == Some(ABORT) && reached {
            return Ok(true);
        }
        Err(format!("{} was to crash at {point} and ended with {status}", self.name).into())
    }

    /// Whether the task panics and the process ends with a failure code within the limit.
    pub async fn panics(&mut self, task: &str, limit: Duration) -> Result<bool, Failure> {
        let Some(status) = self.end(limit).await? else { return Ok(false) };
        let reached = self.news()?.contains(&format!("crash point panic:{task} reached"));
        if status.code() == Some(1) && reached {
            return Ok(true);
        }
        Err(format!("{} was to end of its task {task} and ended with {status}", self.name).into())
    }

    /// What it has logged since it was started.
    fn news(&self) -> Result<String, Failure> {
        let log = std::fs::read(&self.log)?;
        let news = log.get(usize::try_from(self.started_at)?..).unwrap_or_default();
        Ok(String::from_utf8_lossy(news).into_owned())
    }
}

/// An HTTP client for looks that must not hang.
pub fn short() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder().timeout(Duration::from_secs(1)).pool_max_idle_per_host(0).build()
}

fn path_of(settings: &Settings, folder: &str, name: &str) -> String {
    Path::new(&settings.dir).join(folder).join(name).display().to_string()
}

/// A port below those that the kernel gives to outgoing connections, so that it is still free after a kill.
fn free_address(taken: &mut Vec<u64>) -> Result<String, Failure> {
    for _ in 0..200 {
        let port = 12_000 + uuid::Uuid::new_v4().as_u64_pair().0 % 8_000;
        let address = format!("127.0.0.1:{port}");
        if !taken.contains(&port) && std::net::TcpListener::bind(&address).is_ok() {
            taken.push(port);
            return Ok(address);
        }
    }
    Err("no free port".into())
}
