//! Values as they come: what cannot be believed is left out with a warning, never guessed.

use chrono::NaiveDate;

/// South Korea with its islands.
const LATITUDES: std::ops::RangeInclusive<f64> = 33.0..=39.0;
const LONGITUDES: std::ops::RangeInclusive<f64> = 124.0..=132.0;

/// The number, or the warning.
pub fn count(text: &str) -> Result<Option<i32>, String> {
    let plain: String = text.chars().filter(|c| *c != ',').collect();
    if plain.is_empty() {
        return Ok(None);
    }
    let whole = plain.strip_suffix(".0").unwrap_or(&plain);
    whole
        .parse()
        .ok()
        .filter(|count| *count >= 0)
        .map(Some)
        .ok_or_else(|| format!("{text:?} is not a number of doctors"))
}

/// `2005-03-02`, `2005.03.02`, `2005/03/02` or `20050302`, with or without a time behind it.
pub fn date(text: &str) -> Result<Option<NaiveDate>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).take(8).collect();
    NaiveDate::parse_from_str(&digits, "%Y%m%d")
        .ok()
        .filter(|_| digits.len() == 8)
        .map(Some)
        .ok_or_else(|| format!("{text:?} is not a date"))
}

/// Both or neither; outside Korea is neither.
pub fn coordinates(lat: &str, lon: &str) -> Result<Option<(f64, f64)>, String> {
    if lat.is_empty() && lon.is_empty() {
        return Ok(None);
    }
    match (lat.parse::<f64>(), lon.parse::<f64>()) {
        (Ok(lat), Ok(lon)) if LATITUDES.contains(&lat) && LONGITUDES.contains(&lon) => {
            Ok(Some((lat, lon)))
        }
        (Ok(lat), Ok(lon)) => Err(format!("the coordinates {lat}, {lon} are outside Korea")),
        _ => Err(format!("{lat:?}, {lon:?} are not coordinates")),
    }
}

/// At most `most` characters.
pub fn short<'a>(what: &str, text: &'a str, most: usize) -> Result<&'a str, String> {
    if text.chars().count() <= most {
        Ok(text)
    } else {
        Err(format!("the {what} is longer than {most} characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_all_kinds() {
        let day = NaiveDate::from_ymd_opt(2005, 3, 2);
        for text in ["2005-03-02", "2005.03.02", "2005/03/02", "20050302", "2005-03-02 00:00:00"] {
            assert_eq!(date(text), Ok(day), "{text}");
        }
        assert_eq!(date(""), Ok(None));
        assert!(date("2005-13-40").is_err() && date("unknown").is_err());
    }

    #[test]
    fn coordinates_outside_korea_are_left_out() {
        assert_eq!(coordinates("37.5", "127.0"), Ok(Some((37.5, 127.0))));
        assert_eq!(coordinates("", ""), Ok(None));
        assert!(
            coordinates("0", "0").is_err()
                && coordinates("127.0", "37.5").is_err()
                && coordinates("37.5", "").is_err()
        );
        assert!(coordinates("NaN", "127").is_err());
    }

    #[test]
    fn counts() {
        assert_eq!(
            (count("1,204"), count(""), count("3.0")),
            (Ok(Some(1204)), Ok(None), Ok(Some(3)))
        );
        assert!(count("-1").is_err() && count("many").is_err());
    }
}
