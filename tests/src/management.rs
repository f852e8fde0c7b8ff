//! The broker's management API as a test uses it, as an administrator: calls that must be answered, and the vhost that a
//! test makes and removes.

use platform::config::Env;
use reqwest::Method;
use serde_json::{Value, json};

/// The client of the platform, for a world that is broken where it does not answer.
#[derive(Clone, Debug)]
pub struct Management(platform::management::Management);

impl Management {
    /// As the user of `AMQP_URL`, for its vhost.
    ///
    /// # Panics
    /// Where `AMQP_URL` or `RABBITMQ_UI_URL` is missing or not valid.
    pub fn of_env(env: &Env) -> Self {
        Self(platform::management::Management::from_env(env).expect("the broker's addresses"))
    }

    /// The same API as another user.
    #[must_use]
    pub fn of(&self, user: &str, password: &str) -> Self {
        Self(self.0.as_user(user, password))
    }

    /// A call; status and body.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let (status, body) = self.0.call(method, path, body).await.expect("the management API");
        (status.as_u16(), body)
    }

    /// Deletes what the path names; the status.
    pub async fn delete(&self, path: &str) -> u16 {
        self.call(Method::DELETE, path, None).await.0
    }

    /// The vhost's queues; none where the API refuses.
    pub async fn queues(&self) -> Vec<Value> {
        self.0.queues().await.unwrap_or_default()
    }

    /// Makes a vhost with exchanges, queues and bindings, and full rights on it for the administrator.
    pub async fn make_vhost(&self, name: &str, topology: &Value) {
        let rights = json!({"configure": ".*", "write": ".*", "read": ".*"});
        let permissions = format!("/api/permissions/{name}/{}", self.0.user());
        for (method, path, body) in [
            (Method::PUT, format!("/api/vhosts/{name}"), &json!({})),
            (Method::PUT, permissions, &rights),
            (Method::POST, format!("/api/definitions/{name}"), topology),
        ] {
            let (status, answer) = self.call(method, &path, Some(body)).await;
            assert!(status < 300, "{path}: {status} {answer}");
        }
    }

    /// Removes a vhost with all that is in it.
    pub async fn remove_vhost(&self, name: &str) {
        self.delete(&format!("/api/vhosts/{name}")).await;
    }
}
