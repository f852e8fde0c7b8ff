//! Draws a judged set: queries as people type them, made from the list by rules and by chance, the same for a seed on every
//! machine that has imported the same list.

use domain::hangul::compact;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::collections::{BTreeMap, BTreeSet};
use strum::IntoEnumIterator;

use super::institution::Institution;
use super::judged::{Class, Judged};
use super::rule::{Fact, Rule};
use super::slips::Slip;

/// Draws in vain before a class is given up.
const TRIES: usize = 100_000;
/// Most words of a query.
const MAX_WORDS: usize = 8;
/// Lengths of names, in letters, that are spaced anew, and that are told by their initial consonants.
const SPACED: std::ops::RangeInclusive<usize> = 4..=20;
const INITIALS: std::ops::RangeInclusive<usize> = 4..=12;
/// Shortest name with a slip in it: of a shorter one too little is left.
const SLIPPED: usize = 5;
/// What people look for in a place, and what the list calls it.
const SOUGHT: [(&str, Fact, &[&str]); 15] = [
    ("내과", Fact::Department, &["내과"]),
    ("소아과", Fact::Department, &["소아청소년과"]),
    ("정형외과", Fact::Department, &["정형외과"]),
    ("산부인과", Fact::Department, &["산부인과"]),
    ("이비인후과", Fact::Department, &["이비인후과"]),
    ("비뇨기과", Fact::Department, &["비뇨의학과"]),
    ("성형외과", Fact::Department, &["성형외과"]),
    ("신경과", Fact::Department, &["신경과"]),
    ("안과", Fact::Department, &["안과"]),
    ("재활의학과", Fact::Department, &["재활의학과"]),
    ("정신건강의학과", Fact::Department, &["정신건강의학과"]),
    ("피부과", Fact::Department, &["피부과"]),
    ("흉부외과", Fact::Department, &["심장혈관흉부외과"]),
    ("치과", Fact::Kind, &["치과의원", "치과병원"]),
    ("한의원", Fact::Kind, &["한의원"]),
];

/// What is drawn from.
pub struct Draw<'a> {
    /// Those of the list, in its order.
    listed: Vec<&'a Institution>,
    names: BTreeSet<&'a str>,
    /// Districts in which there is an institution of a name.
    districts: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// What people ask a directory for.
    asked: Vec<Judged>,
    random: Pcg64Mcg,
}

/// A set of a seed, or what there is too little of. `asked`: texts that people ask a directory for.
pub fn draw(seed: u64, all: &[Institution], asked: &[String]) -> Result<Vec<Judged>, String> {
    let mut draw = Draw::new(seed, all, asked);
    let mut set: Vec<Judged> = Vec::new();
    for class in Class::iter() {
        let (mut found, mut tries) = (0, 0);
        while found < class.count() {
            if tries == TRIES {
                return Err(format!("{}: the list has too few", <&str>::from(class)));
            }
            tries += 1;
            let Some(judged) = draw.one(class, found) else { continue };
            if set.iter().all(|known| known.text != judged.text) {
                set.push(judged);
                found += 1;
            }
        }
    }
    Ok(set)
}

impl<'a> Draw<'a> {
    fn new(seed: u64, all: &'a [Institution], asked: &[String]) -> Self {
        let listed: Vec<&Institution> =
            all.iter().filter(|institution| institution.listed).collect();
        let mut districts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for institution in &listed {
            let known = districts.entry(&institution.name).or_default();
            known.insert(&institution.district);
        }
        let names = all.iter().map(|institution| institution.name.as_str()).collect();
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let places = all.iter().flat_map(|institution| &institution.places).collect();
        let mut asked: Vec<Judged> =
            asked.iter().filter_map(|text| of_directory(text, &places)).collect();
        asked.retain(|judged| all.iter().any(|institution| judged.rule.holds(institution)));
        asked.shuffle(&mut random);
        Self { listed, names, districts, asked, random }
    }

    fn one(&mut self, class: Class, number: usize) -> Option<Judged> {
        if class == Class::PlaceAndDepartment {
            return self.asked.pop();
        }
        let of = self.listed[self.random.random_range(..self.listed.len())];
        let name = || Rule::new(Fact::Name, &[&of.name]);
        let (text, rule) = match class {
            Class::TypingErrors => (self.with_slip(of, number)?, name()),
            Class::Spacings => (self.spaced(of, number)?, name()),
            Class::Initials => {
                let told = of.is_korean() && INITIALS.contains(&of.length());
                told.then(|| (of.initials.clone(), Rule::new(Fact::Initials, &[&of.initials])))?
            }
            Class::ShortenedNames => {
                let text = shortened(of, number)?;
                (text.clone(), Rule::new(Fact::Short, &[&text]))
            }
            Class::TwinsWithAPlace => {
                let twins = self.districts.get(of.name.as_str())?.len() > 1;
                let (a, b) = if number.is_multiple_of(2) {
                    (&of.district, &of.name)
                } else {
                    (&of.name, &of.district)
                };
                (twins && !of.district.is_empty())
                    .then(|| (format!("{a} {b}"), name().and(Fact::Place, &[&of.district])))?
            }
            Class::PlaceAndDepartment => return None,
        };
        Some(Judged { class, text, rule })
    }

    fn with_slip(&mut self, of: &Institution, number: usize) -> Option<String> {
        if !of.is_korean() || of.length() < SLIPPED {
            return None;
        }
        let text = Slip::ALL[number % Slip::ALL.len()].make(&of.name, &mut self.random)?;
        // What is the name of another would not be a slip.
        (text != of.name && !self.names.contains(text.as_str())).then_some(text)
    }

    /// One space, two spaces, or one after each letter.
    fn spaced(&mut self, of: &Institution, number: usize) -> Option<String> {
        let letters: Vec<char> = of.name.chars().collect();
        if !SPACED.contains(&letters.len()) {
            return None;
        }
        let mut after: Vec<usize> = (1..letters.len()).collect();
        after.shuffle(&mut self.random);
        match number % 8 {
            0..4 => after.truncate(1),
            4..7 => after.truncate(2),
            _ if letters.len() > MAX_WORDS => return None,
            _ => {}
        }
        let mut text = String::new();
        for (at, letter) in letters.into_iter().enumerate() {
            text.extend(after.contains(&at).then_some(' '));
            text.push(letter);
        }
        (text != of.written).then_some(text)
    }
}

/// In turn without its end, without its owner, and with 대 for 대학교.
fn shortened(of: &Institution, number: usize) -> Option<String> {
    let without_end = |short: &&String| of.name.starts_with(short.as_str()) && **short != of.name;
    let without_owner = |short: &&String| of.name.ends_with(short.as_str()) && **short != of.name;
    let university = |short: &&String| {
        of.name.contains("대학교")
            && !short.contains("대학교")
            && !of.name.ends_with(short.as_str())
    };
    let found = match number % 5 {
        0..=2 => of.short.iter().find(without_end),
        3 => of.short.iter().find(without_owner),
        _ => of.short.iter().find(university),
    };
    found.cloned()
}

/// A text of a place and something that is looked for there.
fn of_directory(text: &str, places: &BTreeSet<&String>) -> Option<Judged> {
    let (place, sought) = text.split_once(' ')?;
    let (_, fact, values) = SOUGHT.iter().find(|(name, ..)| *name == sought)?;
    let place = compact(place);
    places.contains(&place).then(|| Judged {
        class: Class::PlaceAndDepartment,
        text: text.to_owned(),
        rule: Rule::new(Fact::Place, &[&place]).and(*fact, values),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::institution::Columns;
    use uuid::Uuid;

    /// The same names, with and without a digit, in four districts.
    fn list() -> Vec<Institution> {
        let mut list = Vec::new();
        for number in 0..1_200 {
            let first = ["강남", "서울", "연세", "하늘", "튼튼"][number % 5];
            let middle = ["", "성모", "우리", "새봄", "큰나무", "미소", "참"][number % 7];
            let end = ["내과의원", "대학교병원", "의료재단 바른의원"][number % 3];
            let digit =
                if number.is_multiple_of(2) { String::new() } else { (number / 240).to_string() };
            list.push(Institution::of(Columns {
                id: Uuid::from_u128(number as u128),
                listed: true,
                name: format!("{first}{middle}{digit}{end}"),
                kind: "의원".to_owned(),
                sido: "서울".to_owned(),
                sigungu: ["강남구", "강동구", "고양시 덕양구", "중구"][number / 7 % 4].to_owned(),
                departments: "내과|소아청소년과|안과".to_owned(),
                location: None,
            }));
        }
        list
    }

    #[test]
    fn a_seed_repeats_its_set_and_every_query_has_an_answer() {
        let list = list();
        let asked: Vec<String> =
            ["강남구", "강동구", "덕양구", "고양덕양구", "중구", "서울중구", "없는구"]
                .iter()
                .flat_map(|place| {
                    SOUGHT.iter().map(move |(sought, ..)| format!("{place} {sought}"))
                })
                .collect();
        let made = |seed| draw(seed, &list, &asked);
        // Three departments at six places are too few.
        assert!(made(1).unwrap_err().contains("place_and_department"));
        let mut random = Draw::new(1, &list, &asked);
        for class in Class::iter() {
            let drawn: Vec<Judged> =
                (0..400).filter_map(|number| random.one(class, number)).collect();
            assert!(drawn.len() > 9, "{class:?}: {}", drawn.len());
            for judged in drawn {
                assert!(
                    list.iter().any(|institution| judged.rule.holds(institution)),
                    "{judged:?}"
                );
                assert!(judged.text.split(' ').count() <= MAX_WORDS);
            }
        }
        let once = |seed| {
            let mut draw = Draw::new(seed, &list, &asked);
            (0..50).filter_map(|number| draw.one(Class::TypingErrors, number)).collect::<Vec<_>>()
        };
        assert_eq!(once(7), once(7));
        assert_ne!(once(7), once(8));
    }
}
