//! The start of every service, the same for all: telemetry, configuration (a bad one exits 64 before
//! anything is bound), listeners, the run file, run until a signal, exit code.

use serde_json::json;
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::Failure;
use crate::clock::Clock;
use crate::config::{ConfigError, Env};
use crate::health::{self, Readiness};
use crate::lifecycle::Shutdown;

/// What a service is handed besides its own configuration.
#[derive(Clone, Debug)]
pub struct Context {
    pub clock: Clock,
    pub shutdown: Shutdown,
    pub readiness: Readiness,
}

/// Exit code of a bad configuration (BSD sysexits `EX_USAGE`).
const BAD_CONFIGURATION: u8 = 64;

/// Runs a service: `configure` reads its settings, `run` serves on the listener until stopped.
pub async fn main<C, F, R>(
    name: &'static str,
    configure: impl FnOnce(&Env) -> Result<C, ConfigError>,
    run: F,
) -> ExitCode
where
    F: FnOnce(C, TcpListener, Context) -> R,
    R: Future<Output = Result<(), Failure>>,
{
    let env = Env::of_process();
    let filter = env.optional("DOCDE_LOG").unwrap_or("info,lapin=error");
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .init();
    let ready = || {
        Ok::<_, ConfigError>((
            crate::crash::arm(&env)?,
            Clock::from_env(&env)?,
            configure(&env)?,
            addresses(&env)?,
        ))
    };
    let ((), clock, config, addresses) = match ready() {
        Ok(ready) => ready,
        Err(error) => {
            eprintln!("docde-{name}: {error}");
            return ExitCode::from(BAD_CONFIGURATION);
        }
    };
    let context = Context { clock, shutdown: Shutdown::default(), readiness: Readiness::default() };
    match bind_and_run(name, &env, addresses, context, |listener, context| {
        run(config, listener, context)
    })
    .await
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %chain(error.as_ref()), "{name} stopped");
            ExitCode::FAILURE
        }
    }
}

async fn bind_and_run<R: Future<Output = Result<(), Failure>>>(
    name: &str,
    env: &Env,
    (listen, health_listen): (SocketAddr, SocketAddr),
    context: Context,
    run: impl FnOnce(TcpListener, Context) -> R,
) -> Result<(), Failure> {
    let listener = TcpListener::bind(listen).await?;
    let health = TcpListener::bind(health_listen).await?;
    context.shutdown.on_signals()?;
    if let Some(path) = env.optional("DOCDE_RUN_FILE") {
        let (http, health) = (listener.local_addr()?.to_string(), health.local_addr()?.to_string());
        let facts = json!({"pid": std::process::id(), "http": http, "health": health, "version": env!("CARGO_PKG_VERSION")});
        let draft = format!("{path}.new");
        std::fs::write(&draft, facts.to_string())?;
        std::fs::rename(&draft, path)?;
    }
    tokio::spawn(health::serve(health, context.readiness.clone(), context.shutdown.clone()));
    tracing::info!(service = name, address = %listener.local_addr()?, "started");
    tokio::select! {
        result = run(listener, context.clone()) => result,
        () = context.shutdown.stopped_hard() => Err("the grace period passed with work still held".into()),
    }
}

fn addresses(env: &Env) -> Result<(SocketAddr, SocketAddr), ConfigError> {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Ok((env.parsed("DOCDE_LISTEN", any)?, env.parsed("DOCDE_HEALTH_LISTEN", any)?))
}

/// An error with its causes, on one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(": ");
        text.push_str(&source.to_string());
        cause = source.source();
    }
    text
}
