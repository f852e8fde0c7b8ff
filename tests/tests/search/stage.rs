//! A world with a search engine, an ingress and an indexer, hospitals made to order, and the calls that the tests make most.

use docde_tests::wait::until_within;
use docde_tests::world::{Service, from_environment};
use docde_tests::{Answer, World, until};
use domain::ids::HospitalId;
use platform::clock::Clock;
use platform::search::{Client, SearchConfig, revision_store};
use platform::seed::{HospitalSeed, store};
use serde_json::Value;
use std::time::Duration;

/// The engine is installed and started beside everything else; the first test waits for it.
const ENGINE_STARTS: Duration = Duration::from_mins(5);

/// What a hospital is to be.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub name: &'static str,
    pub kind: &'static str,
    pub departments: &'static str,
    pub sido: &'static str,
    pub sigungu: &'static str,
    pub location: Option<(f64, f64)>,
    pub details: &'static str,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            name: "시험의원",
            kind: "의원",
            departments: "내과",
            sido: "서울",
            sigungu: "강남구",
            location: Some((37.5, 127.0)),
            details: "{}",
        }
    }
}

/// A world and what runs in it.
pub struct Stage {
    pub world: World,
    pub ingress: Service,
    pub client: Client,
}

/// A world whose services know the engine.
pub async fn world(clock: Clock) -> World {
    let url = from_environment("SEARCH_URL");
    let mut world = World::at(clock).await;
    world.set("SEARCH_URL", &url);
    let prefix = format!("{}-", world.vhost);
    world.set("DOCDE_SEARCH_PREFIX", &prefix);
    // The machine may be busy with other tests: an answer that comes late is the engine's all the same.
    world.set("DOCDE_SEARCH_TIMEOUT_MS", "10000");
    let client = client(&world);
    until_within("the search engine to answer", ENGINE_STARTS, async || {
        client.server().await.ok().map(drop)
    })
    .await
    .expect("a search engine: see log/search-setup.log and log/search.log of the set");
    world
}

pub fn client(world: &World) -> Client {
    let config = SearchConfig::from_env(&world.env()).expect("settings").expect("an engine");
    Client::new(&config).expect("a client")
}

/// Monday, ten o'clock in Seoul; the clock stands.
pub fn monday() -> Clock {
    Clock::starting(domain::time::parse("2026-11-23T10:00:00+09:00").expect("a time"), 0.0)
}

impl Stage {
    /// With an ingress, and an indexer that has made its index.
    pub async fn new() -> Self {
        Self::of(world(monday()).await).await
    }

    pub async fn of(world: World) -> Self {
        let (client, ingress) = (client(&world), world.ingress().await);
        world.indexer().await;
        let stage = Self { world, ingress, client };
        stage.searched().await;
        stage
    }

    /// Waits until an index is searched.
    pub async fn searched(&self) {
        until("an index to be searched", async || {
            let indexes = self.client.indexes().await.ok()?;
            indexes.iter().any(|index| index.live).then_some(())
        })
        .await;
    }

    pub async fn hospital(&self, place: Place) -> HospitalId {
        self.hospitals(&[place]).await[0]
    }

    /// Makes them and waits until all are found.
    pub async fn hospitals(&self, places: &[Place]) -> Vec<HospitalId> {
        let ids = make(&self.world, places).await;
        self.in_step().await;
        ids
    }

    /// Waits until the index is what the database says.
    pub async fn in_step(&self) {
        until("the index to be in step", async || self.difference().await.is_good().then_some(()))
            .await;
        let live =
            self.client.indexes().await.expect("indexes").into_iter().find(|index| index.live);
        self.client.refresh(&live.expect("a live index").name).await.expect("a refresh");
    }

    /// One comparison of index and database.
    pub async fn difference(&self) -> cli::index::verify::Report {
        cli::index::verify::compare(&self.world.pool, &self.client, &self.world.clock)
            .await
            .unwrap_or_else(|error| panic!("the comparison: {error}"))
    }

    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        let url = format!("http://{}{path}", self.ingress.address);
        let url = reqwest::Url::parse_with_params(&url, query).expect("a URL");
        let response = self.world.http.get(url).send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, json }
    }

    pub async fn search(&self, query: &[(&str, &str)]) -> Answer {
        self.get("/v1/hospitals/search", query).await
    }

    /// Names of the hits, in their order.
    pub async fn names(&self, query: &[(&str, &str)]) -> Vec<String> {
        let answer = self.search(query).await;
        assert_eq!(
            (answer.status, &answer.json["degraded"]),
            (200, &Value::Bool(false)),
            "{query:?} {}",
            answer.text
        );
        let items = answer.json["items"].as_array().expect("items");
        items.iter().map(|item| item["name"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Renames a hospital, as a writer does that is no worker.
    pub async fn rename(&self, hospital: HospitalId, name: &str) {
        let mut transaction = self.world.pool.begin().await.expect("a transaction");
        sqlx::query("UPDATE hospital SET name = ? WHERE id = ?")
            .bind(name)
            .bind(hospital.uuid())
            .execute(&mut *transaction)
            .await
            .expect("a new name");
        revision_store::raise(&mut transaction, &[hospital]).await.expect("a revision");
        transaction.commit().await.expect("a commit");
    }

    /// Ends the test and takes its indexes away.
    pub async fn finish(self) {
        let Self { world, client, .. } = self;
        world.ends_with(&[]).await;
        world.remove().await;
        remove_indexes(&client).await;
    }
}

pub async fn remove_indexes(client: &Client) {
    for index in client.indexes().await.expect("indexes") {
        client.remove_index(&index.name).await.expect("gone");
    }
}

/// Makes hospitals.
pub async fn make(world: &World, places: &[Place]) -> Vec<HospitalId> {
    let seed = |place: &Place| HospitalSeed {
        kind: place.kind.to_owned(),
        sido: place.sido.to_owned(),
        sigungu: place.sigungu.to_owned(),
        location: place.location,
        ..HospitalSeed::clinic(HospitalId::generate(), place.name)
    };
    let seeds: Vec<HospitalSeed> = places.iter().map(seed).collect();
    let mut transaction = world.pool.begin().await.expect("a transaction");
    store::add_hospitals(&mut transaction, &seeds).await.expect("hospitals");
    for (seed, place) in seeds.iter().zip(places) {
        sqlx::query("UPDATE hospital SET departments = ?, details = ? WHERE id = ?")
            .bind(place.departments)
            .bind(place.details)
            .bind(seed.id.uuid())
            .execute(&mut *transaction)
            .await
            .expect("departments");
    }
    transaction.commit().await.expect("a commit");
    seeds.into_iter().map(|seed| seed.id).collect()
}
