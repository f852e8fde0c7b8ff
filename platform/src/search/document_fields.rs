//! What a document holds so that a name or a place is found as people write it. All forms are made here, in Rust: the
//! engine compares them letter by letter and needs to know no Korean.

use domain::hangul::{compact, initials, letters};
use serde_json::{Map, Value, json};

/// What stands before a hospital's own name in the name of its owner: 의료법인 길의료재단 길병원.
const OWNERS: [&str; 7] = ["법인", "재단", "의과대학", "협동조합", "공단", "부속", "대학교"];
/// Shortest form, in letters, that stands for a name.
const SHORTEST: usize = 3;
/// Ends of names of districts that people leave out: 강남 for 강남구.
const DISTRICTS: [char; 6] = ['시', '군', '구', '동', '읍', '면'];
/// The national list writes the city before the district, as one word: 인천연수구.
const PROVINCES: [(&str, &str); 17] = [
    ("서울", "서울특별시 서울시"),
    ("부산", "부산광역시 부산시"),
    ("대구", "대구광역시 대구시"),
    ("인천", "인천광역시 인천시"),
    ("광주", "광주광역시 광주시"),
    ("대전", "대전광역시 대전시"),
    ("울산", "울산광역시 울산시"),
    ("세종", "세종특별자치시 세종시"),
    ("경기", "경기도"),
    ("강원", "강원도 강원특별자치도"),
    ("충북", "충청북도"),
    ("충남", "충청남도"),
    ("전북", "전라북도 전북특별자치도"),
    ("전남", "전라남도"),
    ("경북", "경상북도"),
    ("경남", "경상남도"),
    ("제주", "제주도 제주특별자치도"),
];

fn length(text: &str) -> usize {
    text.chars().count()
}

fn push(list: &mut Vec<String>, text: String) {
    if !text.is_empty() && !list.contains(&text) {
        list.push(text);
    }
}

/// The name without what stands in parentheses: 서울ND(엔디)의원, (의)길의료재단 길병원.
fn without_parentheses(name: &str) -> String {
    let mut depth = 0_usize;
    let outside = |c: &char| {
        let was = depth;
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        was == 0 && depth == 0
    };
    name.chars().filter(outside).collect()
}

/// Names under which an institution is known, compact; its whole name comes first.
fn forms(name: &str) -> Vec<String> {
    let mut forms = Vec::new();
    push(&mut forms, compact(name));
    let whole = compact(&without_parentheses(name));
    push(&mut forms, whole.clone());
    push(&mut forms, whole.replace("대학교", "대"));
    for owner in OWNERS {
        let own = whole.rsplit_once(owner).map(|(_, own)| own).unwrap_or_default();
        if length(own) >= SHORTEST {
            push(&mut forms, own.to_owned());
        }
    }
    forms
}

/// The same without the word for what kind of institution it is.
fn short_forms(forms: &[String]) -> Vec<String> {
    let mut short = Vec::new();
    for form in forms {
        let bare = form.strip_suffix("병원").or_else(|| form.strip_suffix("의원"));
        let bare = bare.filter(|bare| !bare.ends_with('한') && length(bare) >= SHORTEST);
        push(&mut short, bare.unwrap_or_default().to_owned());
    }
    short
}

/// Adds what the name is found by.
pub fn add_name(body: &mut Map<String, Value>, name: &str) {
    let forms = forms(name);
    let short = short_forms(&forms);
    let whole = forms.first().cloned().unwrap_or_default();
    let all: Vec<&String> = forms.iter().chain(&short).collect();
    body.insert("name".to_owned(), json!(name));
    body.insert("letters".to_owned(), json!(letters(&whole)));
    body.insert("initial_pairs".to_owned(), json!(initials(&whole)));
    body.insert("pieces".to_owned(), json!(whole));
    body.insert(
        "beginnings".to_owned(),
        json!(forms.iter().map(|form| letters(form)).collect::<Vec<_>>()),
    );
    let starts: Vec<_> = forms.iter().map(|form| initials(form)).collect();
    body.insert("initial_beginnings".to_owned(), json!(starts));
    body.insert(
        "initials".to_owned(),
        json!(all.iter().map(|form| initials(form)).collect::<Vec<_>>()),
    );
    body.insert(
        "form_letters".to_owned(),
        json!(all.iter().map(|form| letters(form)).collect::<Vec<_>>()),
    );
    body.insert("forms".to_owned(), json!(all));
}

/// Names of the place, each as people may write it.
pub fn place(sido: &str, sigungu: &str, dong: &str, address: &str) -> Vec<String> {
    let mut names = Vec::new();
    for text in [sido, sigungu, dong].into_iter().chain(address.split([' ', ',', '(', ')'])) {
        push(&mut names, compact(text));
    }
    let sido = compact(sido);
    for (name, others) in PROVINCES.iter().filter(|(name, _)| *name == sido) {
        push(&mut names, (*name).to_owned());
        others.split(' ').for_each(|other| push(&mut names, other.to_owned()));
    }
    // 고양시 덕양구 is 고양덕양구 and 경기고양덕양구 too, and 동구 is 부산동구.
    let parts: Vec<&str> = sigungu.split_whitespace().collect();
    let bare = |city: &&str| city.strip_suffix('시').unwrap_or(city).to_owned();
    if let Some((district, cities)) = parts.split_last() {
        let of_city =
            compact(&cities.iter().map(bare).chain([(*district).to_owned()]).collect::<String>());
        push(&mut names, format!("{sido}{of_city}"));
        push(&mut names, of_city);
        push(&mut names, format!("{sido}{}", compact(sigungu)));
        for part in &parts {
            push(&mut names, compact(part));
        }
    }
    // 인천연수구 is 연수구 too, and 고양일산동구 both 고양 and 일산동구.
    let sigungu = compact(sigungu);
    for at in sigungu.char_indices().map(|(at, _)| at).skip(2) {
        let (city, district) = sigungu.split_at(at);
        if names.iter().any(|name| name == district || name.strip_suffix('시') == Some(city)) {
            push(&mut names, city.to_owned());
            push(&mut names, district.to_owned());
        }
    }
    for name in names.clone() {
        let bare = name.strip_suffix(DISTRICTS).filter(|bare| length(bare) >= 2);
        push(&mut names, bare.unwrap_or_default().to_owned());
    }
    names.retain(|name| length(name) >= 2);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_what_people_call_it() {
        let made = |name: &str| {
            let forms = forms(name);
            let short = short_forms(&forms);
            [forms, short].concat()
        };
        let has = |name: &str, form: &str| made(name).iter().any(|made| made == form);
        assert!(has("서울대학교병원", "서울대병원") && has("서울대학교병원", "서울대"));
        assert!(has("의료법인길의료재단 길병원", "길병원"));
        assert!(has("연세대학교의과대학강남세브란스병원", "강남세브란스병원"));
        assert!(has("연세이비인후과의원", "연세이비인후과"));
        assert!(has("도담봄내과의원(시연)", "도담봄내과의원"));
        assert!(has("(의)열린의료재단 강남열린의원", "강남열린의원"));
        assert!(has("서울ND(엔디)의원", "서울nd의원") && has("서울ND(엔디)의원", "서울nd엔디의원"));
        assert_eq!(made("경희한의원"), ["경희한의원"]);
    }

    #[test]
    fn a_place_has_all_its_names() {
        let seoul =
            place("서울", "강남구", "개포동", "서울특별시 강남구 삼성로 14, 3층 (개포동, 자이)");
        for name in ["서울", "서울시", "강남구", "강남", "개포동", "삼성로"] {
            assert!(seoul.iter().any(|known| known == name), "{name}: {seoul:?}");
        }
        let incheon = place("인천", "인천연수구", "", "인천광역시 연수구 시연로 16");
        assert!(
            incheon.iter().any(|name| name == "연수구")
                && incheon.iter().any(|name| name == "연수")
        );
        let goyang = place("경기", "고양일산동구", "", "경기도 고양시 일산동구 중앙로 1");
        for name in ["고양", "일산동구", "고양일산동구", "경기도"] {
            assert!(goyang.iter().any(|known| known == name), "{name}: {goyang:?}");
        }
        let two = place("경기", "고양시 덕양구", "", "경기도 고양시 덕양구 화중로 1");
        for name in ["고양", "덕양구", "고양덕양구", "경기고양덕양구", "고양시덕양구", "덕양"]
        {
            assert!(two.iter().any(|known| known == name), "{name}: {two:?}");
        }
        let busan = place("부산", "동구", "", "");
        assert!(busan.iter().any(|name| name == "부산동구"), "{busan:?}");
    }
}
