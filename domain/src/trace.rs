//! W3C Trace Context, version 00 (`traceparent`): by it one request is followed through logs and messages of all services.
//! It is passed on as it came, since nothing here records spans of its own, and it decides nothing.

use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Characters of version 00.
const LENGTH: usize = 55;

/// Who asked for what is done, and in the course of what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TraceParent {
    trace_id: u128,
    parent_id: u64,
    flags: u8,
}

/// Not a `traceparent`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no W3C traceparent")]
pub struct BadTraceParent;

impl TraceParent {
    /// A new one, of a request that came without: not sampled.
    pub fn generate() -> Self {
        let (_, parent_id) = Uuid::new_v4().as_u64_pair();
        Self { trace_id: Uuid::new_v4().as_u128(), parent_id, flags: 0 }
    }

    /// As logs show it.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace_id)
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace_id, parent_id, flags } = self;
        write!(f, "00-{trace_id:032x}-{parent_id:016x}-{flags:02x}")
    }
}

impl FromStr for TraceParent {
    type Err = BadTraceParent;

    /// One of a later version is read as far as version 00 goes, and then is one of 00.
    fn from_str(text: &str) -> Result<Self, BadTraceParent> {
        let known = text.get(..LENGTH).ok_or(BadTraceParent)?;
        let mut parts = known.split('-');
        let mut hex = |length: usize| {
            let part = parts.next().filter(|part| part.len() == length).ok_or(BadTraceParent)?;
            let lower = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !lower {
                return Err(BadTraceParent);
            }
            u128::from_str_radix(part, 16).map_err(|_| BadTraceParent)
        };
        let (version, trace_id, parent_id, flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
        let rest = &text[LENGTH..];
        let ends = rest.is_empty() || (version > 0 && rest.starts_with('-'));
        let parent_id = u64::try_from(parent_id).map_err(|_| BadTraceParent)?;
        let flags = u8::try_from(flags).map_err(|_| BadTraceParent)?;
        if version == 0xff || trace_id == 0 || parent_id == 0 || !ends {
            return Err(BadTraceParent);
        }
        Ok(Self { trace_id, parent_id, flags })
    }
}

/// The header's text for several commands: theirs in the commands' order, joined by commas.
pub fn show_list(traces: impl IntoIterator<Item = TraceParent>) -> String {
    let traces: Vec<_> = traces.into_iter().map(|trace| trace.to_string()).collect();
    traces.join(",")
}

/// Those of `count` commands: all, or none where the header does not have one for each.
pub fn read_list(text: &str, count: usize) -> Vec<TraceParent> {
    let traces: Result<Vec<_>, _> = text.split(',').map(str::parse).collect();
    traces.ok().filter(|traces| traces.len() == count).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_good_one_is_passed_on_as_it_came() {
        let trace: TraceParent = GOOD.parse().unwrap();
        assert_eq!(trace.to_string(), GOOD);
        assert_eq!(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let later = format!("cc{}-what comes later", &GOOD[2..]);
        assert_eq!(later.parse::<TraceParent>().unwrap().to_string(), GOOD);
        let fresh = TraceParent::generate();
        assert_eq!(fresh.to_string().parse(), Ok(fresh));
        assert!(fresh != TraceParent::generate() && fresh.to_string().ends_with("-00"));
    }

    #[test]
    fn a_bad_one_is_none() {
        let cases = [
            String::new(),
            GOOD[..54].to_owned(),
            format!("{GOOD}-00"),
            format!("{GOOD} "),
            format!("ff{}", &GOOD[2..]),
            format!("01{}x", &GOOD[2..]),
            GOOD.to_uppercase(),
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            GOOD.replace('-', "_"),
            GOOD.replace("-01", "-+1"),
            "가".repeat(20),
        ];
        for text in cases {
            assert_eq!(text.parse::<TraceParent>(), Err(BadTraceParent), "{text:?}");
        }
    }

    #[test]
    fn a_list_is_read_only_with_one_for_each_command() {
        let traces = [TraceParent::generate(), TraceParent::generate()];
        let text = show_list(traces);
        assert_eq!(read_list(&text, 2), traces);
        for (text, count) in [(text.as_str(), 1), (GOOD, 2), ("", 0), ("a,b", 2)] {
            assert!(read_list(text, count).is_empty(), "{text:?} for {count}");
        }
    }
}
