//! Where mails are handed in.

use domain::ids::MailId;
use platform::clock::Clock;
use platform::config::{ConfigError, Env};
use platform::seal::SealKeys;
use platform::tasks::Tasks;
use sqlx::{MySqlConnection, MySqlPool};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

use super::letter::{Letter, Posting, bound_to};
use super::mail_store;
use super::pump::Pump;
use super::transport::Transport;
use crate::problem::Problem;

/// How mails go out.
pub(crate) struct MailConfig {
    /// `MAIL_URL`, `DOCDE_MAIL_FROM`; `None`: mails are written and wait.
    transport: Option<Transport>,
    /// `DOCDE_MAIL_CLAIM_MS` (30000): after so long whoever claimed a mail is taken for dead.
    claim: Duration,
}

impl MailConfig {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let claim = env.number("DOCDE_MAIL_CLAIM_MS", 30_000, 1_000..=3_600_000)?;
        Ok(Self { transport: Transport::from_env(env)?, claim: Duration::from_millis(claim) })
    }
}

/// Where mails are handed in.
#[derive(Clone)]
pub(crate) struct Mailer {
    seal: Arc<SealKeys>,
    wake: Arc<Notify>,
}

impl Mailer {
    /// Sends what is written from now on, if there is a way.
    pub fn start(
        config: MailConfig,
        (database, clock, tasks): (MySqlPool, Clock, &Tasks),
        seal: &Arc<SealKeys>,
    ) -> Self {
        let mailer = Self { seal: Arc::clone(seal), wake: Arc::default() };
        if let Some(transport) = config.transport {
            let (seal, wake) = (Arc::clone(seal), Arc::clone(&mailer.wake));
            let pump = Pump { database, clock, transport, seal, wake, claim: config.claim };
            tasks.spawn("mail", pump.run());
        } else {
            tracing::warn!("MAIL_URL is not set: e-mails are written and not sent");
        }
        mailer
    }

    /// Writes a mail into the transaction of its cause.
    pub async fn write(
        &self,
        connection: &mut MySqlConnection,
        posting: &Posting<'_>,
        letter: &Letter,
    ) -> Result<(), Problem> {
        let id = MailId::generate();
        let text = serde_json::to_string(letter).map_err(Problem::internal)?;
        let sealed = self.seal.seal(&text, bound_to(id));
        let sealed = sealed.ok_or_else(|| Problem::internal("no key seals"))?;
        mail_store::add(connection, id, posting, &sealed).await?;
        Ok(())
    }

    /// The transaction is committed: there may be something to send.
    pub fn wake(&self) {
        self.wake.notify_one();
    }
}
