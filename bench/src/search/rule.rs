//! What makes an institution a right answer to a query: conditions that all hold, each with values one of which does. Rules
//! are written down with the queries, and judge by the list alone; no search engine is asked what is right.

use std::fmt;
use std::str::FromStr;
use strum::{EnumString, IntoStaticStr};

use super::institution::Institution;

/// What a condition is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Fact {
    /// The name without its spaces and marks.
    Name,
    /// Its initial consonants.
    Initials,
    /// A shorter name that people use.
    Short,
    Place,
    Department,
    /// The type of institution.
    Kind,
}

/// Conditions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule(Vec<(Fact, Vec<String>)>);

impl Rule {
    pub fn new(fact: Fact, values: &[&str]) -> Self {
        Self(Vec::new()).and(fact, values)
    }

    #[must_use]
    pub fn and(mut self, fact: Fact, values: &[&str]) -> Self {
        self.0.push((fact, values.iter().map(|value| (*value).to_owned()).collect()));
        self
    }

    pub fn holds(&self, institution: &Institution) -> bool {
        self.0
            .iter()
            .all(|(fact, values)| values.iter().any(|value| has(institution, *fact, value)))
    }
}

fn has(institution: &Institution, fact: Fact, value: &String) -> bool {
    match fact {
        Fact::Name => institution.name == *value,
        Fact::Initials => institution.initials == *value,
        Fact::Short => institution.short.contains(value),
        Fact::Place => institution.places.contains(value),
        Fact::Department => institution.departments.contains(value),
        Fact::Kind => institution.kind == *value,
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(fact, values): &(Fact, Vec<String>)| {
            format!("{}={}", <&str>::from(fact), values.join("|"))
        };
        f.write_str(&self.0.iter().map(shown).collect::<Vec<_>>().join(" "))
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let condition = |part: &str| {
            let (fact, values) = part.split_once('=').ok_or_else(|| format!("{part}: no ="))?;
            let fact = fact.parse().map_err(|_| format!("{fact}: not known"))?;
            Ok((fact, values.split('|').map(str::to_owned).collect()))
        };
        text.split(' ').map(condition).collect::<Result<_, String>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::institution::Columns;

    #[test]
    fn all_conditions_hold_by_one_of_their_values() {
        let institution = Institution::of(Columns {
            name: "강남성모내과의원".to_owned(),
            kind: "의원".to_owned(),
            sido: "서울".to_owned(),
            sigungu: "강남구".to_owned(),
            departments: "내과|신경과".to_owned(),
            ..Columns::default()
        });
        for (text, holds) in [
            ("name=강남성모내과의원", true),
            ("name=강남성모내과", false),
            ("short=강남성모내과", true),
            ("initials=ㄱㄴㅅㅁㄴㄱㅇㅇ", true),
            ("place=서울강남구 department=외과|신경과", true),
            ("place=강남구 department=외과", false),
            ("place=강남구 kind=병원|의원", true),
            ("place=강동구 kind=의원", false),
        ] {
            let rule: Rule = text.parse().unwrap();
            assert_eq!((rule.holds(&institution), rule.to_string().as_str()), (holds, text));
        }
        assert!("name".parse::<Rule>().is_err() && "colour=red".parse::<Rule>().is_err());
    }
}
