//! Metrics of every service, named once, here. Labels hold partitions, kinds and codes, never people.

use prometheus::{
    HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, TextEncoder,
    register_histogram_vec, register_int_counter, register_int_counter_vec, register_int_gauge,
    register_int_gauge_vec,
};
use std::sync::LazyLock;

macro_rules! metric {
    ($(#[$meta:meta] $name:ident: $kind:ty = $make:expr;)+) => {$(
        #[$meta]
        pub static $name: LazyLock<$kind> = LazyLock::new(|| match $make {
            Ok(metric) => metric,
            Err(error) => panic!("metric {}: {error}", stringify!($name)),
        });
    )+};
}

metric! {
    /// Publishes by their end: confirmed, `not_accepted`, unknown, busy.
    PUBLISHED: IntCounterVec = register_int_counter_vec!("docde_published_commands_total", "Commands published, by end", &["end"]);
    /// Commands whose publish was begun and not yet answered.
    PUBLISHING: IntGauge = register_int_gauge!("docde_publishing_commands", "Commands between ingress and the broker's confirm");
    /// Answers to commands, by state or code.
    ANSWERS: IntCounterVec = register_int_counter_vec!("docde_answers_total", "Answers to commands over HTTP", &["answer"]);
    /// E-mails by what became of a try: sent, again, refused, expired.
    MAILS: IntCounterVec = register_int_counter_vec!("docde_mails_total", "E-mails, by what became of a try", &["end"]);
    /// Refusals from the availability cache, before the queue.
    CACHE_REFUSALS: IntCounterVec = register_int_counter_vec!("docde_cache_refusals_total", "Slots refused from the availability cache", &["source"]);
    /// Decisions by partition and outcome (confirmed, a code, expired, parked, duplicate).
    DECIDED: IntCounterVec = register_int_counter_vec!("docde_decided_total", "Commands decided", &["partition", "outcome"]);
    /// Accepted to decided, seconds: the critical time.
    CRITICAL_TIME: HistogramVec = register_histogram_vec!("docde_critical_seconds", "From acceptance to decision", &["partition"],
        vec![0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0]);
    /// Commands that wait in a partition, as its owner reckons when it takes a batch.
    BACKLOG: IntGaugeVec = register_int_gauge_vec!("docde_backlog_commands", "Commands that wait behind the batch in hand", &["partition"]);
    /// Commands a batch.
    BATCH: HistogramVec = register_histogram_vec!("docde_batch_commands", "Commands decided in one transaction", &["partition"],
        vec![1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0]);
    /// The conservation equation (invariant 6), each term a gauge: acked, received, confirmed ...
    CONSERVATION: IntGaugeVec = register_int_gauge_vec!("docde_conservation", "Terms of accepted = confirmed + rejected + expired + in flight", &["partition", "term"]);
    /// Commands known lost: any value but 0 is an alarm.
    LOST: IntGaugeVec = register_int_gauge_vec!("docde_lost_commands", "Confirmed to a publisher, never arrived", &["partition"]);
    /// Batches refused because another worker had taken the partition over.
    STALE: IntCounterVec = register_int_counter_vec!("docde_stale_epoch_total", "Batches rolled back for an old epoch", &["partition"]);
    /// Batches that the database rolled back for a deadlock or a lock wait, to be decided again.
    BATCHES_AGAIN: IntCounterVec = register_int_counter_vec!("docde_batches_again_total", "Batches rolled back for a deadlock or a lock wait", &["partition"]);
    /// Messages that came again.
    REDELIVERED: IntCounterVec = register_int_counter_vec!("docde_redelivered_total", "Messages that the broker delivered again", &["partition"]);
    /// Partitions that this worker owns.
    OWNED: IntGauge = register_int_gauge!("docde_owned_partitions", "Partitions owned by this worker");
    /// How far the host's clock is surely ahead of the database's, milliseconds: negative when behind.
    CLOCK_AHEAD: IntGauge = register_int_gauge!("docde_clock_ahead_ms", "Milliseconds that this worker's host clock is ahead of the database's");
    /// Estimates of waits that were held against the wait: `within` is `p50`, `p90` or `none`, the lowest that held.
    WAIT_ESTIMATES: IntCounterVec = register_int_counter_vec!("docde_wait_estimates_total", "Estimates of waits on joining a line, by the lowest bound that held", &["partition", "within"]);
    /// Levers that are set, by name: 1 for those that are only on.
    LEVERS: IntGaugeVec = register_int_gauge_vec!("docde_lever", "Value of a lever that an operator has set", &["lever"]);
    /// Open sockets.
    SOCKETS: IntGauge = register_int_gauge!("docde_sockets", "Open WebSocket connections");
    /// Open sockets of public boards.
    BOARD_SOCKETS: IntGauge = register_int_gauge!("docde_board_sockets", "Open WebSocket connections of public boards");
    /// Sockets closed, by close code.
    SOCKETS_CLOSED: IntCounterVec = register_int_counter_vec!("docde_sockets_closed_total", "WebSocket connections closed", &["code"]);
    /// Doctors' days that the indexer was told have changed.
    INDEX_DAYS: IntCounter = register_int_counter!("docde_index_days_changed_total", "Changed doctor days seen by the indexer");
    /// Hospitals whose documents are to be written, by index: live or `making`.
    INDEX_WAITING: IntGaugeVec = register_int_gauge_vec!("docde_index_waiting_hospitals", "Hospitals whose documents wait to be written", &["index"]);
    /// How long the index has been behind, milliseconds; 0 while nothing waits.
    INDEX_BEHIND: IntGauge = register_int_gauge!("docde_index_behind_ms", "Milliseconds since the index was last up to date");
    /// Documents that the engine will not take as they are.
    INDEX_PARKED: IntGauge = register_int_gauge!("docde_index_parked_hospitals", "Hospitals whose documents the search engine refuses");
    /// Documents written, by what the engine said: done, again, refused.
    INDEX_WRITTEN: IntCounterVec = register_int_counter_vec!("docde_index_written_total", "Documents sent to the search engine, by end", &["end"]);
    /// Searches by how they were answered: engine, database, busy.
    SEARCHES: IntCounterVec = register_int_counter_vec!("docde_searches_total", "Searches and suggestions, by who answered", &["by"]);
    /// Committed events that the indexer has not seen: what the freshness of search will rest on.
    INDEX_LAG: IntGaugeVec = register_int_gauge_vec!("docde_index_seen_lag_events", "Committed events not yet seen by the indexer", &["partition"]);
}

/// The Prometheus text of all that was used so far.
pub fn render() -> String {
    TextEncoder::new().encode_to_string(&prometheus::gather()).unwrap_or_default()
}
