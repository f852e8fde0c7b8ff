//! Settings and mappings of an index. Names are indexed in the forms that `document_fields` makes of them, so that the
//! engine needs nothing but its n-gram tokenizer; words are taken apart by nori where the server has it.

use serde_json::{Value, json};

use super::about::Server;

/// Rises with every change of what a document holds or how it is indexed: an index of another number is replaced.
pub const SCHEMA: u64 = 3;

/// The body that makes an index.
pub fn body(server: &Server) -> Value {
    let words = if server.nori { json!({"type": "nori"}) } else { json!({"type": "standard"}) };
    let pieces = |least: u8, most: u8| json!({"type": "ngram", "min_gram": least, "max_gram": most, "token_chars": ["letter", "digit"]});
    json!({
        "settings": {"index": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            // What is written is found after this, at the latest; naming it also keeps the index from falling asleep.
            "refresh_interval": "500ms",
            "max_ngram_diff": 1,
            "analysis": {
                "tokenizer": {"pieces": pieces(2, 3), "pairs": pieces(2, 2), "triples": pieces(3, 3)},
                "filter": {"beginnings": {"type": "edge_ngram", "min_gram": 1, "max_gram": 24}},
                "analyzer": {
                    "pieces": {"type": "custom", "tokenizer": "pieces"},
                    "pairs": {"type": "custom", "tokenizer": "pairs"},
                    "triples": {"type": "custom", "tokenizer": "triples"},
                    "beginnings": {"type": "custom", "tokenizer": "keyword", "filter": ["beginnings"]},
                    "whole": {"type": "custom", "tokenizer": "keyword"},
                    "words": words,
                },
            },
        }},
        "mappings": {"_meta": {"schema": SCHEMA}, "dynamic": false, "properties": properties()},
    })
}

fn properties() -> Value {
    let keyword = || json!({"type": "keyword"});
    let text = |analyzer: &str| json!({"type": "text", "analyzer": analyzer});
    let beginnings = || json!({"type": "text", "analyzer": "beginnings", "search_analyzer": "whole", "norms": false});
    json!({
        "id": keyword(),
        "name": text("words"),
        "forms": keyword(),
        "form_letters": keyword(),
        "pieces": text("pieces"),
        "letters": text("triples"),
        "initials": keyword(),
        "initial_pairs": text("pairs"),
        "beginnings": beginnings(),
        "initial_beginnings": beginnings(),
        "place": keyword(),
        "kind": keyword(),
        "departments": keyword(),
        "sido": keyword(),
        "sigungu": keyword(),
        "doctor_names": keyword(),
        "location": {"type": "geo_point"},
        "open": {"type": "integer_range"},
        "shut": {"type": "long_range"},
        "open_saturday": keyword(),
        "open_sunday": keyword(),
        "open_night": keyword(),
        "emergency": keyword(),
        "availability": keyword(),
        "free_days": keyword(),
        "rating": {"type": "float"},
        "size": {"type": "integer"},
    })
}
