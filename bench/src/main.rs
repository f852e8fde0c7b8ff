//! `docde-bench`: see `docde-bench --help`. Exit code 0: all as it should be; 1: something was lost, given twice
//! or not told, or the audit is red, or it could not be measured; 64: bad configuration.

use clap::Parser;
use docde_bench::arguments::{Arguments, Command};
use docde_bench::{backlog, baseline, demo, files, guesses, overload, run, search};
use platform::Failure;
use platform::config::{ConfigError, Env};
use std::process::ExitCode;

fn main() -> ExitCode {
    files::raise();
    let arguments = Arguments::parse();
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(command(Env::of_process(), arguments.command)));
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("docde-bench: {}", platform::service::chain(error.as_ref()));
            if error.is::<ConfigError>() { ExitCode::from(64) } else { ExitCode::FAILURE }
        }
    }
}

async fn command(env: Env, command: Command) -> Result<bool, Failure> {
    match command {
        Command::Run(arguments) => run::run(env, &arguments).await,
        Command::Overload(arguments) => overload::run(env, &arguments).await,
        Command::Backlog(arguments) => backlog::run(env, &arguments).await,
        Command::Guesses(arguments) => guesses::run(env, &arguments).await,
        Command::Demo(arguments) => demo::run(&env, &arguments).await,
        Command::DemoLine(arguments) => demo::line::run(&env, &arguments).await,
        Command::Search(arguments) => search::speed::run(&env, &arguments).await,
        Command::SearchQuality(arguments) => search::quality::run(&env, &arguments).await,
        Command::Baseline { variant, pool } => {
            let url = env.required("DOCDE_BASELINE_DATABASE_URL")?.to_owned();
            baseline::server::serve(&env, &url, variant, pool).await?;
            Ok(true)
        }
    }
}
