//! An institution of the list with what a rule may say of it. Everything is worked out from the list's own columns.

use domain::hangul::{compact, initials};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Ends of the names of owners, which people leave out: 의료법인길의료재단 길병원.
const OWNERS: [&str; 6] = ["법인", "재단", "조합", "공단", "대학교", "의과대학"];
/// Ends that people leave out: 강남성모내과 for 강남성모내과의원.
const ENDS: [&str; 2] = ["의원", "병원"];
/// Shortest name, in letters, that is still one.
const SHORTEST: usize = 3;

/// An institution.
#[derive(Clone, Debug)]
pub struct Institution {
    pub id: Uuid,
    /// It is of the list, and not made by hand.
    pub listed: bool,
    /// As it is written, and without its spaces and marks.
    pub written: String,
    pub name: String,
    pub initials: String,
    pub kind: String,
    /// Names of its district that tell it from the rest of the country: 덕양구, 고양덕양구, 경기고양시덕양구.
    pub places: Vec<String>,
    /// The last word of its district.
    pub district: String,
    pub departments: Vec<String>,
    /// Latitude and longitude.
    pub location: Option<(f64, f64)>,
    /// What people call it who leave something out.
    pub short: BTreeSet<String>,
}

/// The columns as they are.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    pub id: Uuid,
    pub listed: bool,
    pub name: String,
    pub kind: String,
    pub sido: String,
    pub sigungu: String,
    pub departments: String,
    pub location: Option<(f64, f64)>,
}

impl Institution {
    pub fn of(columns: Columns) -> Self {
        let name = compact(&columns.name);
        let departments = columns.departments.split('|').map(str::trim);
        Self {
            id: columns.id,
            listed: columns.listed,
            initials: initials(&name),
            short: short_names(&columns.name),
            places: places(&columns.sido, &columns.sigungu),
            district: columns.sigungu.split(' ').next_back().unwrap_or_default().to_owned(),
            departments: departments.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            kind: columns.kind,
            location: columns.location,
            written: columns.name,
            name,
        }
    }

    /// Its name is of Korean syllables alone.
    pub fn is_korean(&self) -> bool {
        self.name.chars().all(|c| ('가'..='힣').contains(&c))
    }

    /// Letters of its name.
    pub fn length(&self) -> usize {
        self.name.chars().count()
    }
}

fn places(sido: &str, sigungu: &str) -> Vec<String> {
    let whole = compact(sigungu);
    let mut places = vec![whole.clone(), format!("{sido}{whole}")];
    if let Some((city, district)) = sigungu.split_once(' ') {
        let bare = city.strip_suffix('시').unwrap_or(city);
        places.extend([
            district.to_owned(),
            format!("{bare}{district}"),
            format!("{sido}{bare}{district}"),
        ]);
    }
    places
}

fn short_names(written: &str) -> BTreeSet<String> {
    let whole = compact(written);
    let mut own = BTreeSet::from([whole.clone()]);
    // The last word, where an owner stands before it.
    if let Some((owner, last)) = written.rsplit_once(' ')
        && OWNERS.iter().any(|end| owner.contains(end))
    {
        own.insert(compact(last));
    }
    own.extend(whole.contains("대학교").then(|| whole.replace("대학교", "대")));
    let bare = |name: &String| {
        let bare = ENDS.iter().find_map(|end| name.strip_suffix(end))?;
        (bare.chars().count() >= SHORTEST).then(|| bare.to_owned())
    };
    let bare: Vec<String> = own.iter().filter_map(bare).collect();
    own.extend(bare);
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn institution(name: &str, sido: &str, sigungu: &str) -> Institution {
        let text = str::to_owned;
        Institution::of(Columns {
            name: text(name),
            sido: text(sido),
            sigungu: text(sigungu),
            departments: text("내과|소아청소년과"),
            ..Columns::default()
        })
    }

    #[test]
    fn what_a_rule_may_say_comes_from_the_columns() {
        let found = institution("의료법인길의료재단 길병원", "경기", "고양시 덕양구");
        assert_eq!(found.initials, "ㅇㄹㅂㅇㄱㅇㄹㅈㄷㄱㅂㅇ");
        assert!(found.short.contains("길병원") && !found.short.contains("길"));
        for place in ["고양시덕양구", "고양덕양구", "덕양구", "경기고양덕양구"]
        {
            assert!(found.places.iter().any(|known| known == place), "{place}");
        }
        assert_eq!((found.district.as_str(), found.departments.len()), ("덕양구", 2));
        let short = institution("서울대학교병원", "서울", "종로구").short;
        assert_eq!(
            short,
            ["서울대병원", "서울대", "서울대학교", "서울대학교병원"].map(str::to_owned).into()
        );
    }
}
