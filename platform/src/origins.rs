//! Pages that may speak to the system besides its own, over HTTP and over a socket: one setting for both.

use url::Url;

pub use url::Origin;

use crate::config::{ConfigError, Env, invalid};

/// `DOCDE_ALLOWED_ORIGINS` (none): origins such as `https://example.org`, joined by commas.
pub fn allowed(env: &Env) -> Result<Vec<Origin>, ConfigError> {
    const NAME: &str = "DOCDE_ALLOWED_ORIGINS";
    let entries = env
        .optional(NAME)
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty());
    let origins = entries.map(|entry| match Url::parse(entry).map(|url| url.origin()) {
        Ok(origin) if origin.is_tuple() => Ok(origin),
        _ => Err(invalid(NAME, &format!("{entry} is not an origin such as https://example.org"))),
    });
    origins.collect()
}
