//! Reading the environment, once, at the start. A bad or missing value names its variable; services
//! then exit 64 before anything is bound. Tests hand in a map instead.

use std::collections::HashMap;
use std::str::FromStr;
use std::time::Duration;

/// The environment as a service sees it.
#[derive(Clone, Debug, Default)]
pub struct Env(HashMap<String, String>);

/// One line that names the variable.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0} is not set")]
    Missing(String),
    #[error("{name} is not valid: {reason}")]
    Invalid { name: String, reason: String },
}

impl Env {
    /// The process's own.
    pub fn of_process() -> Self {
        Self(std::env::vars().collect())
    }

    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub fn required(&self, name: &str) -> Result<&str, ConfigError> {
        self.optional(name).ok_or_else(|| ConfigError::Missing(name.to_owned()))
    }

    /// The parsed value, or the default where it is not set.
    pub fn parsed<T: FromStr<Err: std::fmt::Display>>(
        &self,
        name: &str,
        default: T,
    ) -> Result<T, ConfigError> {
        match self.optional(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|error: T::Err| invalid(name, &error)),
        }
    }

    /// A whole number within bounds.
    pub fn number(
        &self,
        name: &str,
        default: u64,
        bounds: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, ConfigError> {
        let value = self.parsed(name, default)?;
        if bounds.contains(&value) {
            Ok(value)
        } else {
            Err(invalid(
                name,
                &format!("{value} is not within {} to {}", bounds.start(), bounds.end()),
            ))
        }
    }

    /// A span in milliseconds.
    pub fn millis(&self, name: &str, default: u64) -> Result<Duration, ConfigError> {
        Ok(Duration::from_millis(self.parsed(name, default)?))
    }
}

/// An [`ConfigError::Invalid`].
pub fn invalid(name: &str, reason: &impl ToString) -> ConfigError {
    ConfigError::Invalid { name: name.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_variable() {
        let env = Env::from_pairs([("DOCDE_BATCH".to_owned(), "0".to_owned())]);
        let error = env.number("DOCDE_BATCH", 100, 1..=1000).unwrap_err();
        assert!(error.to_string().starts_with("DOCDE_BATCH"), "{error}");
        assert!(env.required("DATABASE_URL").unwrap_err().to_string().contains("DATABASE_URL"));
        assert_eq!(env.number("OTHER", 7, 1..=9).unwrap(), 7);
    }
}
