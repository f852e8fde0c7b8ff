//! Values as they come: what cannot be believed is left out with a warning, never guessed.

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

/// Names with bars between them; some files have commas or semicolons instead.
pub fn departments(text: &str) -> String {
    let mark = ['|', ';', ','].into_iter().find(|mark| text.contains(*mark)).unwrap_or('|');
    text.split(mark).map(str::trim).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departments_have_bars() {
        for text in ["내과|외과", "내과, 외과", "내과;외과", "내과 | 외과"] {
            assert_eq!(departments(text), "내과|외과");
        }
        // Other columns count along.
        assert_eq!(
            (departments("내과||외과").as_str(), departments("").as_str()),
            ("내과||외과", "")
        );
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
