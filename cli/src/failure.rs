//! Why a command could not do its work, and the exit code that says so.

use platform::config::ConfigError;
use platform::topology::TopologyError;
use std::process::ExitCode;

use crate::context::Finding;

/// Exit code of a bad configuration or command line (BSD sysexits `EX_USAGE`).
pub const BAD_USAGE: u8 = 64;

/// Exit codes of a command that was told to stop, as shells have them: 128 and the signal's number.
const INTERRUPTED: u8 = 130;
const TERMINATED: u8 = 143;

/// One line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The command line asks for something that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The state of the system does not allow it.
    #[error("{0}")]
    Refused(String),
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
    #[error("{path}: {reason}")]
    Table { path: String, reason: String },
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// An import that ended early, and what it has done.
    #[error("the database: {source}; {done}")]
    Import { source: sqlx::Error, done: &'static str },
    #[error("stopped by {signal}: {done}")]
    Stopped { signal: &'static str, done: &'static str },
    #[error("the migrations: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("the broker: {0}")]
    Topology(#[from] TopologyError),
    #[error("HTTP: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the socket: {0}")]
    Socket(#[from] Box<tokio_tungstenite::tungstenite::Error>),
    #[error("the answer cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

impl From<tokio_tungstenite::tungstenite::Error> for CliError {
    fn from(error: tokio_tungstenite::tungstenite::Error) -> Self {
        CliError::Socket(Box::new(error))
    }
}

impl CliError {
    pub fn refused(reason: impl Into<String>) -> Self {
        CliError::Refused(reason.into())
    }

    fn is_usage(&self) -> bool {
        matches!(self, CliError::Config(_) | CliError::Usage(_))
    }
}

/// 0 good, 1 something is wrong, 64 bad configuration or usage, 130 and 143 stopped by SIGINT and SIGTERM. A reader that stopped reading
/// (`docde token | head`) is no failure.
pub fn exit_code(end: Result<Finding, CliError>) -> ExitCode {
    match end {
        Ok(Finding::Good) => ExitCode::SUCCESS,
        Ok(Finding::Wrong) => ExitCode::FAILURE,
        Err(CliError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("docde: {error}");
            match error {
                CliError::Stopped { signal: "SIGINT", .. } => ExitCode::from(INTERRUPTED),
                CliError::Stopped { .. } => ExitCode::from(TERMINATED),
                error if error.is_usage() => ExitCode::from(BAD_USAGE),
                _ => ExitCode::FAILURE,
            }
        }
    }
}
