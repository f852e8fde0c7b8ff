//! The operators' command line: migrations, demonstration data, the import of the hospital list,
//! tokens, operators of the platform, dead letters, live levers, the search index, the audit. Everything reads its settings from the environment like the
//! services do. Nothing here decides a booking: what changes one goes through the broker to the worker.

use clap::Parser;
use platform::config::Env;
use std::io::Write;
use std::process::ExitCode;

mod account;
pub mod args;
pub mod audit;
mod booking;
mod closing;
mod context;
pub mod dead_letters;
pub mod demo;
pub mod failure;
pub mod first_booking;
pub mod import;
pub mod index;
pub mod levers;
mod line;
pub mod migrate;
pub mod operator;
mod rooms;
pub mod token;

use args::{Args, Command};
pub use context::{Context, Finding, Out};
use failure::CliError;

/// Reads the command line and the environment, runs, and turns the end into an exit code.
pub async fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(failure::BAD_USAGE)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let end = async {
        let finding = run(args, Context::from_env(Env::of_process())?, &mut out).await?;
        match out.flush() {
            // Nobody read it to the end: the finding stands.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(finding),
            written => written.map(|()| finding).map_err(CliError::from),
        }
    };
    failure::exit_code(end.await)
}

/// Runs one command.
pub async fn run(args: Args, context: Context, out: Out<'_>) -> Result<Finding, CliError> {
    match args.command {
        Command::Migrate { partitions } => migrate::run(&context, partitions, out).await,
        Command::Seed { days } => demo::seed::run(&context, days, out).await,
        Command::Token(wanted) => token::run(&context, &wanted, out).await,
        Command::Operator(wanted) => operator::run(&context, &wanted, out).await,
        Command::Import(args::Import::Hospitals { file, details }) => {
            import::run(&context, &file, details.as_deref(), out).await
        }
        Command::Holidays(args::Holidays::Import { file, zone }) => {
            import::holidays::run(&context, &file, zone, out).await
        }
        Command::Doctors(args::Doctors::Make(wanted)) => {
            demo::doctors::run(&context, &wanted, out).await
        }
        Command::DeadLetters(what) => dead_letters::run(&context, what, out).await,
        Command::Levers { what } => levers::run(&context, what, out).await,
        Command::Index(what) => index::run(&context, &what, out).await,
        Command::Audit { json } => audit::run(&context, json, out).await,
        Command::Topology { partitions } => topology(partitions, out),
        Command::FirstBooking { url, ws } => first_booking::run(&context, &url, &ws, out).await,
    }
}

fn topology(partitions: u16, out: Out<'_>) -> Result<Finding, CliError> {
    use platform::topology::{bindings, exchanges, queues};
    let all = serde_json::json!({"exchanges": exchanges(), "queues": queues(partitions), "bindings": bindings(partitions)});
    writeln!(out, "{all:#}")?;
    Ok(Finding::Good)
}
