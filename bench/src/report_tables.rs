//! The bench's figures as tables for people.

use crate::cost::ByProcess;
use crate::report::{Report, Row};
use crate::rules::PacedTimes;

/// Prints all of it.
pub fn print(report: &Report) {
    rates(report);
    println!(
        "\nProcessor time, us a booking at the maximum (sold out: a refusal; opening: in the quoted one)"
    );
    for row in &report.loads {
        cpu(row);
    }
    println!("\nfdatasyncs a booking, and what a batch holds, in the same runs");
    for row in &report.loads {
        syncs(row);
    }
    if report.loads.iter().any(|row| !row.told_ms.is_empty() || !row.baseline_told_ms.is_empty()) {
        println!("\nTold, p50 / p99 ms, at so many percent of each side's own maximum");
    }
    for row in &report.loads {
        paced(&row.load, "docde", &row.told_ms);
        paced(&row.load, "baseline", &row.baseline_told_ms);
    }
    for row in &report.loads {
        if let Some(opening) = &row.opening {
            println!("\n{opening}");
        }
    }
}

fn rates(report: &Report) {
    println!(
        "\n{}; baseline: no proxy; closed loop for the maximum, times at 70 % of it; {} s a run\n",
        report.via, report.seconds
    );
    println!(
        "{:<9} {:>3} {:>5} {:>10} {:>10} {:>6}  {:>17}  {:>17} {:>5} {:>6} {:>7} {:>6}  baseline",
        "load",
        "wrk",
        "batch",
        "docde/s",
        "baseline/s",
        "ratio",
        "answer p50/p99 ms",
        "told p50/p99 ms",
        "lost",
        "double",
        "expired",
        "untold"
    );
    for row in &report.loads {
        println!(
            "{:<9} {:>3} {:>5} {:>10.0} {:>10.0} {:>5.2}x  {:>8.1}/{:>8.1}  {:>8.1}/{:>8.1} {:>5} {:>6} {:>7} {:>6}  {}{}",
            row.load,
            row.workers,
            row.batch,
            row.committed_per_s,
            row.baseline_per_s,
            row.ratio,
            row.answer_p50_ms,
            row.answer_p99_ms,
            row.told_p50_ms,
            row.told_p99_ms,
            row.lost,
            row.double,
            row.expired,
            row.untold,
            row.baseline_kind,
            if row.audit { "" } else { "  AUDIT RED" },
        );
    }
}

fn cpu(row: &Row) {
    let sides = [
        ("docde", &row.cpu_us, row.generator_cpu_us),
        ("baseline", &row.baseline_cpu_us, row.baseline_generator_cpu_us),
    ];
    for (side, parts, generator) in sides {
        if !parts.is_empty() {
            let sum: f64 = parts.values().sum();
            println!(
                "{:<9} {side:<9} {sum:>7.1} = {}; generator {generator:.1}",
                row.load,
                listed(parts, 1)
            );
        }
    }
}

fn syncs(row: &Row) {
    if !row.fdatasyncs.is_empty() {
        let figure =
            |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
        println!(
            "{:<9} docde     {}; statements a batch {}, commands a batch {}, batches decided again {}",
            row.load,
            listed(&row.fdatasyncs, 3),
            figure(row.statements_per_batch),
            figure(row.commands_per_batch),
            row.batches_again
        );
    }
    if !row.baseline_fdatasyncs.is_empty() {
        println!("{:<9} baseline  {}", row.load, listed(&row.baseline_fdatasyncs, 3));
    }
}

fn paced(load: &str, side: &str, times: &PacedTimes) {
    if times.is_empty() {
        return;
    }
    let each: Vec<_> =
        times.iter().map(|(at, [p50, p99])| format!("{at} %: {p50:.1} / {p99:.1}")).collect();
    println!("{load:<9} {side:<9} {}", each.join("   "));
}

/// The largest first.
fn listed(parts: &ByProcess, decimals: usize) -> String {
    let mut parts: Vec<_> = parts.iter().collect();
    parts.sort_by(|one, other| other.1.total_cmp(one.1));
    let each: Vec<_> =
        parts.into_iter().map(|(name, value)| format!("{name} {value:.decimals$}")).collect();
    each.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_process_stands_first() {
        let parts = [("workers".to_owned(), 35.0), ("mariadbd".to_owned(), 98.26)].into();
        assert_eq!(listed(&parts, 1), "mariadbd 98.3, workers 35.0");
    }
}
