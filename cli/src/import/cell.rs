//! The text of a cell as it is stored: composed, without what nobody sees, on one line, within its column's limit.

use domain::unicode;
use std::borrow::Cow;

use super::columns::Columns;

/// The values of the columns that are imported, the others empty; or what cannot be taken, with its column.
pub fn cleaned<'t>(
    values: &'t [Cow<'t, str>],
    columns: &Columns,
) -> Result<Vec<Cow<'t, str>>, String> {
    let mut clean = vec![Cow::Borrowed(""); values.len()];
    for column in &columns.used {
        let text =
            text(&values[column.index]).map_err(|what| format!("the {} {what}", column.name))?;
        // A character takes a byte at least.
        let length = if text.len() <= column.limit { 0 } else { text.chars().count() };
        if length > column.limit {
            let (name, limit) = (column.name, column.limit);
            return Err(format!("the {name} is longer than {limit} characters: it has {length}"));
        }
        clean[column.index] = text;
    }
    Ok(clean)
}

/// A cell's text: line breaks and other white space are blanks, other control characters refuse it.
fn text(cell: &str) -> Result<Cow<'_, str>, String> {
    let text = match unicode::normal(cell) {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    let text = match formula(&text)? {
        Some(inside) => Cow::Owned(inside),
        None => text,
    };
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Ok(text);
    }
    if let Some(control) = text.chars().find(|c| c.is_control() && !c.is_whitespace()) {
        return Err(format!("has the control character U+{:04X}", u32::from(control)));
    }
    if text.chars().any(|c| c != ' ' && c.is_whitespace()) {
        let words = text.split(|c: char| c != ' ' && c.is_whitespace());
        let words: Vec<_> = words.map(str::trim).filter(|part| !part.is_empty()).collect();
        return Ok(Cow::Owned(words.join(" ")));
    }
    Ok(text)
}

/// What stands in `="..."`, with which spreadsheets keep a number as text. Other formulas were not calculated.
fn formula(text: &str) -> Result<Option<String>, String> {
    let Some(formula) = text.strip_prefix('=') else { return Ok(None) };
    let inside = formula.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inside.map(|inside| inside.replace("\"\"", "\u{0}")) {
        Some(inside) if !inside.contains('"') => {
            Ok(Some(inside.replace('\u{0}', "\"").trim().to_owned()))
        }
        _ => Err("is a formula of a spreadsheet, not its value".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_stored_as_they_look() {
        for (cell, stored) in [
            (" 가의원 ", "가의원"),
            ("=\"02-1234-5678\"", "02-1234-5678"),
            ("= \"a \"\"b\"\" c\" ", "a \"b\" c"),
            ("=\"\"", ""),
            ("서울\u{a0}강남구\r\n역삼동\t1", "서울 강남구 역삼동 1"),
            ("\u{200b}\u{feff}가\u{200d}의원\u{2060}", "가의원"),
            ("서울  1", "서울  1"),
            ("\u{b}\u{85}", ""),
        ] {
            assert_eq!(text(cell).as_deref(), Ok(stored), "{cell:?}");
        }
        for (cell, reason) in [
            ("가\u{0}의원", "U+0000"),
            ("\u{1b}[31m가", "U+001B"),
            ("\u{7f}", "U+007F"),
            ("=HYPERLINK(\"http://a\",\"가\")", "formula"),
            ("=1+2", "formula"),
            ("=\"a\"&\"b\"", "formula"),
        ] {
            assert!(text(cell).is_err_and(|told| told.contains(reason)), "{cell:?}");
        }
    }
}
