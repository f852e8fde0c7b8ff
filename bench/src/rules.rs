//! What both sides are measured by, so that neither is favoured.

use std::collections::BTreeMap;

/// Share of errors from which on a run has collapsed and is not quoted.
pub const COLLAPSE: f64 = 0.01;

/// At which shares of the maximum the times are taken, in percent. A row's own times are those of the last.
pub const PACED_PERCENTS: [u32; 3] = [30, 50, 70];

/// Connections of a paced run.
pub const PACED_CLIENTS: usize = 256;

/// Median and 99th percentile in milliseconds, by the percent of the maximum at which the load was sent.
pub type PacedTimes = BTreeMap<String, [f64; 2]>;

/// The rate at so many percent of a maximum; never nothing, or the run would have no end.
pub fn paced(maximum: f64, percent: u32) -> f64 {
    (maximum * f64::from(percent) / 100.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paced_run_sends_its_share_of_the_maximum() {
        assert!((paced(8_000.0, 30) - 2_400.0).abs() < 1e-9);
        assert!((paced(0.0, 70) - 1.0).abs() < 1e-9, "a run at no rate would never end");
    }
}
