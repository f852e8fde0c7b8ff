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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_six_and_differ() {
        let numbers: Vec<String> = (0..1_000).map(|_| six_digits()).collect();
        assert!(numbers.iter().all(|text| text.len() == 6 && text.parse::<u32>().is_ok()));
        let distinct: std::collections::BTreeSet<_> = numbers.iter().collect();
        assert!(distinct.len() > 900, "{}", distinct.len());
        assert!(numbers.iter().any(|text| text.starts_with('0')), "leading zeros stay");
    }
}
