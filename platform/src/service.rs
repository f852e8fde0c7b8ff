//! The start and the end of every service, the same for all: telemetry, configuration (a bad one exits 64 before
//! anything is bound), listeners, the run file, run until a signal or until a long-lived task fails, exit code.

use futures_util::FutureExt;
use serde_json::json;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::Failure;
use crate::clock::Clock;
use crate::config::{ConfigError, Env};
use crate::health::{self, Readiness};
use crate::lifecycle::Shutdown;
use crate::tasks::{TaskFailed, Tasks};

/// What a service is handed besides its own configuration.
#[derive(Clone, Debug)]
pub struct Context {
    pub clock: Clock,
    pub shutdown: Shutdown,
    pub readiness: Readiness,
    /// Where long-lived tasks are spawned: the service ends when one of them fails.
    pub tasks: Tasks,
}

impl Context {
    /// A service that runs, is not ready yet and has no tasks.
    pub fn new(clock: Clock) -> Self {
        let shutdown = Shutdown::default();
        let tasks = Tasks::new(shutdown.clone());
        Self { clock, shutdown, readiness: Readiness::default(), tasks }
    }
}

/// Exit code of a bad configuration (BSD sysexits `EX_USAGE`).
const BAD_CONFIGURATION: u8 = 64;
/// Exit code of any other failure.
const FAILURE: i32 = 1;
/// How long a service whose task has failed may take to finish what it holds. Others wait for what it does not finish.
const FAILED_GRACE: Duration = Duration::from_secs(5);

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
    let context = Context::new(clock);
    let listener = match bind(name, &env, addresses, &context).await {
        Ok(listener) => listener,
        Err(error) => fail(name, &error),
    };
    let mut running = Box::pin(run(config, listener, context.clone()));
    match supervise(running.as_mut(), &context).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(name, &error),
    }
}

/// Ends the process at once, as a kill would. Returning from `main` would drop what still runs first: a worker's
/// consumer that is dropped cancels itself, and then the next owner of its partition starts out of order.
fn fail(name: &str, error: &Failure) -> ! {
    tracing::error!(error = %chain(error.as_ref()), "{name} stopped");
    std::process::exit(FAILURE)
}

/// Runs a service until it ends by itself, which is its result, until one of its long-lived tasks fails, or until
/// hard shutdown. After a failed task it is not ready any more and has a few seconds for a soft shutdown.
/// In the end its tasks are stopped hard.
pub async fn supervise<R>(mut running: Pin<&mut R>, context: &Context) -> Result<(), Failure>
where
    R: Future<Output = Result<(), Failure>>,
{
    let result = tokio::select! {
        result = running.as_mut() => with_failed(result, context.tasks.failed().now_or_never()),
        failed = context.tasks.failed() => {
            tracing::error!(error = %failed, "stopping: a service does not go on with a part of its tasks");
            context.readiness.set(false);
            context.shutdown.stop();
            tokio::select! {
                _ = running => {}
                () = tokio::time::sleep(FAILED_GRACE) => {}
                () = context.shutdown.stopped_hard() => {}
            }
            Err(failed.into())
        }
        () = context.shutdown.stopped_hard() => Err("the grace period passed with work still held".into()),
    };
    context.shutdown.stop_hard();
    result
}

/// The result of a service that has ended, if none of its tasks failed before. A task that only ended is often the
/// consequence of the service's own error, which then says more.
fn with_failed(result: Result<(), Failure>, failed: Option<TaskFailed>) -> Result<(), Failure> {
    match (result, failed) {
        (Ok(()), Some(failed)) | (Err(_), Some(failed @ TaskFailed::Panicked(_))) => {
            Err(failed.into())
        }
        (result, _) => result,
    }
}

/// Binds both listeners, says where in the run file, and starts the tasks that every service has.
async fn bind(
    name: &str,
    env: &Env,
    (listen, health_listen): (SocketAddr, SocketAddr),
    context: &Context,
) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(listen).await?;
    let health = TcpListener::bind(health_listen).await?;
    context.tasks.spawn("signals", context.shutdown.on_signals()?);
    if let Some(path) = env.optional("DOCDE_RUN_FILE") {
        let (http, health) = (listener.local_addr()?.to_string(), health.local_addr()?.to_string());
        let facts = json!({"pid": std::process::id(), "http": http, "health": health, "version": env!("CARGO_PKG_VERSION")});
        let draft = format!("{path}.new");
        std::fs::write(&draft, facts.to_string())?;
        std::fs::rename(&draft, path)?;
    }
    let serving = health::serve(health, context.readiness.clone(), context.shutdown.clone());
    context.tasks.spawn("health", serving);
    tracing::info!(service = name, address = %listener.local_addr()?, "started");
    Ok(listener)
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn ends(context: &Context, run: impl Future<Output = Result<(), Failure>>) -> String {
        let mut running = Box::pin(run);
        supervise(running.as_mut(), context)
            .await
            .map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[tokio::test]
    async fn a_service_ends_with_its_first_failed_task_after_a_soft_shutdown() {
        let context = Context::new(Clock::host());
        context.readiness.set(true);
        context.tasks.spawn("feed", async { panic!("on purpose") });
        let shutdown = context.shutdown.clone();
        let run = async move {
            shutdown.stopping().await;
            Ok(())
        };
        assert_eq!(ends(&context, run).await, "the task feed panicked");
        assert!(!context.readiness.is_ready());
    }

    #[tokio::test]
    async fn a_panic_while_stopping_is_a_failure_too() {
        let context = Context::new(Clock::host());
        let inner = context.clone();
        let run = async move {
            inner.shutdown.stop();
            let _ = inner.tasks.spawn("feed", async { panic!("on purpose") }).await;
            Ok(())
        };
        assert_eq!(ends(&context, run).await, "the task feed panicked");
    }

    #[tokio::test]
    async fn a_service_that_is_stopped_ends_well_and_its_tasks_with_it() {
        let context = Context::new(Clock::host());
        let task = context.tasks.spawn("feed", std::future::pending());
        context.shutdown.stop();
        assert_eq!(ends(&context, async { Ok(()) }).await, "");
        task.await.unwrap();
        let failing = Context::new(Clock::host());
        assert_eq!(ends(&failing, async { Err("its own error".into()) }).await, "its own error");
    }
}
