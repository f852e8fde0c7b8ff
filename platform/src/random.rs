//! Secrets made by chance, from the system's own source.

use chacha20poly1305::aead::OsRng;
use chacha20poly1305::aead::rand_core::RngCore;

/// So many bytes that nobody can guess.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

/// A number of six digits, each as likely as any other.
pub fn six_digits() -> String {
    const COUNT: u32 = 1_000_000;
    // Numbers beyond the last whole million would make small ones likelier.
    let fair = u32::MAX - u32::MAX % COUNT;
    loop {
        let number = u32::from_be_bytes(bytes());
        if number < fair {
            return format!("{:06}", number % COUNT);
        }
    }
}

/// So many digits, each as likely as any other.
pub fn digits(count: usize) -> String {
    // Bytes beyond the last whole ten would make small digits likelier.
    let fair = |byte: &u8| *byte < u8::MAX - u8::MAX % 10;
    let digit = |byte: u8| char::from(b'0' + byte % 10);
    let source = std::iter::repeat_with(bytes::<16>).flatten();
    source.filter(fair).map(digit).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_as_many_as_asked_for_and_all_ten() {
        assert_eq!(digits(0), "");
        let text = digits(2_000);
        assert_eq!(text.len(), 2_000);
        let each = |digit: char| text.matches(digit).count();
        assert!(('0'..='9').all(|digit| (100..320).contains(&each(digit))), "{text}");
    }

    #[test]
    fn six_digits_are_six_and_differ() {
        let numbers: Vec<String> = (0..1_000).map(|_| six_digits()).collect();
        assert!(numbers.iter().all(|text| text.len() == 6 && text.parse::<u32>().is_ok()));
        let distinct: std::collections::BTreeSet<_> = numbers.iter().collect();
        assert!(distinct.len() > 900, "{}", distinct.len());
        assert!(numbers.iter().any(|text| text.starts_with('0')), "leading zeros stay");
    }
}
