//! Passwords are hashed with argon2id (19 MiB, two passes: OWASP's figures), which costs a core some hundredths of a second
//! each. So few are hashed at the same time, and who finds no place is told to come again: a flood of guesses costs
//! bookings no more than those cores.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::code::Code;
use platform::config::{ConfigError, Env};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;

/// What is verified where there is no such account, so that the answer takes as long. No password has this hash.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// How long an owner who is known at their address waits for a place, before all who are not.
const OWNERS_WAIT: Duration = Duration::from_secs(3);
/// When to come again.
const RETRY_AFTER_S: u64 = 1;

/// The guard.
pub(crate) struct Hasher {
    places: Arc<Semaphore>,
}

impl Hasher {
    /// `DOCDE_HASHES` (half the cores, at least 1): hashes at the same time; never more than there are cores.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let most = u64::try_from(cores).unwrap_or(1);
        let places = env.number("DOCDE_HASHES", most.div_ceil(2), 1..=most)?;
        Ok(Self { places: Arc::new(Semaphore::new(usize::try_from(places).unwrap_or(1))) })
    }

    /// The hash of a new password.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        let place = self.place(true).await?;
        let hashed = tokio::task::spawn_blocking(move || {
            let _place = place;
            Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
        });
        hashed.await.map_err(Problem::internal)?.map_err(Problem::internal)
    }

    /// Whether it is the password of that hash; of none, it is not.
    pub async fn verify(
        &self,
        password: String,
        hash: Option<String>,
        waits: bool,
    ) -> Result<bool, Problem> {
        let place = self.place(waits).await?;
        let verified = tokio::task::spawn_blocking(move || {
            let _place = place;
            is_of(&password, hash.as_deref().unwrap_or(NOBODY)) && hash.is_some()
        });
        verified.await.map_err(Problem::internal)
    }

    async fn place(&self, waits: bool) -> Result<OwnedSemaphorePermit, Problem> {
        let places = Arc::clone(&self.places);
        let place = if waits {
            tokio::time::timeout(OWNERS_WAIT, places.acquire_owned())
                .await
                .ok()
                .and_then(Result::ok)
        } else {
            places.try_acquire_owned().ok()
        };
        place.ok_or_else(|| Problem::new(Code::Busy).retry_after(RETRY_AFTER_S))
    }
}

fn is_of(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other_is_taken_for_it() {
        let hasher = Hasher { places: Arc::new(Semaphore::new(1)) };
        // Longer than 72 bytes, where bcrypt would cut.
        let long = format!("{}끝", "가".repeat(30));
        let hash = hasher.hash(long.clone()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let verify = async |text: &str, hash: Option<&str>| {
            hasher.verify(text.to_owned(), hash.map(str::to_owned), false).await.unwrap()
        };
        assert!(verify(&long, Some(&hash)).await);
        assert!(!verify(&long.replace('끝', "남"), Some(&hash)).await);
        assert!(!verify(&long, None).await);
    }

    #[test]
    fn the_hash_of_nobody_is_read_and_costs_as_much() {
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!is_of("", NOBODY));
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told_to_come_again() {
        let hasher = Hasher { places: Arc::new(Semaphore::new(1)) };
        let place = hasher.place(false).await.unwrap();
        let refused = hasher.verify("x".to_owned(), None, false).await.unwrap_err();
        assert_eq!(refused.code(), Code::Busy);
        let owner = hasher.verify("x".to_owned(), None, true);
        let (verified, ()) = tokio::join!(owner, async { drop(place) });
        assert!(!verified.unwrap());
    }
}
