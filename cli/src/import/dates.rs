//! Dates as lists write them: read as what they say, or refused; never put together from digits.

use chrono::{Datelike, NaiveDate, NaiveTime};

/// Older and later ones are slips of the pen.
const YEARS: std::ops::RangeInclusive<i32> = 1880..=2100;

/// Year, month and day in this order, with hyphens, points, slashes, 년 월 일, or nothing between. A time behind them
/// is read and left out, if it is of Korea.
pub fn date(text: &str) -> Result<Option<NaiveDate>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let (date, rest) = day(text).ok_or_else(|| unread(text))?;
    if !YEARS.contains(&date.year()) {
        return Err(format!("{text:?} is not a date from {} to {}", YEARS.start(), YEARS.end()));
    }
    if is_end(rest) { Ok(Some(date)) } else { Err(unread(text)) }
}

fn unread(text: &str) -> String {
    let digits = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let why = if digits && text.len() < 8 {
        ": a spreadsheet's number of a day? Format the column as a date"
    } else {
        " such as 2005-01-12"
    };
    format!("{text:?} is not a date{why}")
}

fn day(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text);
    if year.len() == 8 || year.len() == 14 {
        let date = NaiveDate::parse_from_str(&year[..8], "%Y%m%d").ok()?;
        // The time of a date in 14 digits is what remains.
        return Some((date, &text[8..]));
    }
    if year.len() != 4 {
        return None;
    }
    let (mark, rest) = mark(rest)?;
    let (month, rest) = digits(rest);
    let next = if mark == '년' { '월' } else { mark };
    let rest = rest.trim_start().strip_prefix(next)?.trim_start();
    let (day, rest) = digits(rest);
    let rest = match mark {
        '년' => rest.trim_start().strip_prefix('일')?,
        '.' => rest.strip_prefix('.').unwrap_or(rest),
        _ => rest,
    };
    let short = |text: &str| matches!(text.len(), 1 | 2).then(|| text.parse().ok()).flatten();
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, short(month)?, short(day)?)?;
    Some((date, rest))
}

fn mark(text: &str) -> Option<(char, &str)> {
    let text = text.trim_start();
    let mark = text.chars().next().filter(|c| ['-', '.', '/', '년'].contains(c))?;
    Some((mark, text[mark.len_utf8()..].trim_start()))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// Nothing, or a time of day.
fn is_end(rest: &str) -> bool {
    if rest.is_empty() {
        return true;
    }
    if rest.len() == 6 && rest.bytes().all(|b| b.is_ascii_digit()) {
        return NaiveTime::parse_from_str(rest, "%H%M%S").is_ok();
    }
    let Some(time) = rest.strip_prefix(['T', ' ']) else { return false };
    let time = time.trim();
    // Without an offset, or with Korea's: at another one the day may be another.
    let time =
        ["+09:00", "+0900", "KST"].iter().find_map(|zone| time.strip_suffix(zone)).unwrap_or(time);
    let time = time.trim_end();
    let half = |half: &&str| time.strip_prefix(half).or_else(|| time.strip_suffix(half));
    match ["오전", "오후", "AM", "PM", "am", "pm"].iter().find_map(half) {
        Some(time) => is_time(&format!("{} AM", time.trim()), &["%I:%M %p", "%I:%M:%S %p"]),
        None => is_time(time, &["%H:%M", "%H:%M:%S", "%H:%M:%S%.f", "%H%M%S"]),
    }
}

fn is_time(text: &str, forms: &[&str]) -> bool {
    forms.iter().any(|form| NaiveTime::parse_from_str(text, form).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_are_read_right() {
        let day = NaiveDate::from_ymd_opt(2005, 1, 12);
        for text in [
            "2005-01-12",
            "2005-1-12",
            "2005.01.12",
            "2005. 1. 12.",
            "2005/1/12",
            "20050112",
            "2005년 1월 12일",
            "2005년01월12일",
            "2005-1-12 0:00",
            "2005-01-12 00:00:00",
            "2005-01-12T00:00:00",
            "2005-01-12 00:00:00.000",
            "2005-01-12T00:00:00+09:00",
            "20050112 000000",
            "20050112000000",
            "2005-01-12 오전 12:00:00",
            "2005-01-12 12:00:00 AM",
        ] {
            assert_eq!(date(text), Ok(day), "{text}");
        }
        assert_eq!(date(""), Ok(None));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "2005-13-40",
            "2005-02-29",
            "unknown",
            "2005",
            "2005-01",
            "200501",
            "1/12/2005",
            "12.01.2005",
            "05-01-12",
            "38364",
            "0000-00-00",
            "00000000",
            "0",
            "2005-1.12",
            "2005-1-12-3",
            "2005-011-2",
            "2005-01-11T15:00:00Z",
            "2005-01-12 25:00",
            "2005-01-12 junk",
            "2005011",
            "200501123",
            "20050112 99",
            "1005-01-12",
            "9999-12-31",
            "2005-01-12 2006-01-12",
            "２００５-01-12",
            "2005년 1월 12",
        ] {
            assert!(date(text).is_err(), "{text} is {:?}", date(text));
        }
        assert!(date("38364").is_err_and(|reason| reason.contains("spreadsheet")));
    }

    proptest! {
        #[test]
        fn every_day_is_itself_in_every_form(days in 0..80_000i64, form in 0..6usize) {
            let first = NaiveDate::from_ymd_opt(1880, 1, 1).unwrap();
            let day = first + chrono::TimeDelta::days(days);
            let forms = ["%Y-%m-%d", "%Y.%-m.%-d", "%Y/%-m/%-d 0:00", "%Y%m%d", "%Y년 %-m월 %-d일", "%Y-%-m-%-d 00:00:00"];
            prop_assert_eq!(date(&day.format(forms[form]).to_string()), Ok(Some(day)));
        }

        #[test]
        fn any_text_is_read_as_what_it_begins_with_or_refused(text in "[0-9]{1,4}[-./ ]?[0-9]{1,4}[-./ ]?[0-9:. T]{0,12}") {
            if let Ok(Some(day)) = date(&text) {
                prop_assert!(text.starts_with(&day.format("%Y").to_string()), "{} is {}", text, day);
                let numbers: Vec<u32> = text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
                let compact = day.format("%Y%m%d").to_string();
                let spelt = numbers.len() >= 3 && numbers[1] == day.month() && numbers[2] == day.day();
                prop_assert!(spelt || text.starts_with(&compact), "{} is {}", text, day);
            }
        }
    }
}
