//! The engine behind TLS with a certificate of a private authority, with a name and password or a key: believed where the
//! authority is, and refused otherwise.

use docde_tests::tls::TlsFront;
use platform::search::{Client, SearchConfig};

use crate::stage::{monday, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_with_a_private_authority_and_credentials_reaches_the_engine() {
    let mut world = world(monday()).await;
    let front = TlsFront::before(world.setting("SEARCH_URL")).await;
    world.set("SEARCH_URL", &front.url());
    let ask = async |world: &docde_tests::World| {
        let config = SearchConfig::from_env(&world.env()).expect("settings").expect("an engine");
        let client = Client::new(&config).expect("a client");
        client.server().await.map(|server| server.distribution.clone())
    };
    assert!(
        ["opensearch", "elasticsearch"].contains(&ask(&world).await.expect("an answer").as_str())
    );
    world.set("SEARCH_USER", "docde");
    world.set("SEARCH_PASSWORD", "a secret");
    ask(&world).await.expect("an answer");
    assert_eq!(front.authorization(), Some("Basic ZG9jZGU6YSBzZWNyZXQ=".to_owned()));
    world.set("SEARCH_USER", "");
    world.set("SEARCH_API_KEY", "YWI6Y2Q=");
    ask(&world).await.expect("an answer");
    assert_eq!(front.authorization(), Some("ApiKey YWI6Y2Q=".to_owned()));
    // A certificate for 127.0.0.1 is none for localhost.
    world.set("SEARCH_URL", &front.url().replace("127.0.0.1", "localhost"));
    let refused = ask(&world).await.expect_err("another name");
    assert!(refused.to_string().contains("certificate"), "{refused}");
    world.finish().await;
}
