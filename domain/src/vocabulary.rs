//! Words that say what kind of place is looked for, and not what it is called: departments with the names that people
//! have for them, types of institutions, hours. One table, for the index, for the database's own answers and for tests.

use crate::hangul::compact;

/// What a word asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// One of these departments.
    Departments(Vec<&'static str>),
    /// One of these types of institution.
    Kinds(&'static [&'static str]),
    Hours(Open),
    /// Nothing that tells one place from another: 진료, 병원, 근처.
    Filler,
}

/// Hours that people ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Open {
    Now,
    Saturday,
    Sunday,
    Night,
    Emergency,
}

/// Departments as the national list has them, with other names for each, separated by spaces.
const DEPARTMENTS: [(&str, &str); 48] = [
    ("내과", "internal"),
    ("신경과", "neurology"),
    ("정신건강의학과", "정신과 정신의학과 신경정신과 정신건강과 psychiatry"),
    ("외과", "일반외과 surgery gs"),
    ("정형외과", "os orthopedics"),
    ("신경외과", "ns"),
    ("심장혈관흉부외과", "흉부외과 심장외과 cs"),
    ("성형외과", "성형 ps"),
    ("마취통증의학과", "통증의학과 마취과 통증과 통증클리닉"),
    ("산부인과", "산과 부인과 obgyn 여성의원"),
    ("소아청소년과", "소아과 소청과 어린이병원 아동병원 pediatrics"),
    ("안과", "eye"),
    ("이비인후과", "ent 이빈후과 귀코목"),
    ("피부과", "dermatology"),
    ("비뇨의학과", "비뇨기과 비뇨과 urology"),
    ("영상의학과", "방사선과 진단방사선과"),
    ("방사선종양학과", ""),
    ("병리과", ""),
    ("진단검사의학과", "임상병리과"),
    ("결핵과", ""),
    ("재활의학과", "재활과 재활 rehab"),
    ("핵의학과", ""),
    ("가정의학과", "가정의학 fm"),
    ("응급의학과", "응급과"),
    ("직업환경의학과", "산업의학과"),
    ("예방의학과", ""),
    ("치과", "dental dentist"),
    ("구강악안면외과", "구강외과"),
    ("치과보철과", "보철과"),
    ("치과교정과", "교정과 교정치과 치아교정"),
    ("소아치과", "어린이치과"),
    ("치주과", "잇몸치과"),
    ("치과보존과", "보존과"),
    ("구강내과", ""),
    ("영상치의학과", ""),
    ("구강병리과", ""),
    ("예방치과", ""),
    ("통합치의학과", "통합치과"),
    ("한방내과", ""),
    ("한방부인과", ""),
    ("한방소아과", ""),
    ("한방안·이비인후·피부과", "한방이비인후과 한방피부과"),
    ("한방신경정신과", "한방정신과"),
    ("침구과", "침술"),
    ("한방재활의학과", "한방재활"),
    ("사상체질과", "사상의학과"),
    ("한방응급", ""),
    ("보건", ""),
];

const KINDS: [(&[&str], &str); 11] = [
    (&["치과의원", "치과병원"], "치과 치과의원"),
    (&["치과병원"], "치과병원"),
    (&["한의원", "한방병원"], "한의원 한방 한방과"),
    (&["한방병원"], "한방병원"),
    (&["요양병원"], "요양병원 요양원"),
    (&["종합병원", "상급종합"], "종합병원 큰병원"),
    (&["상급종합"], "상급종합 상급종합병원 대학병원"),
    (&["정신병원"], "정신병원"),
    (&["보건소", "보건지소", "보건진료소", "보건의료원"], "보건소"),
    (&["보건지소"], "보건지소"),
    (&["조산원"], "조산원"),
];

const HOURS: [(Open, &str); 5] = [
    (Open::Now, "지금진료 지금 문연 현재진료 진료중"),
    (Open::Saturday, "토요일 토요일진료 주말진료"),
    (Open::Sunday, "일요일 일요일진료 휴일진료"),
    (Open::Night, "야간 야간진료 심야 심야진료"),
    (Open::Emergency, "응급실 응급 24시간 24시"),
];

const FILLERS: &str =
    "진료 병원 의원 클리닉 추천 근처 주변 가까운 잘하는곳 잘하는 유명한 좋은 좋은곳 찾기 예약 전문";

fn is_one_of(names: &str, word: &str) -> bool {
    names.split(' ').any(|name| name == word)
}

/// What a compact word asks for, if it is no name.
pub fn meaning(word: &str) -> Option<Meaning> {
    if let Some((kinds, _)) = KINDS.iter().find(|(_, names)| is_one_of(names, word)) {
        return Some(Meaning::Kinds(kinds));
    }
    let departments = departments(word);
    if !departments.is_empty() {
        return Some(Meaning::Departments(departments));
    }
    if let Some((open, _)) = HOURS.iter().find(|(_, names)| is_one_of(names, word)) {
        return Some(Meaning::Hours(*open));
    }
    is_one_of(FILLERS, word).then_some(Meaning::Filler)
}

/// The departments that go by this name.
pub fn departments(word: &str) -> Vec<&'static str> {
    let known = DEPARTMENTS
        .iter()
        .filter(|(name, others)| compact(name) == word || is_one_of(others, word));
    known.map(|(name, _)| *name).collect()
}

/// The types of institution that go by this name.
pub fn kinds(word: &str) -> Option<&'static [&'static str]> {
    KINDS.iter().find(|(_, names)| is_one_of(names, word)).map(|(kinds, _)| *kinds)
}

/// Departments that begin with this, or one of whose names does.
pub fn departments_from(start: &str) -> impl Iterator<Item = &'static str> {
    let begins = move |(name, others): &&(&'static str, &'static str)| {
        compact(name).starts_with(start) || others.split(' ').any(|other| other.starts_with(start))
    };
    DEPARTMENTS.iter().filter(begins).map(|(name, _)| *name)
}

/// The word as a place and what is looked for there, where somebody left out the space: 강남구소아과.
pub fn split(word: &str) -> Option<(String, String)> {
    let starts: Vec<usize> = word.char_indices().map(|(at, _)| at).skip(2).collect();
    let parts = starts.into_iter().map(|at| word.split_at(at));
    let told = |end: &str| matches!(meaning(end), Some(known) if known != Meaning::Filler);
    let mut known = parts.filter(|(_, end)| end.chars().count() >= 2 && told(end));
    known.next().map(|(start, end)| (start.to_owned(), end.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departments_have_many_names() {
        for (word, department) in [
            ("ent", "이비인후과"),
            ("이비인후과", "이비인후과"),
            ("소아과", "소아청소년과"),
            ("정신과", "정신건강의학과"),
            ("비뇨기과", "비뇨의학과"),
            ("한방이비인후과", "한방안·이비인후·피부과"),
        ] {
            assert_eq!(meaning(word), Some(Meaning::Departments(vec![department])), "{word}");
        }
        assert_eq!(meaning("치과"), Some(Meaning::Kinds(&["치과의원", "치과병원"])));
        assert_eq!(meaning("야간진료"), Some(Meaning::Hours(Open::Night)));
        assert_eq!((meaning("병원"), meaning("연세")), (Some(Meaning::Filler), None));
        assert_eq!(departments_from("소아").collect::<Vec<_>>(), ["소아청소년과", "소아치과"]);
    }

    #[test]
    fn a_forgotten_space_is_found() {
        assert_eq!(split("강남구소아과"), Some(("강남구".to_owned(), "소아과".to_owned())));
        assert_eq!((split("소아과"), split("서울대병원")), (None, None));
    }

    #[test]
    fn no_name_stands_for_two_things() {
        let mut names: Vec<&str> =
            DEPARTMENTS.iter().flat_map(|(_, others)| others.split(' ')).collect();
        names.extend(HOURS.iter().flat_map(|(_, names)| names.split(' ')));
        names.extend(FILLERS.split(' '));
        names.retain(|name| !name.is_empty());
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
