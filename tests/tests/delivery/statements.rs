//! What a batch costs the database, counted on the server: statements between BEGIN and COMMIT, rows and index entries.

use docde_tests::{Patient, World, api};
use sqlx::{AssertSqlSafe, Row};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

use crate::loads::{busy_doctor, crowd, decided};

/// Statements of a batch of new bookings (BEGIN and COMMIT apart), whatever its size.
const MOST: usize = 11;
const BOOKINGS: usize = 150;

/// The server's log of all that is sent to it, while it is held.
struct GeneralLog<'w>(&'w World);

impl<'w> GeneralLog<'w> {
    async fn begin(world: &'w World) -> Self {
        let log = Self(world);
        log.sql("SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; SET GLOBAL general_log = 1")
            .await;
        log
    }

    async fn sql(&self, text: &'static str) {
        sqlx::raw_sql(text).execute(&self.0.pool).await.expect("rights on the server's log");
    }

    /// What each connection sent, in order.
    async fn end(self) -> HashMap<i64, Vec<String>> {
        self.sql("SET GLOBAL general_log = 0").await;
        let rows = sqlx::query(
            "SELECT CAST(thread_id AS SIGNED) AS thread, CAST(argument AS BINARY) AS text FROM mysql.general_log
             WHERE command_type IN ('Query', 'Execute')",
        )
        .fetch_all(&self.0.pool)
        .await
        .expect("the log");
        let mut sent: HashMap<i64, Vec<String>> = HashMap::new();
        for row in rows {
            // Values of prepared statements are shown as they are, ids too.
            let text = String::from_utf8_lossy(row.get("text")).into_owned();
            sent.entry(row.get("thread")).or_default().push(text);
        }
        self.sql("TRUNCATE mysql.general_log").await;
        sent
    }
}

/// The statements of each transaction that books this doctor's time. A script's statements end with `;` and a line end,
/// which no value has in it.
fn batches(sent: &HashMap<i64, Vec<String>>, doctor: Uuid) -> Vec<Vec<String>> {
    let doctor = doctor.simple().to_string();
    let mut batches = Vec::new();
    for of_one in sent.values() {
        for transaction in of_one.split(|text| text == "BEGIN" || text == "COMMIT") {
            let statements = transaction.iter().flat_map(|text| text.split_terminator(";\n"));
            let statements: Vec<String> = statements.map(str::to_owned).collect();
            let books = |text: &String| {
                text.starts_with("INSERT INTO doctor_day") && text.contains(&doctor)
            };
            if statements.iter().any(books) {
                batches.push(statements);
            }
        }
    }
    batches
}

/// Rows of every table of the world's database.
async fn rows(world: &World) -> BTreeMap<String, usize> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
    )
    .fetch_all(&world.pool)
    .await
    .expect("tables");
    let mut rows = BTreeMap::new();
    for table in tables {
        let count = format!("SELECT COUNT(*) FROM {table}");
        let count = sqlx::query_scalar::<_, i64>(AssertSqlSafe(count)).fetch_one(&world.pool).await;
        rows.insert(table, usize::try_from(count.expect("a count")).expect("a count"));
    }
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_new_bookings_has_few_statements_and_a_booking_two_rows() {
    let world = World::new().await;
    let (ingress, doctor) = (world.ingress().await, busy_doctor(&world, 0).await);
    let patients: Vec<Patient> = world.patients(5).await;
    let before = rows(&world).await;
    crowd(&world, &ingress, &patients, std::slice::from_ref(&doctor), 0..BOOKINGS).await;

    let log = GeneralLog::begin(&world).await;
    let worker = world.worker().await;
    decided(&world, BOOKINGS).await;
    let alone = world
        .post(
            &ingress,
            &patients[0],
            "/v1/bookings",
            &api::key(),
            &crate::loads::visit(&doctor, crate::loads::slot(&world, &doctor, BOOKINGS)),
        )
        .await;
    assert_eq!(alone.status, 201, "{}", alone.text);
    worker.stop().await;
    let sent = log.end().await;
    let batches = batches(&sent, doctor.id.uuid());

    assert!(batches.len() >= 2, "one of many and one of one");
    let made = |batch: &Vec<String>| -> usize {
        let inserts = batch.iter().filter(|text| text.starts_with("INSERT INTO booking"));
        inserts.map(|text| text.matches("'booked'").count()).sum()
    };
    assert_eq!(batches.iter().map(made).sum::<usize>(), BOOKINGS + 1);
    assert!(batches.iter().map(made).max() > Some(40), "no batch was large");
    // The first asks the inbox too, and reads the ledgers and what is closed: four statements.
    for batch in &batches {
        let once = |text: &&String| {
            ["FROM publisher", "acked_gone FROM partition_state", "FROM closure"]
                .iter()
                .any(|once| text.contains(once))
        };
        let statements: Vec<&String> = batch.iter().filter(|text| !once(text)).collect();
        let begins: Vec<String> =
            statements.iter().map(|text| text.chars().take(70).collect()).collect();
        let count = statements.len();
        assert!(count <= MOST, "{} bookings, {count} statements: {begins:#?}", made(batch));
    }

    let after = rows(&world).await;
    let grown = |table: &String| after[table] - before[table];
    let many: Vec<&String> = after.keys().filter(|table| grown(table) >= BOOKINGS / 2).collect();
    assert_eq!(many, ["booking", "request"], "tables that grow with every booking");
    assert!(many.iter().all(|table| grown(table) == BOOKINGS + 1));
    let entries = world
        .count(
            "SELECT COUNT(DISTINCT table_name, index_name) FROM information_schema.statistics
             WHERE table_schema = DATABASE() AND table_name IN ('booking', 'request')",
        )
        .await;
    assert_eq!(entries, 8, "index entries of a booking");
    ingress.stop().await;
    world.finish().await;
}
