//! A hundred questions that SQL can answer exactly, from one hit to thousands: names and parts of names, filters of a region
//! and a department, and a department near a point. Drawn from the list by a fixed seed.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::collections::BTreeSet;
use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use super::institution::Institution;

/// Questions of a kind.
const OF_EACH: usize = 20;
const SEED: u64 = 14;
/// Letters of a part of a name.
const PART: std::ops::RangeInclusive<usize> = 2..=4;
/// Tries before a kind is given up.
const TRIES: usize = 50_000;
const DEPARTMENTS: [&str; 8] =
    ["내과", "소아청소년과", "정형외과", "안과", "피부과", "이비인후과", "산부인과", "신경과"];
/// Kilometres around a point.
const DISTANCES: [&str; 4] = ["0.5", "1", "3", "8"];

/// How a question is asked and how many hits it has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// A whole name of which there is one.
    Name,
    /// A part of a name: 2 to 50 hits.
    PartOfFew,
    /// A part of a name: 200 to 5,000 hits.
    PartOfMany,
    /// A district and a department.
    Filters,
    /// A department near a point, the nearest first.
    Near,
}

/// The same question in words for both sides.
#[derive(Clone, PartialEq, Debug)]
pub enum Asks {
    NameHas(String),
    Filters { sigungu: String, department: String },
    Near { lat: f64, lon: f64, km: String, department: String },
}

/// A question.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    pub kind: Kind,
    pub asks: Asks,
}

impl Question {
    /// As members of `GET /v1/hospitals/search`.
    pub fn members(&self) -> Vec<(&'static str, String)> {
        match &self.asks {
            Asks::NameHas(text) => vec![("q", text.clone())],
            Asks::Filters { sigungu, department } => {
                vec![("sigungu", sigungu.clone()), ("department", department.clone())]
            }
            Asks::Near { lat, lon, km, department } => vec![
                ("lat", lat.to_string()),
                ("lon", lon.to_string()),
                ("within_km", km.clone()),
                ("department", department.clone()),
            ],
        }
    }
}

/// All of them.
pub fn questions(all: &[Institution]) -> Result<Vec<Question>, String> {
    let mut random = Pcg64Mcg::seed_from_u64(SEED);
    let mut found: Vec<Question> = Vec::new();
    for kind in Kind::iter() {
        let mut tries = 0;
        while found.iter().filter(|question| question.kind == kind).count() < OF_EACH {
            tries += 1;
            if tries > TRIES {
                return Err(format!("{}: the list has too few", <&str>::from(kind)));
            }
            let of = &all[random.random_range(..all.len())];
            let Some(asks) = asks(kind, of, all, &mut random) else { continue };
            let question = Question { kind, asks };
            if !found.contains(&question) {
                found.push(question);
            }
        }
    }
    Ok(found)
}

fn asks(kind: Kind, of: &Institution, all: &[Institution], random: &mut Pcg64Mcg) -> Option<Asks> {
    let hits = |text: &str| all.iter().filter(|known| known.name.contains(text)).count();
    match kind {
        Kind::Name | Kind::PartOfFew | Kind::PartOfMany => {
            if !of.is_korean() {
                return None;
            }
            let text = if kind == Kind::Name { of.name.clone() } else { part(of, random)? };
            let wanted = match kind {
                Kind::Name => 1..=1,
                Kind::PartOfFew => 2..=50,
                _ => 200..=5_000,
            };
            wanted.contains(&hits(&text)).then_some(Asks::NameHas(text))
        }
        Kind::Filters => {
            let sigungu = of.places.first().filter(|name| **name == of.district)?.clone();
            // A district of a city has the same last word: search finds it too, where SQL compares the whole.
            let ambiguous = |known: &Institution| {
                known.district == sigungu && known.places.first() != Some(&sigungu)
            };
            if all.iter().any(ambiguous) {
                return None;
            }
            let department = department_of(of)?;
            (!sigungu.is_empty()).then_some(Asks::Filters { sigungu, department })
        }
        Kind::Near => {
            let (lat, lon) = of.location?;
            let km = DISTANCES[random.random_range(..DISTANCES.len())].to_owned();
            let department = department_of(of)?;
            Some(Asks::Near { lat, lon, km, department })
        }
    }
}

/// One of its departments, so that there is a hit at least.
fn department_of(of: &Institution) -> Option<String> {
    of.departments.iter().find(|name| DEPARTMENTS.contains(&name.as_str())).cloned()
}

/// Some letters that stand together in the name.
fn part(of: &Institution, random: &mut Pcg64Mcg) -> Option<String> {
    let letters: Vec<char> = of.name.chars().collect();
    let length = random.random_range(PART);
    let from = random.random_range(..letters.len());
    letters.get(from..from + length).map(|part| part.iter().collect())
}

/// Beginnings of names as they are typed, one letter after the other, in the order of chance.
pub fn beginnings(all: &[Institution], count: usize) -> Vec<String> {
    let mut random = Pcg64Mcg::seed_from_u64(SEED);
    let mut typed = BTreeSet::new();
    for _ in 0..TRIES {
        if typed.len() == count {
            break;
        }
        let of = &all[random.random_range(..all.len())];
        let length = random.random_range(1..=6_usize);
        typed.insert(of.name.chars().take(length).collect::<String>());
    }
    let mut typed: Vec<String> = typed.into_iter().filter(|text| !text.is_empty()).collect();
    typed.shuffle(&mut random);
    typed
}
