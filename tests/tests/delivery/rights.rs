//! The broker's users as `rabbitmq/definitions.json` has them, on the test's own vhost: people may look and not touch, and each
//! service gets by with its least rights.

use docde_tests::{Socket, World, api};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::loads::Spine;

/// Users of a test, made from the file under names of their own; removed at its end.
struct Users<'w> {
    world: &'w World,
    suffix: String,
    password: String,
    file: Value,
}

impl<'w> Users<'w> {
    fn of(world: &'w World) -> Self {
        let file =
            serde_json::from_str(include_str!("../../../rabbitmq/definitions.json")).expect("JSON");
        let suffix = Uuid::new_v4().simple().to_string();
        Self { world, password: format!("pw-{suffix}"), suffix, file }
    }

    fn entry(&self, list: &str, label: &str, user: &str) -> &Value {
        let mut entries = self.file[list].as_array().expect("a list").iter();
        entries
            .find(|entry| entry[label] == *user)
            .unwrap_or_else(|| panic!("{user} is not in {list}"))
    }

    /// Makes one; its name.
    async fn make(&self, user: &str) -> String {
        let name = format!("{user}-{}", self.suffix);
        let management = self.world.management();
        let tags: Vec<_> = self.entry("users", "name", user)["tags"]
            .as_array()
            .expect("tags")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let account = json!({"password": self.password, "tags": tags.join(",")});
        let (status, _) =
            management.call(Method::PUT, &format!("/api/users/{name}"), Some(&account)).await;
        assert!(status < 300, "{status}");
        let rights = self.entry("permissions", "user", user);
        let rights = json!({"configure": rights["configure"], "write": rights["write"], "read": rights["read"]});
        let (status, _) = management
            .call(
                Method::PUT,
                &format!("/api/permissions/{}/{name}", self.world.vhost),
                Some(&rights),
            )
            .await;
        assert!(status < 300, "{status}");
        name
    }

    /// `AMQP_URL` as that user.
    fn url(&self, name: &str) -> String {
        let mut url = url::Url::parse(self.world.setting("AMQP_URL")).expect("AMQP_URL");
        url.set_username(name).expect("a user");
        url.set_password(Some(&self.password)).expect("a password");
        url.to_string()
    }
}

#[tokio::test]
async fn an_operator_may_look_and_not_touch() {
    let world = World::new().await;
    let users = Users::of(&world);
    let name = users.make("operator").await;
    let operator = world.management().of(&name, &users.password);
    let vhost = &world.vhost;
    let (status, queues) = operator.call(Method::GET, &format!("/api/queues/{vhost}"), None).await;
    assert_eq!(status, 200, "{queues}");
    assert_eq!(queues.as_array().expect("queues").len(), 6, "{queues}");
    assert_eq!(operator.call(Method::GET, "/api/overview", None).await.0, 200);
    let get = json!({"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"});
    let send = json!({"properties": {}, "routing_key": "doctor.p00.x", "payload": "x", "payload_encoding": "string"});
    let policy = json!({"pattern": ".*", "definition": {"max-length": 1}, "apply-to": "queues"});
    let touches = [
        (Method::POST, format!("/api/queues/{vhost}/docde.dead/get"), Some(&get)),
        (Method::POST, format!("/api/queues/{vhost}/docde.p00/get"), Some(&get)),
        (Method::DELETE, format!("/api/queues/{vhost}/docde.p00/contents"), None),
        (Method::DELETE, format!("/api/queues/{vhost}/docde.dead/contents"), None),
        (Method::DELETE, format!("/api/queues/{vhost}/docde.p00"), None),
        (Method::POST, format!("/api/exchanges/{vhost}/docde.commands/publish"), Some(&send)),
        (Method::DELETE, format!("/api/exchanges/{vhost}/docde.commands"), None),
        (Method::PUT, format!("/api/policies/{vhost}/mine"), Some(&policy)),
        (Method::DELETE, format!("/api/vhosts/{vhost}"), None),
    ];
    for (method, path, body) in &touches {
        let (status, answer) = operator.call(method.clone(), path, *body).await;
        // Where the API passes on what the broker said, its own status is 400.
        let refused = [401, 403].contains(&status)
            || answer["reason"].as_str().is_some_and(|why| why.starts_with("403 ACCESS_REFUSED"));
        assert!(refused, "{method} {path}: {status} {answer}");
    }
    assert_eq!(world.management().queues().await.len(), 6, "all is still there");
    // The same calls are good ones, so it was for lack of rights: who has them all is refused none of them, but the look
    // into a queue that has one consumer at a time, which RabbitMQ refuses to everybody.
    let breakglass = users.make("breakglass").await;
    let administrator = world.management().of(&breakglass, &users.password);
    for (method, path, body) in &touches {
        let (status, answer) = administrator.call(method.clone(), path, *body).await;
        if path.ends_with("docde.p00/get") {
            let why = answer["reason"].as_str().unwrap_or_default();
            assert!(why.starts_with("405 RESOURCE_LOCKED"), "{method} {path}: {status} {answer}");
        } else {
            assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        }
    }
    for name in [name, breakglass] {
        world.management().delete(&format!("/api/users/{name}")).await;
    }
    world.finish_unaudited("the administrator has deleted the vhost").await;
}

#[tokio::test]
async fn each_service_gets_by_with_its_own_rights_and_has_no_others() {
    let mut world = World::new().await;
    let (mut names, mut urls) = (Vec::new(), Vec::new());
    for user in ["ingress", "worker", "notifier"] {
        let users = Users::of(&world);
        let name = users.make(user).await;
        urls.push(users.url(&name));
        names.push(name);
    }
    world.set("AMQP_URL", &urls[0]);
    let ingress = world.ingress().await;
    world.set("AMQP_URL", &urls[1]);
    let worker = world.worker().await;
    world.set("AMQP_URL", &urls[2]);
    let spine = Spine { ingress, worker, notifier: world.notifier().await };
    world.owned().await;
    let (doctor, patient) = (world.doctor().await, world.patient().await);
    let mut socket = Socket::open(&spine.notifier, &patient, None).await;
    let answer = world
        .book(&spine.ingress, &patient, &doctor, doctor.on(&world, 2, "10:00"), &api::key())
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(socket.outcome().await["request"], answer.json);
    for (url, queue) in [
        (&urls[0], "docde.p00"),
        (&urls[0], "docde.p00.desk"),
        (&urls[0], "docde.dead"),
        (&urls[2], "docde.p01"),
        (&urls[2], "docde.dead"),
    ] {
        world.set("AMQP_URL", url);
        let broker =
            platform::broker::Broker::from_env(&world.env(), "tests", 1).expect("AMQP_URL");
        let channel = broker.channel().await.expect("a channel");
        assert!(channel.consume(queue, 1).await.is_err(), "{queue} is the workers'");
    }
    world.ends_with(&[]).await;
    for name in names {
        world.management().delete(&format!("/api/users/{name}")).await;
    }
    world.remove().await;
}
