//! How much a heavy test does: enough for every change, or more under `./dev test --long`.

/// `usual`, or `long` when `DOCDE_LONG` is set.
pub fn or(usual: usize, long: usize) -> usize {
    if std::env::var_os("DOCDE_LONG").is_some_and(|value| !value.is_empty()) { long } else { usual }
}
