//! How an import ends: whole, stopped by a signal, without its database. What it says of itself is true, and the same
//! command again does the rest.

use cli::import::Counts;
use docde_tests::hospital_list::{Rows, csv, sample};
use docde_tests::proxy::{Proxy, Wire};
use docde_tests::{World, until};
use sqlx::{MySql, Transaction};

use crate::stage::{hospitals, import, start};

const NOTHING: &str = "nothing was written; the same command again imports the list";

/// A list that is there, and one of 300 rows more in which each known row has another phone number.
fn lists() -> (String, String) {
    let all = sample(350, 1);
    let known: Rows = all[..51].to_vec();
    let changed = all.iter().enumerate().map(|(number, row)| {
        let mut row = row.clone();
        if number > 0 {
            row[7] = format!("031-{number}");
        }
        row
    });
    (csv(&known), csv(&changed.collect::<Vec<_>>()))
}

/// Holds a hospital that the list changes: the import waits in the middle of its writing.
async fn held(world: &World) -> Transaction<'_, MySql> {
    let mut held = world.pool.begin().await.expect("a transaction");
    sqlx::query("SELECT id FROM hospital ORDER BY id DESC LIMIT 1 FOR UPDATE")
        .fetch_one(&mut *held)
        .await
        .expect("a hospital");
    held
}

/// The engine's own table of waits is not asked: it stays as it is while somebody looks ten times a second.
async fn waits(world: &World) {
    until("the import to wait for a row", async || {
        let waiting = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() \
                       AND info LIKE 'INSERT INTO hospital%' AND time_ms > 400";
        (world.count(waiting).await > 0).then_some(())
    })
    .await;
}

/// Nothing of the second list is there; the same command again does it all, and then there is nothing to do.
async fn again(world: &World, list: &str) {
    assert_eq!(hospitals(world).await, 50);
    let done = import(world, list.as_bytes()).await;
    let expected = Counts { read: 350, added: 300, changed: 50, ..Counts::default() };
    assert_eq!((done.counts(), done.code), (expected, 0), "{}", done.errors);
    let nothing = import(world, list.as_bytes()).await;
    assert_eq!(nothing.counts(), Counts { read: 350, unchanged: 350, ..Counts::default() });
}

#[tokio::test]
async fn a_signal_ends_an_import_with_nothing_written() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let world = World::new().await;
        let (known, list) = lists();
        assert_eq!(import(&world, known.as_bytes()).await.counts().added, 50);
        let row = held(&world).await;
        let running = start(&world, world.setting("DATABASE_URL"), list.as_bytes());
        waits(&world).await;
        running.signal(signal);
        let said = running.end().await;
        assert_eq!((said.code, said.out.as_str()), (code, ""));
        assert_eq!(said.errors.trim(), format!("docde: stopped by SIG{signal}: {NOTHING}"));
        row.rollback().await.expect("let go");
        again(&world, &list).await;
        world.finish().await;
    }
}

#[tokio::test]
async fn a_database_that_goes_away_has_nothing_of_the_list() {
    let world = World::new().await;
    let (known, list) = lists();
    assert_eq!(import(&world, known.as_bytes()).await.counts().added, 50);
    let url = world.setting("DATABASE_URL");
    let wire = Proxy::before(url).await;
    let row = held(&world).await;
    let running = start(&world, &wire.url(url), list.as_bytes());
    waits(&world).await;
    wire.set(Wire::Down);
    let said = running.end().await;
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(
        said.errors.starts_with("docde: the database: ") && said.errors.contains(NOTHING),
        "{}",
        said.errors
    );
    row.rollback().await.expect("let go");
    let away = start(&world, &wire.url(url), list.as_bytes()).end().await;
    assert!(away.code == 1 && away.errors.contains(NOTHING), "{}", away.errors);
    again(&world, &list).await;
    world.finish().await;
}

/// The database commits, but its answer is lost: it is asked what became of the list.
#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_asked_for() {
    let world = World::new().await;
    let (known, list) = lists();
    assert_eq!(import(&world, known.as_bytes()).await.counts().added, 50);
    let url = world.setting("DATABASE_URL");
    // As a command of the protocol, not as a part of READ COMMITTED.
    let wire = Proxy::holding_after(url, b"\x03COMMIT").await;
    let running = start(&world, &wire.url(url), list.as_bytes());
    until("the list to be there", async || (hospitals(&world).await == 350).then_some(())).await;
    wire.cut().await;
    let said = running.end().await;
    let expected = Counts { read: 350, added: 300, changed: 50, ..Counts::default() };
    assert_eq!((said.counts(), said.code), (expected, 0), "{}", said.errors);
    world.finish().await;
}

#[tokio::test]
async fn exit_codes_say_whether_the_list_is_whole() {
    let world = World::new().await;
    let rows: Vec<_> = (1..=59).map(|row| format!("a{row},{row}호의원,서울 {row}\n")).collect();
    let list = format!("id,name,address\n{}", rows.concat());
    let unclosed = import(&world, list.replacen("서울 1\n", "\"서울 1\n", 1).as_bytes()).await;
    let expected = Counts { read: 59, rejected: 1, unread: 58, ..Counts::default() };
    assert_eq!((unclosed.counts(), unclosed.code), (expected, 1));
    assert!(unclosed.out.contains("a quote opens in line 2"), "{}", unclosed.out);
    let rejected = import(&world, format!("{list}합계,,\n").as_bytes()).await;
    assert_eq!((rejected.code, rejected.counts().rejected), (0, 1), "{}", rejected.out);
    assert_eq!(hospitals(&world).await, 59);
    for nothing in ["", "id,name,address\n", "id,name,address\n,,\n", "PK\u{3}\u{4}\n"] {
        assert_eq!(import(&world, nothing.as_bytes()).await.code, 1, "{nothing:?}");
    }
    assert_eq!(hospitals(&world).await, 59);
    world.finish().await;
}
