//! What hospitals may be named, and what is refused.

use super::*;
use domain::code::Code;
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

fn edit(body: Value) -> Result<HospitalChanges, Code> {
    let edit: HospitalEdit = serde_json::from_value(body).map_err(|_| Code::Malformed)?;
    edit.check().map_err(|problem| problem.code())
}

#[test]
fn names_are_kept_in_one_form() {
    let decomposed: String = "서울내과의원".nfd().collect();
    for (typed, kept) in [
        ("가".to_owned(), "가".to_owned()),
        ("가".repeat(60), "가".repeat(60)),
        ("가".repeat(100), "가".repeat(100)),
        (decomposed, "서울내과의원".to_owned()),
        ("  서울 내과 \n".to_owned(), "서울 내과".to_owned()),
        ("서울\u{200b}내과".to_owned(), "서울내과".to_owned()),
    ] {
        assert_eq!(edit(json!({"name": typed})).unwrap().name, Some(kept), "{typed:?}");
    }
    for wrong in ["", " \t ", "\u{200b}", "a\u{0}b", "서울\n내과", "900101-1234567 의원"] {
        assert_eq!(edit(json!({"name": wrong})), Err(Code::Invalid), "{wrong:?}");
    }
    assert_eq!(edit(json!({"name": "가".repeat(101)})), Err(Code::Invalid));
}

#[test]
fn no_free_text_takes_a_resident_registration_number() {
    const NUMBER: &str = "문의 900101 - 1234567";
    for body in [
        json!({"name": NUMBER}),
        json!({"kind": NUMBER}),
        json!({"address": NUMBER}),
        json!({"sido": NUMBER}),
        json!({"sigungu": NUMBER}),
        json!({"phone": "900101-1234567"}),
        json!({"departments": ["내과", NUMBER]}),
        json!({"announcement": NUMBER}),
    ] {
        assert_eq!(edit(body.clone()), Err(Code::Invalid), "{body}");
    }
}

#[test]
fn phones_are_taken_as_people_type_them_and_taken_away() {
    for (typed, kept) in [
        (json!("(02) 123-4567"), Some("02-123-4567")),
        (json!("02.123.4567"), Some("02-123-4567")),
        (json!("1588-1234"), Some("1588-1234")),
        (Value::Null, None),
        (json!(""), None),
    ] {
        let changes = edit(json!({"phone": typed})).unwrap();
        assert_eq!((changes.phone == Edit::Goes, changes.phone.text()), (kept.is_none(), kept));
    }
    assert_eq!(edit(json!({"phone": "전화"})), Err(Code::Invalid));
    assert_eq!(edit(json!({"name": "가"})).unwrap().phone, Edit::Stays, "absent: as it is");
}

#[test]
fn departments_are_a_list_of_names() {
    let names = json!({"departments": ["내과", " 소아청소년과 ", "내과"]});
    assert_eq!(edit(names).unwrap().departments.as_deref(), Some("내과|소아청소년과"));
    assert_eq!(edit(json!({"departments": []})).unwrap().departments.as_deref(), Some(""));
    let many = |count: usize| json!({"departments": (0..count).map(|n| n.to_string()).collect::<Vec<_>>()});
    assert!(edit(many(60)).is_ok());
    assert_eq!(edit(many(61)), Err(Code::Invalid));
    for wrong in [json!(["내과|외과"]), json!([""]), json!(["가".repeat(41)])] {
        assert_eq!(edit(json!({"departments": wrong.clone()})), Err(Code::Invalid), "{wrong}");
    }
    assert_eq!(edit(json!({"departments": "내과"})), Err(Code::Malformed));
}

#[test]
fn announcements_have_lines_and_an_end() {
    let text = "12월 24일은 오전 진료만 합니다.\n문의: 02-123-4567";
    assert_eq!(
        edit(json!({"announcement": text})).unwrap().announcement,
        Edit::Becomes(text.to_owned())
    );
    assert_eq!(edit(json!({"announcement": null})).unwrap().announcement, Edit::Goes);
    assert!(edit(json!({"announcement": "가".repeat(1_000)})).is_ok());
    assert_eq!(edit(json!({"announcement": "가".repeat(1_001)})), Err(Code::Invalid));
}

#[test]
fn places_and_zones_are_real() {
    assert_eq!(edit(json!({"lat": 37.5, "lon": 127.0})).unwrap().location, Some((37.5, 127.0)));
    for wrong in [
        json!({"lat": 37.5}),
        json!({"lon": 127.0}),
        json!({"lat": 91.0, "lon": 0.0}),
        json!({"lat": 0.0, "lon": 181.0}),
    ] {
        assert_eq!(edit(wrong.clone()), Err(Code::Invalid), "{wrong}");
    }
    assert_eq!(edit(json!({"zone": "Asia/Tokyo"})).unwrap().zone.as_deref(), Some("Asia/Tokyo"));
    assert_eq!(edit(json!({"zone": "Seoul"})), Err(Code::Invalid));
    for wrong in [json!({}), json!({"capacity": 1}), json!({"name": 1})] {
        assert_eq!(edit(wrong.clone()), Err(Code::Malformed), "{wrong}");
    }
    let whole = json!({"name": "새의원", "kind": "의원", "address": "서울 강남구 1"});
    let whole: HospitalBody = serde_json::from_value(whole).unwrap();
    let made = whole.check().ok().unwrap();
    assert_eq!(made.zone.as_deref(), Some("Asia/Seoul"));
    assert_eq!(made.departments.as_deref(), Some(""));
}
