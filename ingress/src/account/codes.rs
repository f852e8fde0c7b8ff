//! Codes that were sent by e-mail. Redis has what stands for each (under the keys of sealed text, or six digits would be found by
//! trying them all), how often it was tried and until when it holds, by our clock. With Redis away no code is sent or taken,
//! and whoever waits a moment is served.

use domain::account::Email;
use domain::code::Code;
use domain::ids::{AccountId, RequestId};
use domain::time::Timestamp;
use platform::config::{ConfigError, Env};
use platform::kv::Kv;
use platform::random;
use platform::seal::SealKeys;
use redis::{RedisResult, Script, ScriptInvocation};
use std::fmt::Write;

use crate::problem::Problem;

/// What a code is for. One for signing up resets no password, and one for a family is good for the account alone that asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    SignUp,
    Reset,
    Family(AccountId),
}

impl Purpose {
    pub const fn as_str(self) -> &'static str {
        match self {
            Purpose::SignUp => "sign_up",
            Purpose::Reset => "reset",
            Purpose::Family(_) => "family",
        }
    }

    /// What a code is bound to beside the address.
    fn bound(self) -> String {
        match self {
            Purpose::SignUp | Purpose::Reset => self.as_str().to_owned(),
            Purpose::Family(account) => format!("{}\n{account}", self.as_str()),
        }
    }
}

/// The rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct CodeRules {
    /// `DOCDE_CODE_SECONDS` (600): how long a code holds.
    pub valid_s: u64,
    /// `DOCDE_CODE_TRIES` (5): wrong tries after which it no longer does.
    pub tries: u64,
    /// `DOCDE_CODE_PAUSE_SECONDS` (60): between two to the same address.
    pub pause_s: u64,
    /// `DOCDE_CODES_AN_HOUR` (5): to the same address.
    pub an_hour: u64,
}

impl CodeRules {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            valid_s: env.number("DOCDE_CODE_SECONDS", 600, 60..=3_600)?,
            tries: env.number("DOCDE_CODE_TRIES", 5, 1..=10)?,
            pause_s: env.number("DOCDE_CODE_PAUSE_SECONDS", 60, 1..=3_600)?,
            an_hour: env.number("DOCDE_CODES_AN_HOUR", 5, 1..=100)?,
        })
    }
}

/// Notes a new code, unless one was noted a moment ago by another request. The milliseconds to wait, or 0.
const ISSUE: &str = r"
local now, hour = tonumber(ARGV[3]), 3600000
local sent = redis.call('HMGET', KEYS[2], 'at', 'by', 'since', 'count')
if sent[2] ~= ARGV[2] then
  local since, count = tonumber(sent[3] or '0'), tonumber(sent[4] or '0')
  if sent[1] and now < tonumber(sent[1]) + tonumber(ARGV[5]) then
    return tonumber(sent[1]) + tonumber(ARGV[5]) - now
  end
  if now >= since + hour then since = now; count = 0 end
  if count >= tonumber(ARGV[6]) then return since + hour - now end
  redis.call('HSET', KEYS[2], 'at', ARGV[3], 'by', ARGV[2], 'since', string.format('%.0f', since), 'count', count + 1)
  redis.call('EXPIRE', KEYS[2], 7200)
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'mac', ARGV[1], 'tries', 0, 'until', string.format('%.0f', now + tonumber(ARGV[4])))
redis.call('EXPIRE', KEYS[1], 7200)
return 0
";

/// 1: the code is right and this request's from now on; its retries are let through, others are not.
const REDEEM: &str = r"
local kept = redis.call('HMGET', KEYS[1], 'mac', 'tries', 'until', 'by')
if not kept[1] or tonumber(ARGV[2]) >= tonumber(kept[3]) or tonumber(kept[2]) >= tonumber(ARGV[3]) then return 0 end
for i = 4, #ARGV do
  if ARGV[i] == kept[1] then
    if kept[4] and kept[4] ~= ARGV[1] then return 0 end
    redis.call('HSET', KEYS[1], 'by', ARGV[1])
    return 1
  end
end
redis.call('HINCRBY', KEYS[1], 'tries', 1)
return 0
";

/// The codes of all accounts.
pub(crate) struct Codes {
    kv: Kv,
    rules: CodeRules,
    issue: Script,
    redeem: Script,
}

/// What is asked for, by which request, when.
pub(super) struct Asking<'a> {
    pub purpose: Purpose,
    pub email: &'a Email,
    pub request: RequestId,
    pub now: Timestamp,
}

impl Codes {
    pub(super) fn new(kv: Kv, rules: CodeRules) -> Self {
        Self { kv, rules, issue: Script::new(ISSUE), redeem: Script::new(REDEEM) }
    }

    pub(super) fn rules(&self) -> CodeRules {
        self.rules
    }

    /// A new code, in place of the one before.
    pub(super) async fn issue(
        &self,
        seal: &SealKeys,
        asking: &Asking<'_>,
    ) -> Result<String, Problem> {
        let code = random::six_digits();
        let mac = macs(seal, asking, &code).into_iter().next();
        let mac = mac.ok_or_else(|| Problem::internal("no key makes a code"))?;
        let mut script = self.issue.prepare_invoke();
        script.key(self.key(asking, "code")).key(self.key(asking, "sent"));
        script.arg(mac).arg(asking.request.to_string()).arg(asking.now.timestamp_millis());
        let rules = self.rules;
        script.arg(rules.valid_s * 1_000).arg(rules.pause_s * 1_000).arg(rules.an_hour);
        match self.run(&script).await? {
            0 => Ok(code),
            wait => {
                let seconds = u64::try_from(wait).unwrap_or(0).div_ceil(1_000);
                Err(Problem::new(Code::Busy).retry_after(seconds.max(1)))
            }
        }
    }

    /// Takes a code: a right one once, for one request.
    pub(super) async fn redeem(
        &self,
        seal: &SealKeys,
        asking: &Asking<'_>,
        code: &str,
    ) -> Result<(), Problem> {
        let mut script = self.redeem.prepare_invoke();
        script.key(self.key(asking, "code")).arg(asking.request.to_string());
        script.arg(asking.now.timestamp_millis()).arg(self.rules.tries);
        for mac in macs(seal, asking, code) {
            script.arg(mac);
        }
        match self.run(&script).await? {
            1 => Ok(()),
            _ => Err(Problem::new(Code::CodeWrong)),
        }
    }

    async fn run(&self, script: &ScriptInvocation<'_>) -> Result<i64, Problem> {
        let run = async {
            let mut connection = self.kv.connection().await?;
            script.invoke_async::<i64>(&mut connection).await
        };
        let ran: RedisResult<i64> = run.await;
        self.kv.note_failure(ran).map_err(|error| {
            Problem::unavailable(error).detail(
                "codes can be neither sent nor taken at the moment, since Redis is away; try again shortly",
            )
        })
    }

    /// The braces keep what belongs together on one node of a cluster.
    fn key(&self, asking: &Asking<'_>, what: &str) -> String {
        let digest = hex(&asking.email.digest());
        self.kv.key(format_args!("account:{{{digest}}}:{}:{what}", asking.purpose.as_str()))
    }
}

fn macs(seal: &SealKeys, asking: &Asking<'_>, code: &str) -> Vec<String> {
    let text = format!("{}\n{}\n{code}", asking.purpose.bound(), asking.email.as_str());
    seal.tags(&text).map(|tag| hex(&tag)).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
