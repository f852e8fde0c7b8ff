//! Questions to Redis, gathered: what handlers ask while one round trip is under way goes together with the next.
//! At the peak a round trip serves dozens of requests, and costs both sides a few system calls instead of as
//! many for each. An answer that does not come in time is no answer: nothing here is waited for longer than a second.

use domain::time::{self, Timestamp};
use platform::crash;
use platform::kv::Kv;
use redis::{FromRedisValue, RedisResult, Value};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Questions that wait for their round trip; beyond it they are not asked.
const QUEUE: usize = 50_000;
/// Questions of one round trip.
const MAX_AT_ONCE: usize = 256;
/// Longest that a round trip may take.
const ROUND_TRIP_TIMEOUT: Duration = Duration::from_millis(500);
/// Longest that an answer is waited for, the queue before the round trip included.
const REPLY_TIMEOUT: Duration = Duration::from_secs(1);

/// What is asked.
#[derive(Clone)]
pub(crate) enum RedisQuery {
    /// The values of these keys.
    Read(Vec<String>),
    /// Sets the key, to live so long, unless it is there; the value that was there before.
    Claim { key: String, value: String, seconds: u64 },
    /// Notes that what was written before now may be missing.
    Since,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct RedisReply {
    /// From when on Redis holds what is written here.
    pub since: Timestamp,
    /// One for each key that was asked for.
    pub values: Vec<Option<String>>,
}

struct Question {
    query: RedisQuery,
    now: Timestamp,
    reply: oneshot::Sender<RedisReply>,
}

/// Where questions are handed in.
#[derive(Clone)]
pub(crate) struct RedisBatcher(mpsc::Sender<Question>);

impl RedisBatcher {
    /// With the task that asks, to be spawned.
    pub fn new(kv: Kv) -> (Self, impl Future<Output = ()>) {
        let (sender, questions) = mpsc::channel(QUEUE);
        (Self(sender), run(kv, questions))
    }

    /// `None`: Redis is away.
    pub async fn ask(&self, query: RedisQuery, now: Timestamp) -> Option<RedisReply> {
        let (reply, answer) = oneshot::channel();
        self.0.try_send(Question { query, now, reply }).ok()?;
        tokio::time::timeout(REPLY_TIMEOUT, answer).await.ok()?.ok()
    }
}

async fn run(kv: Kv, mut questions: mpsc::Receiver<Question>) {
    let (mut batch, mut away) = (Vec::with_capacity(MAX_AT_ONCE), false);
    crash::round("redis_batcher");
    while questions.recv_many(&mut batch, MAX_AT_ONCE).await > 0 {
        crash::round("redis_batcher");
        batch.retain(|question: &Question| !question.reply.is_closed());
        match round_trip(&kv, &batch).await {
            Ok((since, answers)) => {
                away = false;
                for (question, values) in batch.drain(..).zip(answers) {
                    let _ = question.reply.send(RedisReply { since, values });
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut away, true) {
                    tracing::warn!(%error, "Redis is away: going on without it");
                }
                batch.clear();
            }
        }
    }
}

async fn round_trip(
    kv: &Kv,
    batch: &[Question],
) -> RedisResult<(Timestamp, Vec<Vec<Option<String>>>)> {
    let asked = async {
        let mut connection = kv.connection().await?;
        pipe_of(kv, batch).query_async::<Vec<Value>>(&mut connection).await
    };
    let late = |_| Err((redis::ErrorKind::Io, "no answer in time").into());
    let values = kv
        .note_failure(tokio::time::timeout(ROUND_TRIP_TIMEOUT, asked).await.unwrap_or_else(late))?;
    read(batch, values)
}

/// Every round trip notes since when there is anything to be found, if that is not noted yet.
fn pipe_of(kv: &Kv, batch: &[Question]) -> redis::Pipeline {
    let mut pipe = redis::pipe();
    let now = batch.first().map_or(0, |question| question.now.timestamp_millis());
    pipe.cmd("SET").arg(kv.key("markers:since")).arg(now).arg("NX").arg("GET");
    let keys: Vec<&String> = batch.iter().flat_map(|question| question.query.keys()).collect();
    if !keys.is_empty() {
        pipe.cmd("MGET").arg(keys);
    }
    for question in batch {
        match &question.query {
            RedisQuery::Read(_) => {}
            RedisQuery::Claim { key, value, seconds } => {
                pipe.cmd("SET").arg(key).arg(value).arg("NX").arg("GET").arg("EX").arg(*seconds);
            }
            RedisQuery::Since => {
                let now = question.now.timestamp_millis();
                pipe.cmd("SET").arg(kv.key("markers:since")).arg(now);
            }
        }
    }
    pipe
}

fn read(
    batch: &[Question],
    values: Vec<Value>,
) -> RedisResult<(Timestamp, Vec<Vec<Option<String>>>)> {
    let mut values = values.into_iter();
    let mut next = || values.next().unwrap_or(Value::Nil);
    let now = batch.first().map_or_else(Timestamp::default, |question| question.now);
    let noted: Option<i64> = redis::from_redis_value(next())?;
    let since = noted.map_or(now, time::from_millis);
    let any = batch.iter().any(|question| !question.query.keys().is_empty());
    let mut found = if any {
        Vec::<Option<String>>::from_redis_value(next())?.into_iter()
    } else {
        Vec::new().into_iter()
    };
    let answers = batch.iter().map(|question| match &question.query {
        RedisQuery::Read(keys) => Ok(keys.iter().map(|_| found.next().flatten()).collect()),
        RedisQuery::Claim { .. } => Ok(vec![redis::from_redis_value(next())?]),
        RedisQuery::Since => {
            redis::from_redis_value::<String>(next())?;
            Ok(Vec::new())
        }
    });
    Ok((since, answers.collect::<RedisResult<_>>()?))
}

impl RedisQuery {
    fn keys(&self) -> &[String] {
        match self {
            Self::Read(keys) => keys,
            Self::Claim { .. } | Self::Since => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(query: RedisQuery) -> Question {
        Question { query, now: time::from_millis(7), reply: oneshot::channel().0 }
    }

    #[test]
    fn each_gets_the_values_that_it_asked_for() {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let claim =
            || question(RedisQuery::Claim { key: "k".into(), value: "v".into(), seconds: 1 });
        let batch = [
            question(RedisQuery::Read(vec!["a".into(), "b".into()])),
            claim(),
            question(RedisQuery::Read(vec!["c".into()])),
            claim(),
        ];
        let values = vec![
            text("5"),
            Value::Array(vec![text("A"), Value::Nil, text("C")]),
            Value::Nil,
            text("before"),
        ];
        let (since, answers) = read(&batch, values).unwrap();
        assert_eq!(since, time::from_millis(5));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            answers,
            [vec![some("A"), None], vec![None], vec![some("C")], vec![some("before")]]
        );
        let (since, answers) = read(&[claim()], vec![Value::Nil, Value::Nil]).unwrap();
        assert_eq!((since, answers), (time::from_millis(7), vec![vec![None]]));
    }
}
