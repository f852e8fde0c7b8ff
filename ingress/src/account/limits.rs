//! How often somebody may try. Each ingress counts for itself. Counted is what was typed, whether there is such an account or
//! not, so a refusal tells nothing.

use domain::account::Email;
use domain::code::Code;
use domain::ids::AccountId;
use platform::config::{ConfigError, Env};
use std::net::IpAddr;
use std::time::Duration;

use crate::problem::Problem;
use crate::rate::Limiter;

/// An e-mail address without itself.
type Digest = [u8; 16];

pub(crate) struct Limits {
    /// `DOCDE_PUBLIC_BURST` (60), `DOCDE_PUBLIC_EVERY_MS` (1000): calls of an address before sign-in, together.
    of_address: Limiter<IpAddr>,
    /// `DOCDE_SIGN_IN_BURST` (10), `DOCDE_SIGN_IN_EVERY_MS` (30000): tries at an account, from anywhere.
    at_account: Limiter<Digest>,
    /// The same from an address at which the account has signed in before: what others try elsewhere keeps its owner out of
    /// nothing.
    at_home: Limiter<(Digest, IpAddr)>,
    /// Codes that an account has sent to others: [`FAMILY_CODES`] at once, then one every [`FAMILY_CODE_EVERY`].
    of_family: Limiter<AccountId>,
}

/// As many as a family may have, and some that were mistyped.
const FAMILY_CODES: u32 = 12;
const FAMILY_CODE_EVERY: Duration = Duration::from_mins(10);

impl Limits {
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let every =
            |name, default| env.number(name, default, 1..=86_400_000).map(Duration::from_millis);
        let burst = |name, default| {
            env.number(name, default, 1..=1_000_000).map(|n| u32::try_from(n).unwrap_or(u32::MAX))
        };
        let public = (every("DOCDE_PUBLIC_EVERY_MS", 1_000)?, burst("DOCDE_PUBLIC_BURST", 60)?);
        let tries = (every("DOCDE_SIGN_IN_EVERY_MS", 30_000)?, burst("DOCDE_SIGN_IN_BURST", 10)?);
        Ok(Self {
            of_address: Limiter::slow(public.0, public.1),
            at_account: Limiter::slow(tries.0, tries.1),
            at_home: Limiter::slow(tries.0, tries.1),
            of_family: Limiter::slow(FAMILY_CODE_EVERY, FAMILY_CODES),
        })
    }

    /// One more call of an address.
    pub fn call(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        address.map_or(Ok(()), |address| self.of_address.take(address).map_err(busy))
    }

    /// One more code to somebody whom the account would like to have in its family.
    pub fn family_code(&self, account: AccountId) -> Result<(), Problem> {
        self.of_family.take(account).map_err(busy)
    }

    /// One more try at an account. `known`: it has signed in from there before.
    pub fn sign_in(
        &self,
        email: &Email,
        address: Option<IpAddr>,
        known: bool,
    ) -> Result<(), Problem> {
        let digest = short(email);
        match address.filter(|_| known) {
            Some(address) => self.at_home.take((digest, address)).map_err(busy),
            None => self.at_account.take(digest).map_err(busy),
        }
    }
}

fn busy(seconds: u64) -> Problem {
    Problem::new(Code::Busy).retry_after(seconds)
}

fn short(email: &Email) -> Digest {
    let mut short = Digest::default();
    short.iter_mut().zip(email.digest()).for_each(|(to, from)| *to = from);
    short
}
