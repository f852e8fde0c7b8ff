//! What `docde-bench search` found: for people as a table, for programs as JSON.

use platform::Failure;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::filling::Filled;
use crate::tally;

/// Microseconds of each answer.
#[derive(Clone, Debug, Default)]
pub struct Times {
    pub hits: Vec<usize>,
    pub search: Vec<u32>,
    pub sql: BTreeMap<&'static str, Vec<u32>>,
}

/// With so many hospitals.
#[derive(Clone, Debug, Default)]
pub struct Size {
    pub hospitals: u64,
    pub filled: Filled,
    pub kinds: BTreeMap<&'static str, Times>,
    pub compared: usize,
    /// Questions to which search and SQL found other hospitals.
    pub differ: Vec<String>,
    /// Questions to which the two ways of SQL did.
    pub ways_differ: usize,
    pub suggest_us: Vec<u32>,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub load_before: f64,
    pub sizes: Vec<Size>,
}

/// Median and 99th percentile, milliseconds.
fn of(times: &[u32]) -> [f64; 2] {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    tally::p50_p99_ms(&sorted)
}

/// A line of the table.
#[derive(Serialize)]
struct Line {
    kind: &'static str,
    hits: [usize; 2],
    search_ms: [f64; 2],
    sql_ms: BTreeMap<&'static str, [f64; 2]>,
    /// SQL's time by search's, at the median and the 99th percentile.
    ratio: BTreeMap<&'static str, [f64; 2]>,
}

impl Line {
    fn of(kind: &'static str, times: &Times) -> Self {
        let search_ms = of(&times.search);
        let sql_ms: BTreeMap<_, _> =
            times.sql.iter().map(|(way, times)| (*way, of(times))).collect();
        let by = |sql: &[f64; 2]| [0, 1].map(|at| sql[at] / search_ms[at].max(0.001));
        let ends = |end: Option<&usize>| end.copied().unwrap_or(0);
        Self {
            kind,
            hits: [ends(times.hits.iter().min()), ends(times.hits.iter().max())],
            ratio: sql_ms.iter().map(|(way, sql)| (*way, by(sql))).collect(),
            search_ms,
            sql_ms,
        }
    }
}

impl Size {
    /// Each kind, then all questions.
    fn lines(&self) -> Vec<Line> {
        let mut all = Times::default();
        let mut lines = Vec::new();
        for (kind, times) in &self.kinds {
            all.hits.extend(&times.hits);
            all.search.extend(&times.search);
            for (way, times) in &times.sql {
                all.sql.entry(way).or_default().extend(times);
            }
            lines.push(Line::of(kind, times));
        }
        lines.push(Line::of("all", &all));
        lines
    }

    fn print(&self) {
        let Filled { seconds, index_mib, engine_mib, indexer_mib } = self.filled;
        println!("\n{} hospitals", self.hospitals);
        println!(
            "  index filled in {seconds:.1} s; {index_mib:.0} MiB on disk; at most {engine_mib:.0} MiB of the engine, {indexer_mib:.0} MiB of the indexer"
        );
        println!(
            "  the same hospitals: {} of {} questions compared; LIKE and Mroonga differ on {}",
            self.compared - self.differ.len(),
            self.compared,
            self.ways_differ
        );
        self.differ.iter().for_each(|line| println!("    {line}"));
        println!(
            "  {:<13} {:>13} {:>19}  SQL p50 / p99 ms, ratio at p50 / p99",
            "kind", "hits", "search p50/p99 ms"
        );
        for line in self.lines() {
            let [least, most] = line.hits;
            let [p50, p99] = line.search_ms;
            let ways = line.sql_ms.iter().map(|(way, sql)| {
                let ratio = line.ratio[way];
                format!("{way} {:.2} / {:.2}, {:.1}x / {:.1}x", sql[0], sql[1], ratio[0], ratio[1])
            });
            let ways = ways.collect::<Vec<_>>().join("; ");
            println!("  {:<13} {least:>6}-{most:<6} {p50:>9.2} /{p99:>8.2}  {ways}", line.kind);
        }
        let [p50, p99] = of(&self.suggest_us);
        println!("  suggest p50 {p50:.2} ms, p99 {p99:.2} ms");
    }

    fn shown(&self) -> Value {
        json!({
            "hospitals": self.hospitals,
            "filled": self.filled,
            "compared": self.compared,
            "differ": self.differ,
            "ways_differ": self.ways_differ,
            "kinds": self.lines(),
            "suggest_ms": of(&self.suggest_us),
        })
    }
}

impl Report {
    pub fn print(&self) {
        println!("load of the machine before: {:.1}", self.load_before);
        self.sizes.iter().for_each(Size::print);
    }

    pub fn write(&self, file: &str) -> Result<(), Failure> {
        let sizes: Vec<Value> = self.sizes.iter().map(Size::shown).collect();
        let text = serde_json::to_string_pretty(
            &json!({"load_before": self.load_before, "sizes": sizes}),
        )?;
        Ok(std::fs::write(file, text)?)
    }
}
