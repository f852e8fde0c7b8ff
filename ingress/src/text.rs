//! Free text of clients, checked once, here: it is bounded, and no resident registration number (주민등록번호) is in it.

use crate::problem::Problem;

/// The text, if there is any and it fits; `rule` says what fits.
pub(crate) fn checked(
    field: &'static str,
    text: Option<String>,
    fits: impl Fn(&str) -> bool,
    rule: &str,
) -> Result<Option<String>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    if names_resident(&text) {
        return Err(Problem::invalid(field, "no resident registration number may be sent"));
    }
    if fits(&text) { Ok(Some(text)) } else { Err(Problem::invalid(field, rule)) }
}

/// Holds something of the form of a resident registration number: six digits, a hyphen or not, a digit
/// of 1 to 8, six digits. Full-width digits and spaces about the hyphen do not hide it.
fn names_resident(text: &str) -> bool {
    let digit = |c: char| {
        c.to_digit(10).or_else(|| ('０'..='９').contains(&c).then(|| c as u32 - '０' as u32))
    };
    let joint = |c: char| " -–—－‐‑".contains(c);
    let chars: Vec<char> = text.chars().collect();
    (0..chars.len()).any(|from| {
        let birth = chars[from..].iter().take(6).filter(|c| digit(**c).is_some()).count() == 6;
        let rest = chars.get(from + 6..).unwrap_or_default();
        let joints = rest.iter().take(3).take_while(|c| joint(**c)).count();
        let serial: Vec<u32> = rest[joints..].iter().take(7).map_while(|c| digit(*c)).collect();
        birth && serial.len() == 7 && (1..=8).contains(&serial[0])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residents_numbers_are_seen() {
        for found in [
            "900101-1234567",
            "9001011234567",
            "제 번호는 900101 - 2234567 입니다",
            "９００１０１－８２３４５６７",
            "0900101-1234567",
        ] {
            assert!(names_resident(found), "{found}");
        }
        for other in [
            "",
            "010-1234-5678",
            "+82 10-1234-5678",
            "900101-9234567",
            "900101-0234567",
            "900101-123456",
            "2026-11-23 12:30",
        ] {
            assert!(!names_resident(other), "{other}");
        }
    }
}
