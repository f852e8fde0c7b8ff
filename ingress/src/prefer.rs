//! `Prefer` (RFC 7240): whether the client wants to wait for the outcome.

use http::HeaderMap;
use std::time::Duration;

/// Longest wait (CONTRACT, Request).
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(30);

/// What the client prefers; unknown preferences are passed over, as the RFC says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Preference {
    pub respond_async: bool,
    /// At most [`MAX_WAIT`].
    pub wait: Option<Duration>,
}

impl Preference {
    pub fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all("prefer").into_iter().filter_map(|value| value.to_str().ok());
        let mut preference = Self::default();
        for item in lines.flat_map(|line| line.split(',')) {
            let item = item.split(';').next().unwrap_or_default().trim();
            let (name, value) = item.split_once('=').unwrap_or((item, ""));
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            if name.eq_ignore_ascii_case("respond-async") {
                preference.respond_async = true;
            } else if name.eq_ignore_ascii_case("wait") && preference.wait.is_none() {
                preference.wait =
                    value.parse().ok().map(|seconds| Duration::from_secs(seconds).min(MAX_WAIT));
            }
        }
        preference
    }

    /// How long to wait, where `usual` is what is done without a preference. `wait` with
    /// `respond-async` means: wait so long, then answer 202.
    pub fn wait_or(self, usual: Duration) -> Duration {
        match (self.wait, self.respond_async) {
            (Some(wait), _) => wait,
            (None, true) => Duration::ZERO,
            (None, false) => usual,
        }
    }

    /// The value of `Preference-Applied`.
    pub fn applied(self) -> Option<String> {
        match (self.wait, self.respond_async) {
            (Some(wait), _) => Some(format!("wait={}", wait.as_secs())),
            (None, true) => Some("respond-async".to_owned()),
            (None, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&'static str]) -> Preference {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("prefer", http::HeaderValue::from_static(line));
        }
        Preference::of(&headers)
    }

    #[test]
    fn reads_what_the_rfc_allows() {
        let seconds = Duration::from_secs;
        assert_eq!(parse(&[]), Preference::default());
        assert!(parse(&["Respond-Async"]).respond_async);
        assert_eq!(parse(&["wait=7"]).wait, Some(seconds(7)));
        assert_eq!(
            parse(&["return=minimal, wait = \"3\"; foo=1", "respond-async"]).wait,
            Some(seconds(3))
        );
        assert_eq!(parse(&["wait=3, wait=9"]).wait, Some(seconds(3)), "the first counts");
        assert_eq!(parse(&["wait=600"]).wait, Some(MAX_WAIT));
        for bad in ["wait", "wait=", "wait=-1", "wait=soon"] {
            assert_eq!(parse(&[bad]), Preference::default(), "{bad}");
        }
    }

    #[test]
    fn a_wait_goes_before_async_and_both_before_the_usual() {
        let usual = Duration::from_secs(5);
        assert_eq!(parse(&[]).wait_or(usual), usual);
        assert_eq!(parse(&["respond-async"]).wait_or(usual), Duration::ZERO);
        assert_eq!(parse(&["respond-async, wait=2"]).wait_or(usual), Duration::from_secs(2));
        assert_eq!(parse(&["wait=0"]).applied().unwrap(), "wait=0");
    }
}
