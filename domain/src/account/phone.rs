//! Phones of accounts, in the form E.164 in which they can be dialled from anywhere and compared.

/// Korea's code.
const KOREA: &str = "82";
/// Digits without the plus.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=15;

/// The phone `+821012345678` of one that was typed with digits, a plus, hyphens and spaces. `None`: nobody can be reached
/// there from abroad, as with 1588-1234 or 119.
pub fn e164(typed: &str) -> Option<String> {
    let abroad = typed.trim_start().starts_with('+');
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let known = match digits.strip_prefix(KOREA) {
        Some(rest) if abroad || !digits.starts_with('0') => {
            korean(rest.strip_prefix('0').unwrap_or(rest))?
        }
        _ if abroad => digits,
        _ => korean(digits.strip_prefix('0')?)?,
    };
    let fits = LENGTHS.contains(&known.len()) && !known.starts_with('0');
    fits.then(|| format!("+{known}"))
}

/// With the country's code before an area's or a mobile's number without its zero.
fn korean(rest: &str) -> Option<String> {
    // 2 is Seoul; 31 to 64 are areas, 10 to 19 mobiles, 50 and 70 numbers that move along.
    let is_known =
        rest.starts_with('2') || matches!(rest.as_bytes().first(), Some(b'1' | b'3'..=b'7'));
    (is_known && (8..=10).contains(&rest.len())).then(|| format!("{KOREA}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_as_people_type_them_have_one_form() {
        for (typed, kept) in [
            ("010-1234-5678", "+821012345678"),
            ("01012345678", "+821012345678"),
            ("+82 10-1234-5678", "+821012345678"),
            ("+82 010 1234 5678", "+821012345678"),
            ("82-10-1234-5678", "+821012345678"),
            ("02-123-4567", "+8221234567"),
            ("031-123-4567", "+82311234567"),
            ("070-1234-5678", "+827012345678"),
            ("+1 415 555 2671", "+14155552671"),
        ] {
            assert_eq!(e164(typed).as_deref(), Some(kept), "{typed}");
        }
        for other in
            ["119", "1588-1234", "+82 2 1", "+0 10 1234 5678", "+1234567890123456", "12345", ""]
        {
            assert_eq!(e164(other), None, "{other}");
        }
    }
}
