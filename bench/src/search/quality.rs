//! `docde-bench search-quality`: the judged set, and where asked for one of another seed, against the system's own search and
//! a plain `match`, both in the same run.

use platform::Failure;
use platform::config::Env;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use super::arguments::SearchQualityArguments;
use super::engine::{self, Asked};
use super::institution::Institution;
use super::judged::{self, COMMITTED, Class, Judged};
use super::score::{LOOKED_AT, Score};
use super::{draw, institutions_store, plain, prepared};

/// Times that a search is asked until the engine has answered in time.
const TRIES: u32 = 20;

/// Runs it. True: measured.
pub async fn run(env: &Env, arguments: &SearchQualityArguments) -> Result<bool, Failure> {
    let pool = prepared::pool(env, &arguments.list).await?;
    let all = institutions_store::all(&pool).await?;
    let asked = arguments.queries.as_deref().map(directory).transpose()?.unwrap_or_default();
    if let Some(seed) = arguments.draw {
        print!("{}", judged::write(seed, &draw::draw(seed, &all, &asked)?));
        return Ok(true);
    }
    let mut asking = Asking {
        engine: prepared::engine(env, &pool).await?.0,
        system: prepared::ingress(env).await?,
    };
    plain::fill(&mut asking.engine, &institutions_store::texts(&pool).await?).await?;
    let mut report = BTreeMap::new();
    report.insert("committed".to_owned(), judged::read(COMMITTED)?);
    for seed in &arguments.seed {
        report.insert(format!("seed {seed}"), draw::draw(*seed, &all, &asked)?);
    }
    let mut json = BTreeMap::new();
    for (name, set) in report {
        let scores = asking.measure(&set, &all, arguments.misses).await?;
        print(&name, &scores);
        json.insert(name, shown(&scores));
    }
    plain::remove(&mut asking.engine).await?;
    if let Some(path) = &arguments.json {
        std::fs::write(path, serde_json::to_string_pretty(&json)?)?;
    }
    Ok(true)
}

/// Texts of a file that begins each line with one, after a line of column names.
fn directory(path: &std::path::Path) -> Result<Vec<String>, Failure> {
    let text = std::fs::read_to_string(path)?;
    let first = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
    Ok(text.lines().skip(1).map(first).collect())
}

/// Ours and a plain match's.
type Scores = BTreeMap<Class, (Score, Score)>;

struct Asking {
    engine: Asked,
    system: Asked,
}

impl Asking {
    async fn measure(
        &mut self,
        set: &[Judged],
        all: &[Institution],
        misses: bool,
    ) -> Result<Scores, Failure> {
        let mut scores = Scores::new();
        let limit = LOOKED_AT.to_string();
        for judged in set {
            let holds = all.iter().filter(|institution| judged.rule.holds(institution));
            let right: BTreeSet<Uuid> = holds.map(|institution| institution.id).collect();
            let members = [("q", judged.text.as_str()), ("limit", &limit)];
            let answer = self.system.search(&members, TRIES).await?;
            let plain = plain::search(&mut self.engine, &judged.text, LOOKED_AT).await?;
            let ours = Score::of(&engine::ids(&answer), &right);
            if misses && ours.rank() < 1.0 {
                let items = answer["items"].as_array().into_iter().flatten().take(3);
                let names: Vec<_> = items
                    .map(|hit| {
                        format!(
                            "{} {}",
                            hit["name"].as_str().unwrap_or(""),
                            hit["sigungu"].as_str().unwrap_or("")
                        )
                    })
                    .collect();
                println!("  {:.2} {} ({}) {names:?}", ours.rank(), judged.text, judged.rule);
            }
            let (sum, sum_plain) = scores.entry(judged.class).or_default();
            sum.add(ours);
            sum_plain.add(Score::of(&plain, &right));
        }
        Ok(scores)
    }
}

/// Each class, then all of them.
fn rows(scores: &Scores) -> Vec<(&'static str, Score, Score)> {
    let mut all = (Score::default(), Score::default());
    let mut rows = Vec::new();
    for (class, (ours, plain)) in scores {
        all.0.add(*ours);
        all.1.add(*plain);
        rows.push((class.into(), *ours, *plain));
    }
    rows.push(("all", all.0, all.1));
    rows
}

fn print(name: &str, scores: &Scores) {
    println!("\n{name:<22} queries    MRR  recall@10   plain MRR  plain recall@10");
    for (class, ours, plain) in rows(scores) {
        println!(
            "{class:<22} {:>7}  {:.3}      {:.3}       {:.3}            {:.3}",
            ours.queries,
            ours.rank(),
            ours.recall(),
            plain.rank(),
            plain.recall()
        );
    }
}

fn shown(scores: &Scores) -> BTreeMap<&'static str, Value> {
    let of = |(class, ours, plain): (&'static str, Score, Score)| {
        let shown = json!({"queries": ours.queries, "mrr": ours.rank(), "recall_at_10": ours.recall(),
            "plain_mrr": plain.rank(), "plain_recall_at_10": plain.recall()});
        (class, shown)
    };
    rows(scores).into_iter().map(of).collect()
}
