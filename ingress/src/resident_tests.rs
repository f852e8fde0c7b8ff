//! What is found as a resident registration number, and what ordinary text is not.

use super::*;

#[test]
fn residents_numbers_are_seen_with_any_separator_between_any_digits() {
    let separators = [
        "", " ", "  ", ".", "/", "_", "-", "–", "—", "－", "‐", "‑", "−", "~", "·", ":", "|", "\\",
        ",", " - ", " . ", "--", "___", " / / ", "\t", "\u{a0}", "\u{200b}", "\u{feff}", "・",
        "ㅡ", "ー", "⁃", "\u{3000}", "*", "+",
    ];
    for number in ["9001011234567", "8512312234567", "0203043123456", "0002294123456"] {
        for separator in separators {
            for at in 1..DIGITS {
                let text =
                    format!("제 번호는 {}{separator}{} 입니다", &number[..at], &number[at..]);
                let lost = at == 11 && is_national(&digits(&number[..at]));
                assert!(names_resident(&text) || lost, "{text:?}");
            }
            let spread: Vec<String> = number.chars().map(String::from).collect();
            assert!(names_resident(&spread.join(separator)), "{number} by {separator:?}");
        }
        let (birth, serial) = number.split_at(BIRTH);
        let (year, month, day) = (&birth[..2], &birth[2..4], &birth[4..]);
        for text in [
            format!("{year}.{month}.{day}-{serial}"),
            format!("{year}/{month}/{day} {serial}"),
            format!("{year}:{month}:{day}:{serial}"),
            format!("{birth}-{}-{}", &serial[..1], &serial[1..]),
            format!("{birth}\n{serial}"),
            format!("{birth}, {serial}"),
            format!("{birth}................{serial}"),
            format!("010-1234-5678 {birth}.{serial}"),
            format!("2026-11-23 10:30 {birth} {serial}"),
        ] {
            assert!(names_resident(&text), "{text:?}");
        }
    }
}

fn digits(text: &str) -> Vec<u8> {
    text.chars().filter_map(digit).collect()
}

#[test]
fn residents_numbers_are_seen_in_other_digits_and_with_their_century() {
    for found in [
        "900101-1234567",
        "제 번호는 900101 - 2234567 입니다",
        "９００１０１－８２３４５６７",
        "９００１０１．１２３４５６７",
        "９００１０１１２３４５６７",
        "9️⃣0️⃣0️⃣1️⃣0️⃣1️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣",
        "⑨00101-1234567",
        "𝟗𝟎𝟎𝟏𝟎𝟏-𝟏𝟐𝟑𝟒𝟓𝟔𝟕",
        "٩٠٠١٠١-١٢٣٤٥٦٧",
        "0900101-1234567",
        "900101-12345678",
        "주민900101-1234567번",
        "1990.01.01-1234567",
        "1990-01-01 1 234567",
        "19900101-1234567",
        "199001011234567",
        "1990 0101 1234567",
        "2002-03-04 3123456",
        "90. 01. 01. 1234567",
        "1. 900101 1234567",
    ] {
        assert!(names_resident(found), "{found}");
    }
}

#[test]
fn long_rows_of_digits_are_read_in_time() {
    assert!(!names_resident(&"9".repeat(16_000)));
    assert!(!names_resident(&"9 ".repeat(8_000)));
    assert!(!names_resident(&"010-1234-5678 ".repeat(1_000)));
    assert!(names_resident(&format!("{} 900101.1234567", "9 ".repeat(8_000))));
}

#[test]
fn ordinary_numbers_are_no_residents_number() {
    for other in [
        "",
        "010-1234-5678",
        "01012345678",
        "+82 10-1234-5678",
        "+82 (0)10-1234-5678",
        "+82-10-1234-5678 1",
        "+821012345678",
        "+8201012345678",
        "(02) 123-4567",
        "02)123-4567",
        "010-1234-5678 10:30",
        "01012345678 10시",
        "01012345678 10:30",
        "010.1234.5678 2명",
        "010-1234-5678 010-8765-4321",
        "010-1234-5678, 02-123-4567",
        "11/23 010-1234-5678",
        "11/23 01012345678",
        "26.11.23 010-1234-5678",
        "26.11.23 01012345678",
        "2026-11-23 010-1234-5678",
        "2026.11.23. 01012345678",
        "12, 01012345678",
        "1. 010 1747 0799 2. 010.3901.7539",
        "1) 01025693167 2) 02-740-9091",
        "4603263455 010.8004.3565",
        "2 010-1234-5678",
        "900101-9234567",
        "900101-0234567",
        "900101-123456",
        "901301-1234567",
        "900132-1234567",
        "900230-1234567",
        "2026-11-23 12:30",
        "2026-11-23 12:30:15",
        "2026-11-23T09:00:00+09:00",
        "2012-11-23 10:30 5",
        "2026-11-23 2026-11-24",
        "26.11.23 26.11.24 26.11.25",
        "2026-11-23 ~ 2026-12-01",
        "20261123-0001234",
        "20261123-1234567",
        "20261123000123",
        "주문번호 1234567890123",
        "2026112312345678",
        "1234-5678-9012-3456",
        "110-123-456789",
        "혈압 130/85, 120/80, 110/70",
        "900101",
        "900101-1******",
        "900101 생, 차트 1234567",
    ] {
        assert!(!names_resident(other), "{other}");
    }
}
