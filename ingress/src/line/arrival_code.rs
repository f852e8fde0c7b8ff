//! The code that a hospital shows to whoever is there, as text or as a QR code: a tag over the hospital and a span of time under
//! ingress's keys, so nothing is kept and every ingress knows it. A code is shown for one span and holds for that and the next.

use domain::ids::HospitalId;
use domain::time::{self, Timestamp};
use platform::seal::SealKeys;
use std::time::Duration;

/// Crockford's digits: no letter looks like another or like a number.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Digits of a code: 40 bits, of which an account may try as many a second as its rate allows.
const LENGTH: usize = 8;

/// A code that holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ArrivalCode {
    pub code: String,
    /// The next one is shown from then on.
    pub renews_at: Timestamp,
    pub valid_until: Timestamp,
}

/// Spans are half as long as a code holds at most.
fn span_ms(valid_for: Duration) -> i64 {
    i64::try_from(valid_for.as_millis() / 2).unwrap_or(i64::MAX).max(1)
}

fn text_of(hospital: HospitalId, span: i64) -> String {
    format!("arrival {hospital} {span}")
}

/// The first 40 bits.
fn number(tag: [u8; 32]) -> u64 {
    tag.iter().take(LENGTH * 5 / 8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn written(number: u64) -> String {
    let digit = |place: usize| {
        let digit = usize::try_from(number >> (place * 5) & 31).unwrap_or(0);
        DIGITS.get(digit).copied().map(char::from)
    };
    (0..LENGTH).rev().filter_map(digit).collect()
}

/// `None`: it is no code. Small letters are read too.
fn read(code: &str) -> Option<u64> {
    let digit = |byte: u8| DIGITS.iter().position(|digit| *digit == byte.to_ascii_uppercase());
    if code.len() != LENGTH {
        return None;
    }
    code.bytes().try_fold(0, |number, byte| Some(number << 5 | u64::try_from(digit(byte)?).ok()?))
}

/// The code that the hospital shows now.
pub(super) fn present(
    keys: &SealKeys,
    hospital: HospitalId,
    now: Timestamp,
    valid_for: Duration,
) -> Option<ArrivalCode> {
    let span_ms = span_ms(valid_for);
    let span = now.timestamp_millis().div_euclid(span_ms);
    let code = written(number(keys.tags(&text_of(hospital, span)).next()?));
    let start = |span: i64| time::from_millis(span.saturating_mul(span_ms));
    Some(ArrivalCode { code, renews_at: start(span + 1), valid_until: start(span + 2) })
}

/// Whether the hospital has shown that code lately. The next span's is taken too: the clock of the ingress that has shown it
/// may be ahead, and nobody else can know it.
pub(super) fn holds(
    keys: &SealKeys,
    hospital: HospitalId,
    now: Timestamp,
    valid_for: Duration,
    code: &str,
) -> bool {
    let Some(read) = read(code) else { return false };
    let span = now.timestamp_millis().div_euclid(span_ms(valid_for));
    let mut shown = (span - 1..=span + 1).map(|span| text_of(hospital, span));
    shown.any(|text| keys.tags(&text).any(|tag| number(tag) == read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::config::Env;

    const VALID_FOR: Duration = Duration::from_mins(10);

    fn keys(list: &str) -> SealKeys {
        SealKeys::from_env(&Env::from_pairs([("DOCDE_SEAL_KEYS".to_owned(), list.to_owned())]))
            .unwrap()
    }

    const OLD: &str = "t1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    const ROTATED: &str = "t2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=,t1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    #[test]
    fn a_code_holds_for_half_its_time_at_least_and_its_time_at_most() {
        let (keys, hospital) = (keys(OLD), HospitalId::generate());
        let at = |minutes: i64| time::from_millis(1_800_000_000_000 + minutes * 60_000);
        let shown = present(&keys, hospital, at(0), VALID_FOR).unwrap();
        assert_eq!((shown.renews_at, shown.valid_until), (at(5), at(10)));
        assert_eq!(shown, present(&keys, hospital, at(4), VALID_FOR).unwrap());
        assert_ne!(shown.code, present(&keys, hospital, at(5), VALID_FOR).unwrap().code);
        let holds = |minutes| holds(&keys, hospital, at(minutes), VALID_FOR, &shown.code);
        assert_eq!([-6, -1, 0, 9, 10].map(holds), [false, true, true, true, false]);
    }

    #[test]
    fn a_code_is_of_its_hospital_and_is_read_in_small_letters() {
        let (hospital, now) = (HospitalId::generate(), time::from_millis(1_800_000_000_000));
        let shown = present(&keys(OLD), hospital, now, VALID_FOR).unwrap().code;
        let holds = |hospital, code: &str| holds(&keys(ROTATED), hospital, now, VALID_FOR, code);
        assert!(holds(hospital, &shown) && holds(hospital, &shown.to_ascii_lowercase()));
        assert!(!holds(HospitalId::generate(), &shown), "of another hospital");
        for bad in ["", "0", "UUUUUUUU", "00000000", &shown[1..], &format!("{shown}0")] {
            assert!(!holds(hospital, bad), "{bad}");
        }
        assert_eq!(read(&written(0x12_3456_789a)), Some(0x12_3456_789a));
    }
}
