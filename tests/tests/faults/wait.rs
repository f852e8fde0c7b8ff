//! Waiting for facts, with a limit that names what was waited for.

pub use docde_tests::wait::until_within as until;
use std::time::Duration;

/// Far above what two busy cores need for anything here.
pub const LIMIT: Duration = Duration::from_secs(90);
