//! What is measured of lines: how estimates of waits came true.

use domain::line::pace::Grade;
use domain::partition::PartitionId;
use platform::metrics::WAIT_ESTIMATES;

use super::rows::Rows;

/// Counts what a committed batch has graded.
pub fn count(partition: PartitionId, rows: &Rows) {
    let label = partition.to_string();
    for Grade { within_p50, within_p90 } in &rows.grades {
        let within = match (within_p50, within_p90) {
            (true, _) => "p50",
            (false, true) => "p90",
            (false, false) => "none",
        };
        WAIT_ESTIMATES.with_label_values(&[label.as_str(), within]).inc();
    }
}
