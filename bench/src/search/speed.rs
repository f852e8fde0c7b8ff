//! `docde-bench search`: search over HTTP against the best SQL answer to the same questions, on the same machine in the same
//! run. That both find the same hospitals is proved first; then both are asked again and again, warm.

use platform::Failure;
use platform::config::Env;
use sqlx::MySqlPool;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use uuid::Uuid;

use super::arguments::SearchArguments;
use super::engine::{self, Asked, path};
use super::filling::{self, Filled};
use super::institution::Institution;
use super::questions::{self, Kind, Question};
use super::report::{Report, Size, Times};
use super::sql_store::{self, Way};
use super::{grown_store, institutions_store, prepared};

/// Hits of a page that is measured, and of one that is compared.
const LIMIT: u32 = 20;
const PAGE: &str = "100";
/// More hits than this are not compared one by one.
const COMPARED: usize = 5_000;
/// Times that a search is asked, where no time is taken, until the engine has answered in time.
const TRIES: u32 = 20;
/// Beginnings that are completed.
const BEGINNINGS: usize = 500;

/// Runs it. True: measured, and every question that was compared found the same.
pub async fn run(env: &Env, arguments: &SearchArguments) -> Result<bool, Failure> {
    let pool = prepared::pool(env, &arguments.list).await?;
    grown_store::shrink(&pool).await?;
    let (engine, _) = prepared::engine(env, &pool).await?;
    let system = prepared::ingress(env).await?;
    let all = institutions_store::all(&pool).await?;
    let mut bench = Bench {
        pool,
        engine,
        system,
        questions: questions::questions(&all)?,
        rounds: arguments.rounds,
        ways: Vec::new(),
    };
    let mut report = Report { load_before: filling::load(), sizes: Vec::new() };
    let filled = filling::rebuild(env, &mut bench.engine, &bench.pool).await?;
    report.sizes.push(bench.size(&all, filled).await?);
    if arguments.rows > 0 {
        eprintln!("{} rows made from the list ...", arguments.rows);
        grown_store::grow(&bench.pool, arguments.rows).await?;
        let filled = filling::follow(env, &mut bench.engine, &bench.pool).await?;
        report.sizes.push(bench.size(&all, filled).await?);
        if !arguments.keep {
            grown_store::shrink(&bench.pool).await?;
        }
    }
    for way in [Way::Like, Way::Mroonga] {
        sql_store::remove(&bench.pool, way).await?;
    }
    report.print();
    if let Some(file) = &arguments.json {
        report.write(file)?;
    }
    Ok(report.sizes.iter().all(|size| size.differ.is_empty()))
}

struct Bench {
    pool: MySqlPool,
    engine: Asked,
    system: Asked,
    questions: Vec<Question>,
    rounds: u32,
    ways: Vec<Way>,
}

impl Bench {
    /// Everything with as many hospitals as there are now.
    async fn size(&mut self, all: &[Institution], filled: Filled) -> Result<Size, Failure> {
        self.ways.clear();
        for way in [Way::Like, Way::Mroonga] {
            match sql_store::fill(&self.pool, way).await {
                Ok(()) => self.ways.push(way),
                Err(error) if way == Way::Mroonga => eprintln!("  without Mroonga: {error}"),
                Err(error) => return Err(error.into()),
            }
        }
        let mut size = Size { filled, ..Size::default() };
        size.hospitals = institutions_store::count(&self.pool).await?;
        eprintln!("{} hospitals: comparing what is found ...", size.hospitals);
        self.compare(&mut size).await?;
        eprintln!("  measuring ...");
        let questions = self.questions.clone();
        for question in &questions {
            self.measure(question, size.kinds.entry(question.kind.into()).or_default()).await?;
        }
        size.suggest_us = self.suggest(all).await?;
        Ok(size)
    }

    /// Every hit of SQL is among the first so many of search, and with filters alone there are no others.
    async fn compare(&mut self, size: &mut Size) -> Result<(), Failure> {
        let questions = self.questions.clone();
        for question in &questions {
            let most = u32::try_from(COMPARED + 1)?;
            let sql = sql_store::ids(&self.pool, Way::Like, &question.asks, most).await?;
            size.kinds.entry(question.kind.into()).or_default().hits.push(sql.len());
            for way in self.ways.iter().filter(|way| **way != Way::Like) {
                let other = sql_store::ids(&self.pool, *way, &question.asks, most).await?;
                if set(&other) != set(&sql) {
                    size.ways_differ += 1;
                }
            }
            if sql.len() > COMPARED {
                continue;
            }
            size.compared += 1;
            let found = self.found(question, sql.len()).await?;
            if set(&found) != set(&sql) {
                let missing = set(&sql).difference(&set(&found)).count();
                size.differ.push(format!(
                    "{:?}: {} hits of SQL, {missing} not among as many of search",
                    question.asks,
                    sql.len()
                ));
            }
        }
        Ok(())
    }

    /// The first so many hits of search. With filters alone, one more if there is one.
    async fn found(&mut self, question: &Question, count: usize) -> Result<Vec<Uuid>, Failure> {
        let words = matches!(question.kind, Kind::Name | Kind::PartOfFew | Kind::PartOfMany);
        let wanted = if words { count } else { count + 1 };
        let (mut found, mut cursor) = (Vec::new(), String::new());
        while found.len() < wanted {
            let mut members = question.members();
            members.extend([("limit", PAGE.to_owned()), ("cursor", cursor.clone())]);
            let members: Vec<_> =
                members.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let page = self.system.search(&members, TRIES).await?;
            found.extend(engine::ids(&page));
            let Some(next) = page["next_cursor"].as_str() else { break };
            next.clone_into(&mut cursor);
        }
        found.truncate(wanted);
        Ok(found)
    }

    /// Both sides in turn, after a round that is not counted.
    async fn measure(&mut self, question: &Question, times: &mut Times) -> Result<(), Failure> {
        let limit = LIMIT.to_string();
        let mut members = question.members();
        members.push(("limit", limit));
        let members: Vec<_> = members.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for round in 0..=self.rounds {
            let tries = if round == 0 { TRIES } else { 1 };
            let from = Instant::now();
            self.system.search(&members, tries).await?;
            let search = from.elapsed();
            let mut sql = BTreeMap::new();
            for way in &self.ways {
                let from = Instant::now();
                sql_store::ids(&self.pool, *way, &question.asks, LIMIT).await?;
                sql.insert(way.name(), from.elapsed());
            }
            if round > 0 {
                times.search.push(micros(search));
                for (way, took) in sql {
                    times.sql.entry(way).or_default().push(micros(took));
                }
            }
        }
        Ok(())
    }

    /// Times of suggestions.
    async fn suggest(&mut self, all: &[Institution]) -> Result<Vec<u32>, Failure> {
        let mut times = Vec::new();
        for (number, text) in questions::beginnings(all, BEGINNINGS).iter().enumerate() {
            let from = Instant::now();
            let (status, answer) =
                self.system.call("GET", &path("/v1/suggest", &[("q", text)]), "").await?;
            let took = micros(from.elapsed());
            if status == 200 && answer["degraded"] == true {
                return Err(format!("{text}: suggested without the engine").into());
            }
            // A beginning without a letter is refused; the first ones warm up.
            if status == 200 && number >= BEGINNINGS / 10 {
                times.push(took);
            }
        }
        Ok(times)
    }
}

fn set(ids: &[Uuid]) -> BTreeSet<Uuid> {
    ids.iter().copied().collect()
}

fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}
