//! What the command line takes and refuses.

use super::*;
use clap::CommandFactory;

#[test]
fn the_definition_is_sound() {
    Args::command().debug_assert();
}

#[test]
fn a_release_rule_reads() {
    let rule = release("08:00,14").unwrap();
    assert_eq!((rule.days, rule.at.to_string().as_str()), (14, "08:00:00"));
    assert!(release("8am").is_err() && release("08:00,-1").is_err());
}

#[test]
fn staff_work_at_a_hospital() {
    let tried = |args: &[&str]| Args::try_parse_from([&["docde", "token"], args].concat());
    let id = Uuid::nil().to_string();
    assert!(tried(&["--role", "receptionist", "--hospital", &id]).is_ok());
    for args in [
        &["--role", "receptionist"][..],
        &["--hospital", &id],
        &["--role", "patient", "--hospital", &id],
        &["--role", "doctor", "--hospital", &id, "--patients", "2"],
    ] {
        assert!(tried(args).is_err(), "{args:?}");
    }
}

#[test]
fn replay_wants_one_or_all() {
    assert!(Args::try_parse_from(["docde", "dead-letters", "replay"]).is_err());
    assert!(Args::try_parse_from(["docde", "dead-letters", "replay", "--all"]).is_ok());
}
