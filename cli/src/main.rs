//! The operators' command line, `docde`. What it can do is listed in `args`; the exit code says how
//! it went: 0 good, 1 something is wrong, 64 bad configuration or usage, 130 and 143 stopped by a signal.

use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("docde: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(docde_cli::main());
    // A read that was stopped, of a pipe that nobody writes to, is not waited for.
    runtime.shutdown_background();
    code
}
