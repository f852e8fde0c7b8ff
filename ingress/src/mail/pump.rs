//! Sends mails that are due. Each is claimed before it is sent, so of several ingresses one sends it; a claim ends by itself
//! when its owner has died. Between the server's 250 and our commit a crash lets the next one send it again, under the
//! same Message-ID: nothing can be told apart there, and mail programs show such a pair once.

use chrono::TimeDelta;
use domain::time::Timestamp;
use futures_util::future::join_all;
use platform::clock::Clock;
use platform::retry::{self, Retry};
use platform::seal::SealKeys;
use platform::{crash, metrics};
use sqlx::MySqlPool;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use uuid::Uuid;

use super::letter::{Letter, bound_to};
use super::mail_store::{self, Due, End};
use super::transport::{Refusal, Transport};

/// How often is looked for mails of other ingresses, and for those that are to be tried again.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Mails sent at the same time.
const AT_ONCE: u32 = 10;
/// The second try comes after so long, each further one after twice the time before, up to the longest.
const FIRST_DELAY: TimeDelta = TimeDelta::seconds(2);
const MAX_DELAY: TimeDelta = TimeDelta::minutes(10);

/// The sending task.
pub(super) struct Pump {
    pub database: MySqlPool,
    pub clock: Clock,
    pub transport: Transport,
    pub seal: Arc<SealKeys>,
    pub wake: Arc<Notify>,
    pub claim: Duration,
}

impl Pump {
    pub async fn run(self) {
        let mut retry = Retry::new("sending e-mails");
        loop {
            crash::round("mail");
            match self.send_some().await {
                Ok(0) => {
                    retry.worked();
                    let _ = tokio::time::timeout(LOOK_EVERY, self.wake.notified()).await;
                }
                Ok(_) => retry.worked(),
                Err(error) => tokio::time::sleep(retry.failed(&error)).await,
            }
        }
    }

    async fn send_some(&self) -> sqlx::Result<usize> {
        let now = self.clock.now();
        let until = now + TimeDelta::from_std(self.claim).unwrap_or(MAX_DELAY);
        let due = mail_store::claim(&self.database, Uuid::now_v7(), (now, until), AT_ONCE).await?;
        let sending = due.iter().map(|mail| self.send(mail, now));
        join_all(sending).await.into_iter().collect::<sqlx::Result<Vec<()>>>()?;
        Ok(due.len())
    }

    async fn send(&self, mail: &Due, now: Timestamp) -> sqlx::Result<()> {
        if mail.expires_at <= now {
            return self.end(mail, End::Expired, None).await;
        }
        let opened = self.seal.open(&mail.sealed, bound_to(mail.id)).ok();
        let letter: Option<Letter> = opened.and_then(|text| serde_json::from_str(&text).ok());
        let Some(letter) = letter else {
            return self.end(mail, End::Refused, Some("the sealed text does not open")).await;
        };
        let sent = self.transport.send(mail.id, &mail.recipient, &letter, self.clock.now());
        // Within the claim, or another would send it at the same time.
        let sent = tokio::time::timeout(self.claim * 2 / 3, sent).await;
        match sent.unwrap_or_else(|_| Err(Refusal::Passing("no answer in time".to_owned()))) {
            Ok(()) => {
                crash::point("mail_sent");
                self.end(mail, End::Sent, None).await
            }
            Err(Refusal::Final(error)) => self.end(mail, End::Refused, Some(&error)).await,
            Err(Refusal::Passing(error)) => {
                metrics::MAILS.with_label_values(&["again"]).inc();
                let due = self.clock.now() + delay(mail.tries);
                mail_store::later(&self.database, mail.id, due, &error).await
            }
        }
    }

    async fn end(&self, mail: &Due, end: End, error: Option<&str>) -> sqlx::Result<()> {
        // Given up, it would be sent a second time although nothing has crashed.
        retry::until_it_works("noting what became of an e-mail", || {
            mail_store::end(&self.database, mail.id, end, error, self.clock.now())
        })
        .await;
        let label = match end {
            End::Sent => "sent",
            End::Refused => "refused",
            End::Expired => "expired",
        };
        metrics::MAILS.with_label_values(&[label]).inc();
        Ok(())
    }
}

fn delay(tries: u16) -> TimeDelta {
    (FIRST_DELAY * 2_i32.pow(u32::from(tries.min(12)))).min(MAX_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest() {
        let seconds = [0, 1, 2, 8, 9, 65_535].map(|tries| delay(tries).num_seconds());
        assert_eq!(seconds, [2, 4, 8, 512, 600, 600]);
    }
}
