//! Who is too young for an account of their own (Personal Information Protection Act, article 22-2), and who is an adult.

use chrono::{Datelike, NaiveDate};

/// Full years.
pub const ADULT_FOR_ACCOUNT: i32 = 14;

/// Full years from which on nobody else agrees for one (Civil Act, article 4).
pub const ADULT: i32 = 19;

/// Whether somebody born then is too young for an account on the day.
pub fn is_under_age(born: NaiveDate, today: NaiveDate) -> bool {
    years(born, today) < ADULT_FOR_ACCOUNT
}

/// Whether somebody born then is an adult on the day.
pub fn is_adult(born: NaiveDate, today: NaiveDate) -> bool {
    years(born, today) >= ADULT
}

fn years(born: NaiveDate, today: NaiveDate) -> i32 {
    let before_birthday = (today.month(), today.day()) < (born.month(), born.day());
    today.year() - born.year() - i32::from(before_birthday)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_old_enough_from_the_fourteenth_birthday_on() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2026-11-27");
        for (born, under) in [
            ("2012-11-26", false),
            ("2012-11-27", false),
            ("2012-11-28", true),
            ("2026-11-27", true),
            ("1930-01-01", false),
        ] {
            assert_eq!(is_under_age(day(born), today), under, "{born}");
        }
        // A leap day's birthday is the first of March in other years.
        assert!(is_under_age(day("2012-02-29"), day("2026-02-28")));
        assert!(!is_under_age(day("2012-02-29"), day("2026-03-01")));
        assert!(is_adult(day("2007-11-27"), today) && !is_adult(day("2007-11-28"), today));
    }
}
