//! The shapes of search, which are answered as they stand here.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of hits.
#[derive(Serialize, ToSchema)]
pub struct Hits {
    pub items: Vec<Hit>,
    pub next_cursor: Option<String>,
    #[schema(format = DateTime)]
    pub as_of: String,
    /// True: the search engine is away. The database answers, by name, region, department and type alone.
    pub degraded: bool,
    /// Members of the query that this answer could not take into account.
    pub ignored: Vec<&'static str>,
    pub total: Option<Total>,
    /// On the first page of an answer that is not degraded.
    pub facets: Option<Facets>,
}

/// How many there are.
#[derive(Serialize, ToSchema)]
pub struct Total {
    pub count: u64,
    /// False: there are more, which were not counted.
    pub exact: bool,
}

/// How many hits there are of each value, the most frequent first.
#[derive(Serialize, ToSchema)]
pub struct Facets {
    pub departments: Vec<Facet>,
    pub types: Vec<Facet>,
    pub sido: Vec<Facet>,
    pub sigungu: Vec<Facet>,
    /// `yes`, `no`, `unknown`.
    pub open_sunday: Vec<Facet>,
    pub open_night: Vec<Facet>,
    /// `known` where a doctor has a schedule, else `unknown`.
    pub availability: Vec<Facet>,
}

/// A value and its hits.
#[derive(Serialize, ToSchema)]
pub struct Facet {
    pub value: String,
    pub count: u64,
}

/// A hospital that was found. What is not known is null, never guessed.
#[derive(Serialize, ToSchema)]
pub struct Hit {
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub address: String,
    pub sido: String,
    pub sigungu: String,
    pub phone: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub departments: Vec<String>,
    pub zone: String,
    /// Where a point was given.
    pub distance_km: Option<f64>,
    pub open_now: Option<bool>,
    pub open_saturday: Option<bool>,
    pub open_sunday: Option<bool>,
    pub open_night: Option<bool>,
    /// Opening hours of each known day (`mon` ..), minutes of the day; past midnight beyond 1440.
    #[schema(value_type = Option<Object>)]
    pub hours: Option<Value>,
    pub rating: Option<f64>,
    /// `known` where a doctor has a schedule, else `unknown`.
    pub availability: &'static str,
    /// At most 20 of them, those with free time first.
    pub doctors: Vec<HitDoctor>,
    /// The name in parts, where a part of it was looked for.
    pub highlights: Vec<Part>,
    /// When free time and hours were right.
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// A doctor of a hit.
#[derive(Serialize, ToSchema)]
pub struct HitDoctor {
    pub id: Uuid,
    pub name: String,
    pub department: String,
    /// Free starts of a first visit, on the day that was asked for or else within 30 days; null where there is no schedule.
    pub free_slots: Option<u64>,
    /// The first day with any.
    #[schema(format = Date)]
    pub next_free_on: Option<String>,
}

/// A piece of a text.
#[derive(Clone, Serialize, ToSchema)]
pub struct Part {
    pub text: String,
    pub hit: bool,
}

/// What a beginning may become.
#[derive(Serialize, ToSchema)]
pub struct Suggestions {
    pub items: Vec<Suggestion>,
    #[schema(format = DateTime)]
    pub as_of: String,
    /// True: the search engine is away, and departments alone are suggested.
    pub degraded: bool,
}

/// One of them.
#[derive(Serialize, ToSchema)]
pub struct Suggestion {
    /// `hospital` or `department`.
    pub r#type: &'static str,
    pub text: String,
    /// Of a hospital.
    pub id: Option<Uuid>,
    /// Its region, which tells it from others of the same name.
    pub region: Option<String>,
}
