//! Bodies at their limits.

use super::*;
use serde_json::{Value, json};

fn today() -> NaiveDate {
    "2026-11-27".parse().unwrap()
}

fn sign_up(change: impl FnOnce(&mut Value)) -> Result<SignUp, (Code, Option<String>)> {
    let mut body = json!({
        "email": " Hong@Example.KR ", "code": "123 456", "password": "비밀번호는여덟자", "name": "홍길동", "as": "patient",
        "birth_date": "1990-01-01", "phone": "010-1234-5678", "consents": [{"kind": "terms", "version": 1}]
    });
    change(&mut body);
    let body = serde_json::from_value::<SignUpBody>(body).map_err(|_| (Code::Malformed, None))?;
    body.check(today()).map_err(|problem| {
        let text: Value =
            serde_json::from_str(&problem.render(domain::code::Language::English)).unwrap();
        (problem.code(), text["field"].as_str().map(str::to_owned))
    })
}

#[test]
fn what_people_type_is_kept_in_one_form() {
    let taken = sign_up(|body| body["name"] = json!(" 홍길동 ".nfd().collect::<String>())).ok();
    let taken = taken.expect("taken");
    assert_eq!(taken.email.as_str(), "hong@example.kr");
    assert_eq!((taken.code.as_str(), taken.name.as_str()), ("123456", "홍길동"));
    assert_eq!(taken.phone.as_deref(), Some("+821012345678"));
}

#[test]
fn names_have_one_to_sixty_characters() {
    for (name, fits) in [
        ("김".to_owned(), true),
        ("가".repeat(60), true),
        ("가".repeat(61), false),
        (" ".to_owned(), false),
    ] {
        let taken = sign_up(|body| body["name"] = json!(name));
        assert_eq!(taken.is_ok(), fits, "{name}");
        assert!(fits || taken.err() == Some((Code::Invalid, Some("name".to_owned()))));
    }
    for name in ["홍길동 900101-1234567", "홍\u{202e}길동", "홍\n길동"] {
        assert!(sign_up(|body| body["name"] = json!(name)).is_err(), "{name:?}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let field = |name: &str| Some((Code::Invalid, Some(name.to_owned())));
    for (member, value, expected) in [
        ("email", json!("hong@example"), field("email")),
        ("code", json!("12345"), field("code")),
        ("code", json!("12345a"), field("code")),
        ("password", json!("short"), field("password")),
        ("password", json!("hong@example.kr"), field("password")),
        ("phone", json!("1588-1234"), field("phone")),
        ("phone", json!("900101-1234567"), field("phone")),
        ("birth_date", json!("2026-11-28"), field("birth_date")),
        ("birth_date", json!("1880-01-01"), field("birth_date")),
        ("birth_date", json!(null), field("birth_date")),
        (
            "birth_date",
            json!("2012-11-28"),
            Some((Code::GuardianNeeded, Some("birth_date".to_owned()))),
        ),
        ("birth_date", json!("2012-13-28"), Some((Code::Malformed, None))),
        ("as", json!("director"), Some((Code::Malformed, None))),
        ("unheard", json!(1), Some((Code::Malformed, None))),
    ] {
        assert_eq!(
            sign_up(|body| body[member] = value.clone()).err(),
            expected,
            "{member} {value}"
        );
    }
    assert!(sign_up(|body| body["birth_date"] = json!("2012-11-27")).is_ok(), "fourteen today");
    assert!(
        sign_up(|body| {
            body["as"] = json!("staff");
            body["birth_date"] = json!(null);
        })
        .is_ok()
    );
}

#[test]
fn a_profile_says_what_changes() {
    let check = |text: &str| {
        let body = serde_json::from_str::<ProfileBody>(text).map_err(|_| Code::Malformed)?;
        body.check().map(|changes| (changes.name, changes.phone)).map_err(|problem| problem.code())
    };
    assert_eq!(check(r#"{"phone":null}"#), Ok((None, Edit::Goes)));
    assert_eq!(
        check(r#"{"phone":"02-123-4567"}"#),
        Ok((None, Edit::Becomes("+8221234567".to_owned())))
    );
    assert_eq!(check(r#"{"name":"김"}"#), Ok((Some("김".to_owned()), Edit::Stays)));
    assert_eq!(check("{}"), Err(Code::Malformed));
}
