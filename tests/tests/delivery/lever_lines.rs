//! The command line of the levers: what it shows, what it keeps of each change, and what it will not take.

use chrono::TimeDelta;
use cli::args::{LeverSet, Levers};
use docde_tests::World;
use domain::ids::HospitalId;

use crate::levers::{admission, clear, levers, set, set_until, standing, try_set, who};

#[tokio::test]
async fn every_lever_is_shown_with_who_set_it_and_why() {
    let world = World::at(standing()).await;
    let hospital = world.hospital("Asia/Seoul").await;
    let admission = admission(hospital);
    let unset = levers(&world, None).await.expect("the levers");
    for name in ["drain", "batch", "transactions", "publish-window", "pause.book", "pause.p01"] {
        assert!(unset.lines().any(|line| line.starts_with(name) && line.ends_with("not set")));
    }
    set(&world, "batch", "100").await;
    set(&world, &admission, "5").await;
    set_until(&world, "pause.book", "on", world.clock.now() + TimeDelta::minutes(5)).await;
    let shown = levers(&world, None).await.expect("the levers");
    for wanted in [
        "100  set by kim at 2026-12-01T04:00:00Z: a test".to_owned(),
        "on until 2026-12-01T04:05:00Z  set by kim".to_owned(),
        format!("{admission} 5  set by kim"),
    ] {
        assert!(shown.contains(&wanted), "{wanted} in {shown}");
    }
    world.clock.advance(TimeDelta::minutes(6));
    clear(&world, "batch").await;
    let shown = levers(&world, None).await.expect("the levers");
    let unset =
        |name: &str| shown.lines().any(|line| line.starts_with(name) && line.ends_with("not set"));
    assert!(unset("batch") && unset("pause.book"), "cleared, and ended by itself: {shown}");
    let history = Some(Levers::History { name: Some("batch".to_owned()) });
    let history = levers(&world, history).await.expect("its history");
    let changes: Vec<&str> = history.lines().collect();
    assert_eq!(changes.len(), 2, "{history}");
    assert!(changes[0].ends_with("batch  not set -> 100  by kim: a test"), "{history}");
    assert!(changes[1].ends_with("batch  100 -> not set  by lee: it is over"), "{history}");
    world.finish().await;
}

#[tokio::test]
async fn what_is_no_lever_or_no_value_is_told_so_and_changes_nothing() {
    let world = World::at(standing()).await;
    let nobody = format!("admission.{}", HospitalId::generate());
    for (lever, until, complaint) in [
        (("brake", "on"), None, "there is no lever 'brake'"),
        (("pause.nothing", "on"), None, "there is no lever 'pause.nothing'"),
        (("pause.p02", "on"), None, "there is no partition p02"),
        (("drain", "off"), None, "drain takes on, not 'off'"),
        (("batch", "0"), None, "batch takes 1 to 2000, not '0'"),
        (("transactions", "257"), None, "transactions takes 1 to 256, not '257'"),
        (("publish-in-flight", "4097"), None, "takes 1 to 4096"),
        (("publish-window", "10000001"), None, "takes 1 to 10000000"),
        ((nobody.as_str(), "5"), None, "there is no hospital"),
        (("drain", "on"), Some("2026-12-01T12:59:59+09:00"), "is not in the future"),
        (("drain", "on"), Some("tomorrow"), "--until: a time is RFC 3339"),
    ] {
        let error = try_set(&world, lever, until).await.expect_err("no lever");
        assert!(error.contains(complaint), "{lever:?}: {error}");
    }
    let by = |by, reason| {
        Some(Levers::Set(LeverSet {
            name: "drain".to_owned(),
            value: "on".to_owned(),
            until: None,
            who: who(by, reason),
        }))
    };
    let long = "x".repeat(256);
    for (what, complaint) in [
        (by(None, "because"), "--by or USER"),
        (by(Some(" "), "because"), "--by is one line"),
        (by(Some("kim"), ""), "--reason is one line"),
        (by(Some("kim"), "two\nlines"), "--reason is one line"),
        (by(Some("kim"), &long), "of 1 to 255 characters"),
        (by(Some(&long[..81]), "because"), "of 1 to 80 characters"),
        (
            Some(Levers::Clear { name: "drain".to_owned(), who: who(Some("kim"), "why") }),
            "drain is not set",
        ),
    ] {
        let error = levers(&world, what).await.expect_err("no change");
        assert!(error.contains(complaint), "{error}");
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM lever_change").await, 0);
    world.finish().await;
}
