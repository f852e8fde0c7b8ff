//! Text into rows of cells, strictly: a quote must close, and at the end of its cell. Where one does not, what follows
//! cannot be told apart, and it is said where the quote opened. (The `csv` crate reads on, to the end of the file.)

use memchr::{memchr2, memchr3};
use std::borrow::Cow;

/// A row: its first and its last line, and its cells or what is wrong with its quotes.
#[derive(Debug)]
pub struct Row<'t> {
    pub line: u64,
    pub last_line: u64,
    pub cells: Result<Vec<Cow<'t, str>>, Fault>,
    /// The text ended without an end of this row.
    pub open_end: bool,
}

/// What is wrong with a quote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Where it opened.
    pub line: u64,
    /// The cell that it opened in, counted from 0.
    pub cell: usize,
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It closed in its own line, with more text behind: only this row is lost.
    Trailing,
    /// It never closed, or in a later line with more text behind: everything after it is in doubt.
    Unclosed,
}

/// Splits a text; ends after a quote that does not close.
pub struct Splitter<'t> {
    rest: &'t str,
    line: u64,
    separator: u8,
}

impl<'t> Splitter<'t> {
    /// `line` is the number of the first line of `text`.
    pub fn new(text: &'t str, line: u64, separator: u8) -> Self {
        Self { rest: text, line, separator }
    }

    /// What is not split yet, and the number of its first line.
    pub fn rest(&self) -> (&'t str, u64) {
        (self.rest, self.line)
    }

    fn skip_blank_lines(&mut self) {
        while let Some((blank, after)) = first_line(self.rest) {
            if !blank.chars().all(char::is_whitespace) {
                return;
            }
            self.rest = after;
            self.line += 1;
        }
    }

    fn cells(&mut self) -> Result<Vec<Cow<'t, str>>, Fault> {
        let mut cells = Vec::new();
        loop {
            let fault = |line, kind| Fault { line, cell: cells.len(), kind };
            let cell = match opening(self.rest, char::from(self.separator)) {
                Some(inside) => self.quoted(inside).map_err(|(line, kind)| fault(line, kind))?,
                None => self.plain(),
            };
            cells.push(cell);
            match self.rest.strip_prefix(char::from(self.separator)) {
                Some(after) => self.rest = after,
                None => return Ok(cells),
            }
        }
    }

    fn plain(&mut self) -> Cow<'t, str> {
        let bytes = self.rest.as_bytes();
        let end = memchr3(self.separator, b'\n', b'\r', bytes).unwrap_or(bytes.len());
        let (cell, rest) = self.rest.split_at(end);
        self.rest = rest;
        Cow::Borrowed(cell)
    }

    /// A cell from behind its quote, up to the separator or line end behind the closing one.
    fn quoted(&mut self, inside: &'t str) -> Result<Cow<'t, str>, (u64, Kind)> {
        let opened = self.line;
        let mut cell = Cow::Borrowed("");
        let mut rest = inside;
        loop {
            let Some(quote) = rest.find('"') else { return Err((opened, Kind::Unclosed)) };
            self.line += line_ends(&rest[..quote]);
            append(&mut cell, &rest[..quote]);
            rest = &rest[quote + 1..];
            let Some(after) = rest.strip_prefix('"') else { break };
            append(&mut cell, "\"");
            rest = after;
        }
        let separator = char::from(self.separator);
        rest = rest.trim_start_matches(|c| c == ' ' || c == '\t' && c != separator);
        if rest.is_empty() || rest.starts_with(|c| c == separator || is_line_end(c)) {
            self.rest = rest;
            return Ok(cell);
        }
        let kind = if self.line == opened { Kind::Trailing } else { Kind::Unclosed };
        Err((opened, kind))
    }
}

impl<'t> Iterator for Splitter<'t> {
    type Item = Row<'t>;

    fn next(&mut self) -> Option<Row<'t>> {
        self.skip_blank_lines();
        if self.rest.is_empty() {
            return None;
        }
        let (start, line) = (self.rest, self.line);
        let cells = self.cells();
        let last_line = self.line;
        let mut open_end = false;
        match &cells {
            Ok(_) => {
                let after = first_line(self.rest).map_or("", |(_, after)| after);
                open_end = self.rest.is_empty();
                self.rest = after;
                self.line += 1;
            }
            // From the next line on, as if this one had not been.
            Err(fault) => {
                (self.rest, self.line) = (start, line);
                while self.line <= fault.line {
                    self.rest = first_line(self.rest).map_or("", |(_, after)| after);
                    self.line += 1;
                }
            }
        }
        Some(Row { line, last_line, cells, open_end })
    }
}

/// Lines that are not blank.
pub fn filled_lines(mut text: &str) -> u64 {
    let mut lines = 0;
    while let Some((line, after)) = first_line(text) {
        lines += u64::from(!line.chars().all(char::is_whitespace));
        text = after;
    }
    lines
}

/// The text behind a quote that opens here, blanks before it aside. `="` is a spreadsheet's way to say that a number is text.
fn opening(text: &str, separator: char) -> Option<&str> {
    let text = text.trim_start_matches(|c| c == ' ' || c == '\t' && c != separator);
    text.strip_prefix('=').unwrap_or(text).strip_prefix('"')
}

fn append<'t>(cell: &mut Cow<'t, str>, part: &'t str) {
    if cell.is_empty() {
        *cell = Cow::Borrowed(part);
    } else if !part.is_empty() {
        cell.to_mut().push_str(part);
    }
}

fn is_line_end(c: char) -> bool {
    c == '\n' || c == '\r'
}

/// CR LF is one.
fn line_ends(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let ends = bytes
        .iter()
        .enumerate()
        .filter(|(at, b)| **b == b'\n' || **b == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    ends.count() as u64
}

/// The first line and what follows its end; `None` when nothing is left.
fn first_line(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return None;
    }
    let end = memchr2(b'\n', b'\r', text.as_bytes()).unwrap_or(text.len());
    let after = &text[end..];
    let after = after.strip_prefix("\r\n").or_else(|| after.get(1..)).unwrap_or_default();
    Some((&text[..end], after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(u64, Result<Vec<String>, Fault>)> {
        let owned = |row: Row| {
            let cells = row.cells.map(|cells| cells.into_iter().map(Cow::into_owned).collect());
            (row.line, cells)
        };
        Splitter::new(text, 1, b',').map(owned).collect()
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Result<Vec<String>, Fault>) {
        (line, Ok(cells.iter().map(|cell| (*cell).to_owned()).collect()))
    }

    #[test]
    fn quotes_line_ends_and_blank_lines() {
        for end in ["\n", "\r\n", "\r"] {
            let text = [
                "a,b",
                "",
                "\"1,\"\"2\"\"\", \"x\" ",
                "  ",
                "=\"02\",\"y",
                "z\"",
                ",",
                "last,\"\"",
            ];
            assert_eq!(
                split(&text.join(end)),
                [
                    row(1, &["a", "b"]),
                    row(3, &["1,\"2\"", "x"]),
                    row(5, &["02", &format!("y{end}z")]),
                    row(7, &["", ""]),
                    row(8, &["last", ""]),
                ]
            );
        }
    }

    #[test]
    fn a_quote_that_does_not_close_is_found_where_it_opened() {
        let fault = |line, cell, kind| Err(Fault { line, cell, kind });
        assert_eq!(split("a,\"b\nc,d\n"), [(1, fault(1, 1, Kind::Unclosed)), row(2, &["c", "d"])]);
        // The next row's quote closes it.
        let found = split("x\na,\"b\nc,\"d, e\"\n");
        assert_eq!(found[1], (2, fault(2, 1, Kind::Unclosed)));
        let found = split("\"a\"b,c\nd,e\n");
        assert_eq!(found, [(1, fault(1, 0, Kind::Trailing)), row(2, &["d", "e"])]);
        // Opened in the second line of its row.
        let found = split("\"a\nb\",\"c\nd");
        assert_eq!(found[0], (1, fault(2, 1, Kind::Unclosed)));
    }

    #[test]
    fn lines_that_are_not_blank_are_counted() {
        assert_eq!(filled_lines("a\r\n\r\nb\n \nc"), 3);
        assert_eq!(filled_lines(""), 0);
    }
}
