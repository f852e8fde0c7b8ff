//! Queries with the rules that say which institutions are right, and the file in which a drawn set is kept.

use std::fmt::Write as _;
use strum::{EnumIter, EnumString, IntoStaticStr};

use super::rule::Rule;

/// The set that was drawn before anything was tuned with it: the seed is in its first line.
pub const COMMITTED: &str = include_str!("../../judged/20261128.tsv");

/// What makes a query hard.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, EnumIter, EnumString, IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Class {
    TypingErrors,
    Spacings,
    Initials,
    PlaceAndDepartment,
    ShortenedNames,
    TwinsWithAPlace,
}

impl Class {
    /// How many queries of it a set has.
    pub fn count(self) -> usize {
        match self {
            Self::TypingErrors | Self::Spacings | Self::PlaceAndDepartment => 40,
            Self::Initials | Self::ShortenedNames => 30,
            Self::TwinsWithAPlace => 20,
        }
    }
}

/// A query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    pub class: Class,
    pub text: String,
    pub rule: Rule,
}

/// A set as a file has it.
pub fn write(seed: u64, set: &[Judged]) -> String {
    let mut text = format!("# seed {seed}: class, query, rule\n");
    for Judged { class, text: query, rule } in set {
        let _ = writeln!(text, "{}\t{query}\t{rule}", <&str>::from(class));
    }
    text
}

/// Reads it again.
pub fn read(text: &str) -> Result<Vec<Judged>, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let line = |line: &str| {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().ok_or_else(|| format!("{line}: three cells"));
        let class = cell()?.parse().map_err(|_| format!("{line}: no such class"))?;
        Ok(Judged { class, text: cell()?.to_owned(), rule: cell()?.parse()? })
    };
    lines.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    #[test]
    fn the_committed_set_is_whole() {
        let set = read(COMMITTED).unwrap();
        for class in Class::iter() {
            assert_eq!(set.iter().filter(|judged| judged.class == class).count(), class.count());
        }
        assert_eq!(write(20_261_128, &set), COMMITTED);
    }
}
