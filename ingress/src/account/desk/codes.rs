//! Codes that accounts show for a desk. Redis has what stands for each under a key, whose patient it is and until when it holds by our
//! clock; beside that which code is the patient's present one, since the next takes its place. With Redis away none is shown and none is
//! taken.

use domain::account::DESK_CODE_DIGITS;
use domain::code::Code;
use domain::ids::{AccountId, PatientId, RequestId};
use domain::time::Timestamp;
use platform::kv::Kv;
use platform::random;
use platform::seal::SealKeys;
use redis::aio::ConnectionManager;
use redis::{RedisResult, Script};
use std::fmt::Write;
use std::time::Duration;

use super::rules::DeskRules;
use crate::problem::Problem;
use crate::rate::Limiter;

/// Seconds after which Redis drops what is over: longer than any code holds.
const DROPPED_AFTER: u64 = 7_200;
const HOUR: Duration = Duration::from_hours(1);

/// Notes a code, unless there is such a one.
const ISSUE: &str = r"
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'patient', ARGV[1], 'until', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
";

/// Whose code it is, if it holds. It is this request's from now on: its retries are let through, others are not.
const REDEEM: &str = r"
local kept = redis.call('HMGET', KEYS[1], 'patient', 'until', 'by')
if not kept[1] or tonumber(ARGV[2]) >= tonumber(kept[2]) then return false end
if kept[3] and kept[3] ~= ARGV[1] then return false end
redis.call('HSET', KEYS[1], 'by', ARGV[1])
return kept[1]
";

/// The codes of all accounts.
pub(super) struct DeskCodes {
    kv: Kv,
    issue: Script,
    redeem: Script,
    of_account: Limiter<AccountId>,
}

impl DeskCodes {
    pub fn new(kv: Kv, rules: &DeskRules) -> Self {
        let of_account = Limiter::slow(HOUR / rules.codes_an_hour, rules.codes_an_hour);
        Self { kv, issue: Script::new(ISSUE), redeem: Script::new(REDEEM), of_account }
    }

    /// A new code of the account's patient, in place of the one before.
    pub async fn issue(
        &self,
        seal: &SealKeys,
        (account, patient): (AccountId, PatientId),
        until: Timestamp,
    ) -> Result<String, Problem> {
        let wait = self.of_account.take(account);
        wait.map_err(|seconds| Problem::new(Code::Busy).retry_after(seconds))?;
        let code = random::digits(DESK_CODE_DIGITS);
        let tag = tags(seal, &code).into_iter().next();
        let tag = tag.ok_or_else(|| Problem::internal("no key makes a code"))?;
        let noted = self.note(&tag, patient, until).await;
        // That somebody else was given the same one just now will not happen; asked again, another one is made.
        let is_new = self.kv.note_failure(noted).map_err(away)?;
        if is_new { Ok(code) } else { Err(Problem::unavailable("a code that is there already")) }
    }

    async fn note(&self, tag: &str, patient: PatientId, until: Timestamp) -> RedisResult<bool> {
        let mut connection = self.kv.connection().await?;
        let mut script = self.issue.prepare_invoke();
        script.key(self.of_tag(tag)).arg(patient.to_string()).arg(until.timestamp_millis());
        if !script.arg(DROPPED_AFTER).invoke_async::<bool>(&mut connection).await? {
            return Ok(false);
        }
        let mut set = redis::cmd("SET");
        set.arg(self.of_patient(patient)).arg(tag).arg("EX").arg(DROPPED_AFTER);
        set.query_async::<()>(&mut connection).await?;
        Ok(true)
    }

    /// Takes a code, once, for one request: whose it is. `None`: it is no code, or none any more.
    pub async fn redeem(
        &self,
        seal: &SealKeys,
        (code, request): (&str, RequestId),
        now: Timestamp,
    ) -> Result<Option<PatientId>, Problem> {
        let taken = self.take(&tags(seal, code), request, now).await;
        self.kv.note_failure(taken).map_err(away)
    }

    async fn take(
        &self,
        tags: &[String],
        request: RequestId,
        now: Timestamp,
    ) -> RedisResult<Option<PatientId>> {
        let mut connection = self.kv.connection().await?;
        for tag in tags {
            let mut script = self.redeem.prepare_invoke();
            script.key(self.of_tag(tag)).arg(request.to_string()).arg(now.timestamp_millis());
            let found: Option<String> = script.invoke_async(&mut connection).await?;
            let Some(patient) = found.and_then(|id| id.parse().ok()) else { continue };
            return Ok(self.is_present(&mut connection, patient, tag).await?.then_some(patient));
        }
        Ok(None)
    }

    async fn is_present(
        &self,
        connection: &mut ConnectionManager,
        patient: PatientId,
        tag: &str,
    ) -> RedisResult<bool> {
        let present: Option<String> =
            redis::cmd("GET").arg(self.of_patient(patient)).query_async(connection).await?;
        Ok(present.as_deref() == Some(tag))
    }

    fn of_tag(&self, tag: &str) -> String {
        self.kv.key(format_args!("desk-code:{tag}"))
    }

    fn of_patient(&self, patient: PatientId) -> String {
        self.kv.key(format_args!("desk-code-of:{patient}"))
    }
}

fn away(error: redis::RedisError) -> Problem {
    let detail = "codes can be neither shown nor taken at the moment, since Redis is away; try again shortly";
    Problem::unavailable(error).detail(detail)
}

/// What stands for a code, under each key that may have been the present one.
fn tags(seal: &SealKeys, code: &str) -> Vec<String> {
    let hex = |tag: [u8; 32]| {
        tag.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    seal.tags(&format!("desk\n{code}")).map(hex).collect()
}
