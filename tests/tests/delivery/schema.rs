//! The schema against the code: every unique key that a batch can breach has a meaning, and a database that the version
//! before filled is carried over.

use docde_tests::World;
use sqlx::MySqlPool;
use uuid::Uuid;

/// Keys whose breach is no refusal: rows that are changed where they stand, or found by the inbox.
const SHARED: [&str; 2] = ["PRIMARY", "request_id"];

/// A key that no room knows would park whoever breaches it.
#[tokio::test]
async fn every_unique_key_that_a_batch_writes_has_a_meaning() {
    let world = World::new().await;
    let keys: Vec<(String, String)> = sqlx::query_as(
        "SELECT DISTINCT table_name, index_name FROM information_schema.statistics
         WHERE table_schema = DATABASE() AND non_unique = 0 AND table_name NOT IN
           ('hospital', 'doctor', 'schedule', 'schedule_hours', 'day_hours', 'holiday', 'closed_hospital', 'closure', 'account', 'patient', 'membership',
            'worker', 'lever_change', 'mail', 'hospital_claim', 'invitation', 'patient_merge', '_sqlx_migrations')",
    )
    .fetch_all(&world.pool)
    .await
    .expect("keys");
    let periods = keys.iter().filter(|(_, key)| key.ends_with("no_overlap")).count();
    assert_eq!(periods, 2, "{keys:?}");
    for (table, key) in keys {
        let known = SHARED.contains(&key.as_str()) || workers::code_of(&key).is_some();
        assert!(known, "the unique key {key} of {table} says nothing to whoever breaches it");
    }
    world.finish().await;
}

/// A parked frame that nobody could read, an operator's discard, a booking: as the version before wrote them.
#[tokio::test]
async fn a_database_of_the_version_before_is_carried_over() {
    let world = World::new().await;
    let name = format!("{}_before", world.vhost);
    let run = async |pool: &MySqlPool, sql: &str| {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(pool).await.expect("SQL");
    };
    run(&world.pool, &format!("CREATE DATABASE {name}")).await;
    let mut url = url::Url::parse(world.setting("DATABASE_URL")).expect("DATABASE_URL");
    url.set_path(&name);
    let pool = platform::database::pool_of(url.as_str(), 1).expect("a pool");
    for migration in [
        include_str!("../../../migrations/0001_spine.sql"),
        include_str!("../../../migrations/0002_time_keys.sql"),
        include_str!("../../../migrations/0003_request_order.sql"),
        include_str!("../../../migrations/0004_letters.sql"),
    ] {
        run(&pool, migration).await;
    }
    let [unread, discard, owner] = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    for (seq, id, kind, state) in
        [(1, unread, "unknown", "parked"), (2, discard, "discard", "confirmed")]
    {
        let insert = "INSERT INTO request (id, account_id, partition_id, hospital_id, kind, state, body_hash, accepted_at,
             decided_at, epoch, publisher, publisher_seq, event_seq, document)
             VALUES (?, ?, 0, ?, ?, ?, '12345678', '2026-11-01', '2026-11-01', 1, ?, 0, ?, '{}')";
        let row = sqlx::query(insert).bind(id).bind(owner).bind(Uuid::nil()).bind(kind).bind(state);
        row.bind(Uuid::nil()).bind(seq).execute(&pool).await.expect("a request");
        let (account, event) =
            if kind == "discard" { (Uuid::nil(), "outcome") } else { (owner, "notice") };
        let insert = "INSERT INTO event (partition_id, seq, at, account_id, kind, request_id) VALUES (0, ?, '2026-11-01', ?, ?, ?)";
        let row = sqlx::query(insert).bind(seq).bind(account).bind(event).bind(id);
        row.execute(&pool).await.expect("an event");
    }
    run(&pool, include_str!("../../../migrations/0005_rooms.sql")).await;
    let rows: Vec<(Option<String>, Option<Uuid>, String, Uuid)> = sqlx::query_as(
        "SELECT r.kind, r.hospital_id, e.kind, e.account_id FROM request r JOIN event e ON e.request_id = r.id ORDER BY r.event_seq",
    )
    .fetch_all(&pool)
    .await
    .expect("rows");
    let operator = domain::people::OPERATOR.uuid();
    assert_eq!(rows[0], (None, None, "parked".to_owned(), owner));
    assert_eq!(rows[1].0.as_deref(), Some("discard"));
    assert_eq!((rows[1].2.as_str(), rows[1].3), ("outcome", operator));
    a_booking_of_the_version_before(&pool).await;
    run(&world.pool, &format!("DROP DATABASE {name}")).await;
    world.finish().await;
}

/// What a batch writes is text. Whatever the server makes of backslashes and quotes, a value arrives as it was.
#[tokio::test]
async fn every_text_that_a_batch_writes_arrives_as_it_was() {
    let world = World::new().await;
    let mut connection = world.pool.acquire().await.expect("a connection");
    let texts = [
        "plain 가",
        "it's",
        "a\\",
        "\\'",
        "'; DROP TABLE booking; -- ",
        "\"`\"",
        "\0\n\r\t\u{1a}",
        "%_?",
        "😀",
        "",
    ];
    for mode in
        ["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES"]
    {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "SET SESSION sql_mode = '{mode}';
             CREATE OR REPLACE TEMPORARY TABLE written (id INT NOT NULL PRIMARY KEY, text TEXT NOT NULL)"
        )))
        .execute(&mut *connection)
        .await
        .expect("a table");
        let mut script = workers::Script::default();
        script.rows(
            "INSERT INTO written VALUES",
            (0_u32..).zip(texts),
            "",
            |values, (id, text)| {
                values.push(id).push(text);
            },
        );
        script.run(&mut connection).await.expect("written");
        let found: Vec<String> = sqlx::query_scalar("SELECT text FROM written ORDER BY id")
            .fetch_all(&mut *connection)
            .await
            .expect("texts");
        assert_eq!(found, texts, "sql_mode '{mode}'");
    }
    drop(connection);
    world.finish().await;
}

/// One booking that was moved, one that was cancelled, one as it was made.
const BEFORE: &str = "INSERT INTO booking (id, account_id, patient_id, hospital_id, doctor_id, seat, starts_at, ends_at, status, visit, request_id,
           channel, revision, created_at, updated_at) VALUES
           ('a00000000000000a', 'ac', 'pa', 'ho', 'do', 0, '2026-12-01 09:00', '2026-12-01 09:30', 'booked', 'first', 'ra', 'app', 2,
            '2026-11-01', '2026-11-02'),
           ('b00000000000000b', 'ac', 'pb', 'ho', 'do', 1, '2026-12-01 09:00', '2026-12-01 09:30', 'cancelled', 'first', 'rb', 'app', 2,
            '2026-11-01', '2026-11-03'),
           ('c00000000000000c', 'ac', 'pc', 'ho', 'do', 1, '2026-12-01 09:00', '2026-12-01 09:30', 'booked', 'first', 'rc', 'app', 1,
            '2026-11-04', '2026-11-04');
         INSERT INTO booked_time (booking_id, doctor_id, seat, starts_at, ends_at, request_id) VALUES
           ('a00000000000000a', 'do', 0, '2026-12-01 09:00', '2026-12-01 09:30', 'rm'),
           ('c00000000000000c', 'do', 1, '2026-12-01 09:00', '2026-12-01 09:30', 'rc');
         INSERT INTO patient_time (booking_id, patient_id, hospital_id, doctor_id, starts_at, ends_at) VALUES
           ('a00000000000000a', 'pa', 'ho', 'do', '2026-12-01 09:00', '2026-12-01 09:30'),
           ('c00000000000000c', 'pc', 'ho', 'do', '2026-12-01 09:00', '2026-12-01 09:30');
         INSERT INTO status_change (booking_id, revision, at, actor, request_id, status_before, status_after, reason) VALUES
           ('a00000000000000a', 1, '2026-11-01', 'ac', 'ra', NULL, 'booked', NULL),
           ('a00000000000000a', 2, '2026-11-02', 'de', 'rm', 'booked', 'booked', 'rescheduled'),
           ('b00000000000000b', 1, '2026-11-01', 'ac', 'rb', NULL, 'booked', NULL),
           ('b00000000000000b', 2, '2026-11-03', 'ac', 'rn', 'booked', 'cancelled', NULL),
           ('c00000000000000c', 1, '2026-11-04', 'ac', 'rc', NULL, 'booked', NULL)";

/// What a booking says of its time and of its steps is the same with the tables of before and of now.
async fn a_booking_of_the_version_before(pool: &MySqlPool) {
    let run = async |sql: &'static str| {
        sqlx::raw_sql(sql).execute(pool).await.expect("SQL");
    };
    run(include_str!("../../../migrations/0006_publishers.sql")).await;
    run(BEFORE).await;
    let texts = async |sql: &'static str| -> Vec<String> {
        sqlx::query_scalar(sql).fetch_all(pool).await.expect("rows")
    };
    let history = texts(
        "SELECT CONCAT_WS('|', HEX(booking_id), revision, at, HEX(actor), HEX(request_id), status_before, status_after, reason)
         FROM status_change ORDER BY booking_id, revision",
    )
    .await;
    let time = texts(
        "SELECT CONCAT_WS('|', HEX(t.booking_id), HEX(t.doctor_id), t.seat, HEX(p.patient_id), t.starts_at, t.ends_at, HEX(t.request_id))
         FROM booked_time t JOIN patient_time p ON p.booking_id = t.booking_id ORDER BY t.booking_id",
    )
    .await;
    run(include_str!("../../../migrations/0007_fewer_rows.sql")).await;
    assert_eq!(
        texts(
            "SELECT CONCAT_WS('|', HEX(booking_id), revision, at, HEX(actor), HEX(request_id), status_before, status_after, reason)
             FROM booking_history ORDER BY booking_id, revision"
        )
        .await,
        history
    );
    assert_eq!(
        texts(
            "SELECT CONCAT_WS('|', HEX(id), HEX(doctor_id), seat_in_use, HEX(patient_in_use), starts_at, ends_at, HEX(changed_by))
             FROM booking WHERE seat_in_use IS NOT NULL ORDER BY id"
        )
        .await,
        time
    );
    // Outcomes are told from their requests, the others as they were; numbers and owners stay.
    assert_eq!(
        texts("SELECT CONCAT_WS('|', seq, kind, document) FROM partition_event ORDER BY seq").await,
        ["1|parked|{}", "2|outcome|{}"]
    );
    let kept: u64 = sqlx::query_scalar("SELECT kept_from FROM partition_state WHERE id = 0")
        .fetch_optional(pool)
        .await
        .expect("kept from")
        .unwrap_or(1);
    assert_eq!(kept, 1);
}
