//! A text as a table: which separator, the header, and every row with its line, or why it is none and what is lost with it.

use std::borrow::Cow;
use std::path::Path;

use super::columns::{self, Columns, Field};
use super::file::{self, Text};
use super::foreign;
use super::split::{Fault, Kind, Row, Splitter, filled_lines};
use crate::failure::CliError;

/// Separators and their names. Of those whose header has as many known columns, the first.
const SEPARATORS: [(u8, &str); 3] = [(b',', "commas"), (b'\t', "tabs"), (b';', "semicolons")];
/// Characters of a header that a message repeats.
const HEADER_SHOWN: usize = 300;

/// A file's header and what stands below it.
#[derive(Debug)]
pub struct Table {
    pub path: String,
    pub header: Vec<String>,
    pub encoding: &'static str,
    pub gzip: bool,
    pub separated_by: &'static str,
    separator: u8,
    text: String,
    /// Where the rows begin: the byte and the line.
    body: (usize, u64),
}

/// A row: its line and its cells, or what is wrong.
pub struct Record<'t> {
    pub line: u64,
    pub cells: Result<Cells<'t>, Lost>,
}

/// As many as the header has.
pub struct Cells<'t> {
    pub values: Vec<Cow<'t, str>>,
    /// How many the row itself has; the rest was left out at its end and counts as empty.
    pub given: usize,
    /// The file ends within this row, as far as can be seen.
    pub cut: bool,
}

/// A row that is rejected, and rows that are not read for it.
#[derive(Debug)]
pub struct Lost {
    pub reason: String,
    pub unread: Option<Unread>,
}

/// Rows that were not read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    pub from: u64,
    pub rows: u64,
    pub reason: String,
}

impl From<String> for Lost {
    fn from(reason: String) -> Self {
        Self { reason, unread: None }
    }
}

impl Table {
    /// Finds the columns; a list without names or addresses is refused, and the missing column named.
    pub fn columns(&self) -> Result<Columns, CliError> {
        let columns = Columns::of(&self.header);
        for (field, name) in
            [(Field::Name, "name (요양기관명)"), (Field::Address, "address (주소)")]
        {
            if columns.index(field).is_none() {
                let found = self.shown_header();
                let reason = format!("the column {name} is missing; the file has: {found}");
                return Err(CliError::Table { path: self.path.clone(), reason });
            }
        }
        Ok(columns)
    }

    /// The columns of a file of details: its ids are what it must have.
    pub fn detail_columns(&self) -> Result<Columns, CliError> {
        let columns = Columns::of(&self.header);
        if columns.index(Field::Id).is_none() {
            return Err(CliError::Table {
                path: self.path.clone(),
                reason: "the column id is missing".to_owned(),
            });
        }
        Ok(columns)
    }

    pub fn read(path: &Path) -> Result<Self, CliError> {
        Self::of(&path.display().to_string(), file::bytes(path)?)
    }

    /// The table in these bytes.
    pub fn of(path: &str, bytes: Vec<u8>) -> Result<Self, CliError> {
        let Text { content: text, encoding, gzip } = file::text(path, bytes)?;
        let refused = |reason| CliError::Table { path: path.to_owned(), reason };
        let (from, wanted) = told_separator(&text);
        let best = SEPARATORS
            .into_iter()
            .filter(|(separator, _)| wanted.is_none_or(|wanted| wanted == *separator))
            .map(|known| (known, Header::of(&text, from, known.0)))
            .rev()
            .max_by_key(|(_, header)| header.as_ref().map_or(1, Header::rank));
        let Some(((separator, separated_by), header)) = best else {
            return Err(refused("the separator that its first line names is not known".to_owned()));
        };
        let header = header.map_err(|fault| {
            let line = fault.line;
            let rows = filled_lines(&text).saturating_sub(1);
            refused(format!(
                "line {line}: in the header a quote opens that is not closed; {rows} rows were not read"
            ))
        })?;
        let Header { titles, body } = header;
        if titles.len() < 2 {
            return Err(refused(format!(
                "no header row of columns separated by commas, tabs or semicolons; it begins with {:?}",
                shown(&titles)
            )));
        }
        let path = path.to_owned();
        Ok(Self { path, header: titles, encoding, gzip, separated_by, separator, text, body })
    }

    /// All rows after the header. The last one may say that further ones are not read.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut splitter = Splitter::new(&self.text[self.body.0..], self.body.1, self.separator);
        let mut ended = false;
        std::iter::from_fn(move || {
            let row = if ended { None } else { splitter.next() }?;
            let (rest, next) = splitter.rest();
            let record = self.record(row, rest, next);
            ended = record
                .cells
                .as_ref()
                .is_err_and(|lost| lost.unread.as_ref().is_some_and(|unread| unread.from >= next));
            Some(record)
        })
    }

    /// The header, for a message.
    pub fn shown_header(&self) -> String {
        shown(&self.header)
    }

    fn record<'t>(&self, row: Row<'t>, rest: &str, next: u64) -> Record<'t> {
        let line = row.line;
        let after = |reason: &str| {
            let rows = filled_lines(rest);
            (rows > 0).then(|| Unread { from: next, rows, reason: reason.to_owned() })
        };
        let cells = match row.cells {
            Ok(cells) if self.swallows_rows(&cells) => Err(Lost {
                reason: format!(
                    "a quote that opens in this row closes in line {}, and whole rows stand between",
                    row.last_line
                ),
                unread: Some(Unread {
                    from: line + 1,
                    rows: row.last_line - line,
                    reason: format!("within the quotes that open in line {line}"),
                }),
            }),
            Ok(cells) if foreign::is_header(&cells, &self.header) => {
                Err(Lost::from("the header again".to_owned()))
            }
            Ok(cells) if foreign::is_other_header(&cells, &self.header) => Err(Lost {
                reason: "a header with other columns: another list begins here".to_owned(),
                unread: after(&format!(
                    "of the list that begins in line {line}: import it as a file of its own"
                )),
            }),
            Ok(cells) => self.fitted(cells, row.open_end).map_err(Lost::from),
            Err(fault) => Err(Lost {
                reason: self.misquoted(fault),
                unread: (fault.kind == Kind::Unclosed)
                    .then(|| after(&format!("after the quote that opens in line {}", fault.line)))
                    .flatten(),
            }),
        };
        Record { line, cells }
    }

    fn misquoted(&self, fault: Fault) -> String {
        let line = fault.line;
        let column = self.header.get(fault.cell).map_or("beyond the last", String::as_str);
        match fault.kind {
            Kind::Unclosed => {
                format!("a quote opens in line {line}, in the column {column}, and is not closed")
            }
            Kind::Trailing => format!(
                "in the column {column} a quote closes with text behind it; a quote within quotes is written twice"
            ),
        }
    }

    /// A value with line breaks and, for each, all separators of a row: two stray quotes with rows between them.
    fn swallows_rows(&self, cells: &[Cow<str>]) -> bool {
        cells.iter().filter(|cell| is_broken(cell)).any(|cell| {
            let breaks = cell.replace("\r\n", "\n").matches(['\n', '\r']).count();
            cell.matches(char::from(self.separator)).count() >= breaks * (self.header.len() - 1)
        })
    }

    /// Values beyond the header are nothing if they are blank, and missing ones count as blank.
    fn fitted<'t>(
        &self,
        mut values: Vec<Cow<'t, str>>,
        open_end: bool,
    ) -> Result<Cells<'t>, String> {
        let (columns, given) = (self.header.len(), values.len());
        if values.iter().skip(columns).any(|value| !value.trim().is_empty()) {
            return Err(format!("{given} values instead of {columns}"));
        }
        values.resize(columns, Cow::Borrowed(""));
        Ok(Cells { values, given, cut: open_end && given < columns })
    }
}

struct Header {
    titles: Vec<String>,
    body: (usize, u64),
}

impl Header {
    /// The first row that is not blank, from that byte and line on.
    fn of(text: &str, (byte, line): (usize, u64), separator: u8) -> Result<Self, Fault> {
        let mut splitter = Splitter::new(&text[byte..], line, separator);
        let cells = splitter.next().map_or(Ok(Vec::new()), |row| row.cells)?;
        let (rest, line) = splitter.rest();
        Ok(Self {
            titles: cells.iter().map(|title| columns::title(title)).collect(),
            body: (text.len() - rest.len(), line),
        })
    }

    /// How well its separator fits.
    fn rank(&self) -> usize {
        1 + Columns::known(&self.titles)
    }
}

/// Excel's `sep=;` in the first line: where the header begins, and the separator.
fn told_separator(text: &str) -> ((usize, u64), Option<u8>) {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let told = text[start..].get(..5).filter(|line| line[..4].eq_ignore_ascii_case("sep="));
    match told {
        Some(line) => ((start + line.len(), 1), line.bytes().last()),
        None => ((start, 1), None),
    }
}

fn is_broken(cell: &str) -> bool {
    memchr::memchr2(b'\n', b'\r', cell.as_bytes()).is_some()
}

fn shown(titles: &[String]) -> String {
    titles.join(", ").chars().take(HEADER_SHOWN).collect()
}
