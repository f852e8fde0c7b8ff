//! The world of one test and the services in it.

use platform::Failure;
use platform::clock::Clock;
use platform::config::Env;
use platform::health::Readiness;
use platform::lifecycle::Shutdown;
use platform::service::{Context, supervise};
use platform::tasks::Tasks;
use platform::topology;
use serde_json::{Value, json};
use sqlx::MySqlPool;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::end::{Kind, Started};
use crate::management::Management;
use crate::proxy::{Proxy, Wire};
use crate::queues::of_commands;
use crate::wait::until;

/// Partitions of a test's vhost.
pub const PARTITIONS: u16 = 2;

/// A running service.
pub struct Service {
    pub address: SocketAddr,
    pub shutdown: Shutdown,
    pub readiness: Readiness,
    pub tasks: Tasks,
    task: JoinHandle<Result<(), Failure>>,
    /// Its way to the broker, where it goes by one.
    wire: Option<Proxy>,
}

impl Service {
    /// The service's own end, which is the error of a failed task where nobody stops it.
    pub async fn ended(self) -> Result<(), Failure> {
        self.task.await.expect("the service's own task")
    }

    /// Soft shutdown, to the end, which must be a good one.
    pub async fn stop(self) {
        self.shutdown.stop();
        self.task.await.expect("a service that does not panic").expect("a clean end");
    }

    /// As good as a kill inside one process: nothing more is done, nothing is said. For that a worker's wire to the broker
    /// is cut first: its client would say goodbye in an order in which no owner of a partition may.
    pub async fn kill(self) {
        if let Some(wire) = &self.wire {
            wire.set(Wire::Down);
        }
        self.task.abort();
        self.shutdown.stop_hard();
        let _ = self.task.await;
    }
}

/// One test's own system.
pub struct World {
    pub pool: MySqlPool,
    pub clock: Clock,
    pub http: reqwest::Client,
    pub vhost: String,
    settings: BTreeMap<String, String>,
    management: Management,
    pub(crate) database: String,
    pub(crate) admin: MySqlPool,
    /// All that was started, for the end of the test.
    pub(crate) started: Mutex<Vec<Started>>,
}

/// What `./dev test` says of its servers.
///
/// # Panics
/// Where it was not started by that.
pub fn from_environment(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run the tests with `./dev test`, which builds and starts what they need"))
}

impl World {
    /// A world whose clock shows the host's time.
    pub async fn new() -> Self {
        Self::at(Clock::host()).await
    }

    /// A world with another clock.
    pub async fn at(clock: Clock) -> Self {
        let name = format!("docde_test_{}", Uuid::now_v7().simple());
        let admin_url = url::Url::parse(&from_environment("DATABASE_URL")).expect("DATABASE_URL");
        let admin = platform::database::pool_of(admin_url.as_str(), 2).expect("DATABASE_URL");
        let create = format!("CREATE DATABASE {name}");
        sqlx::query(sqlx::AssertSqlSafe(create))
            .execute(&admin)
            .await
            .expect("create the test's database");
        let mut database = admin_url.clone();
        database.set_path(&name);
        let pool = platform::database::pool_of(database.as_str(), 4).expect("the test's database");
        platform::database::MIGRATIONS.run(&pool).await.expect("migrations");
        for partition in 0..PARTITIONS {
            sqlx::query("INSERT INTO partition_state (id) VALUES (?)")
                .bind(partition)
                .execute(&pool)
                .await
                .expect("partition");
        }
        let mut amqp = url::Url::parse(&from_environment("AMQP_URL")).expect("AMQP_URL");
        amqp.set_path(&name);
        let settings = [
            ("DATABASE_URL", database.to_string()),
            ("AMQP_URL", amqp.to_string()),
            ("RABBITMQ_UI_URL", from_environment("RABBITMQ_UI_URL")),
            ("REDIS_URL", from_environment("REDIS_URL")),
            ("DOCDE_REDIS_PREFIX", format!("{name}:")),
            ("DOCDE_JWT_HS256_SECRET", "a secret of tests, 32 bytes long".to_owned()),
            ("DOCDE_SEAL_KEYS", "t1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".to_owned()),
            ("DOCDE_RATE_PER_ACCOUNT", "0".to_owned()),
            ("DOCDE_DIRECTORY_MS", "1000".to_owned()),
            ("DOCDE_PEAK", "00:00-00:00".to_owned()),
        ];
        let settings: BTreeMap<_, _> =
            settings.map(|(name, value)| (name.to_owned(), value)).into();
        let management = Management::of_env(&Env::from_pairs(settings.clone()));
        management.make_vhost(&name, &topology()).await;
        Self {
            pool,
            clock,
            http: reqwest::Client::new(),
            vhost: name.clone(),
            settings,
            management,
            database: name,
            admin,
            started: Mutex::default(),
        }
    }

    /// Settings of services started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.insert(name.to_owned(), value.to_owned());
    }

    pub fn env(&self) -> Env {
        Env::from_pairs(self.settings.clone())
    }

    /// All settings, for a service that is a process.
    pub fn settings(&self) -> &BTreeMap<String, String> {
        &self.settings
    }

    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Administrator of the broker.
    pub fn management(&self) -> &Management {
        &self.management
    }

    pub async fn ingress(&self) -> Service {
        let config = ingress::Config::from_env(&self.env()).expect("ingress settings");
        self.start(Kind::Ingress, |listener, context| ingress::run(config, listener, context)).await
    }

    pub async fn worker(&self) -> Service {
        let url = self.setting("AMQP_URL");
        let wire = Proxy::before(url).await;
        let mut settings = self.settings.clone();
        settings.insert("AMQP_URL".to_owned(), wire.url(url));
        let config =
            workers::Config::from_env(&Env::from_pairs(settings)).expect("worker settings");
        let service = self
            .start(Kind::Other, |listener, context| workers::run(config, listener, context))
            .await;
        Service { wire: Some(wire), ..service }
    }

    pub async fn notifier(&self) -> Service {
        let config = notifier::Config::from_env(&self.env()).expect("notifier settings");
        self.start(Kind::Other, |listener, context| notifier::run(config, listener, context)).await
    }

    pub async fn indexer(&self) -> Service {
        let config = indexer::Config::from_env(&self.env()).expect("indexer settings");
        self.start(Kind::Other, |listener, context| indexer::run(config, listener, context)).await
    }

    async fn start<F>(&self, kind: Kind, run: impl FnOnce(TcpListener, Context) -> F) -> Service
    where
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("the port");
        let context = Context::new(self.clock.clone());
        let (shutdown, readiness) = (context.shutdown.clone(), context.readiness.clone());
        let tasks = context.tasks.clone();
        let mut running = Box::pin(run(listener, context.clone()));
        let mut task = tokio::spawn(async move { supervise(running.as_mut(), &context).await });
        let started = Started { kind, shutdown: shutdown.clone(), task: task.abort_handle() };
        self.started.lock().expect("the list").push(started);
        tokio::select! {
            result = &mut task => panic!("the service ended at its start: {result:?}"),
            () = until("a service to be ready", async || readiness.is_ready().then_some(())) => {}
        }
        Service { address, shutdown, readiness, tasks, task, wire: None }
    }

    /// Waits until every partition has an owner, who consumes both of its queues.
    pub async fn owned(&self) {
        until("every partition to be consumed", async || {
            let queues = self.management.queues().await;
            let consumed = |queue: &&Value| {
                queue["name"].as_str().is_some_and(|name| name.starts_with("docde.p"))
                    && queue["consumers"].as_u64() > Some(0)
            };
            (queues.iter().filter(consumed).count() == of_commands().count()).then_some(())
        })
        .await;
    }
}

fn topology() -> Value {
    json!({
        "exchanges": topology::exchanges(),
        "queues": topology::queues(PARTITIONS),
        "bindings": topology::bindings(PARTITIONS),
    })
}
