//! A file as text with a header: plain or gzip by its first bytes, UTF-8, UTF-16 with a mark, or CP949.

use encoding_rs::{EUC_KR, Encoding, UTF_8};
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::path::Path;

use crate::failure::CliError;

/// More than this is no list of hospitals.
const LARGEST: u64 = 1 << 30;

/// The file's text.
pub struct Table {
    pub path: String,
    pub header: Vec<String>,
    pub encoding: &'static str,
    pub gzip: bool,
    text: String,
}

/// A line of the file as the CSV rules see it: its number and its values, or why it is none.
pub struct Record {
    pub line: u64,
    pub values: Result<csv::StringRecord, String>,
}

impl Table {
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let name = path.display().to_string();
        let failed = |source| CliError::File { path: name.clone(), source };
        Self::of(&name, std::fs::read(path).map_err(failed)?)
    }

    /// The table in these bytes.
    pub fn of(path: &str, bytes: Vec<u8>) -> Result<Self, CliError> {
        let gzip = bytes.starts_with(&[0x1f, 0x8b]);
        let bytes = if gzip { inflate(path, &bytes)? } else { bytes };
        let (text, encoding) = decode(&bytes);
        let header =
            reader(&text).headers().map(|header| header.iter().map(str::to_owned).collect());
        let header: Vec<String> = header.map_err(|error| CliError::Table {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        if header.len() < 2 {
            return Err(CliError::Table {
                path: path.to_owned(),
                reason: "no header row of columns separated by commas".to_owned(),
            });
        }
        Ok(Self { path: path.to_owned(), header, encoding, gzip, text })
    }

    /// All records after the header.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        let columns = self.header.len();
        reader(&self.text).into_records().map(move |record| match record {
            Ok(values) => {
                let line = values.position().map_or(0, csv::Position::line);
                let fits = values.len() == columns;
                let values = if fits {
                    Ok(values)
                } else {
                    Err(format!("{} values instead of {columns}", values.len()))
                };
                Record { line, values }
            }
            Err(error) => Record {
                line: error.position().map_or(0, csv::Position::line),
                values: Err(error.to_string()),
            },
        })
    }
}

fn reader(text: &str) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes())
}

fn inflate(path: &str, bytes: &[u8]) -> Result<Vec<u8>, CliError> {
    let failed = |source| CliError::File { path: path.to_owned(), source };
    let mut plain = Vec::new();
    let read =
        MultiGzDecoder::new(bytes).take(LARGEST + 1).read_to_end(&mut plain).map_err(failed)?;
    if read as u64 > LARGEST {
        return Err(CliError::Table {
            path: path.to_owned(),
            reason: "more than 1 GiB when unpacked".to_owned(),
        });
    }
    Ok(plain)
}

/// By its mark; else UTF-8 where it is valid; else whichever of UTF-8 and CP949 leaves fewer damaged
/// characters, so that one damaged byte does not turn a whole file into nonsense.
fn decode(bytes: &[u8]) -> (String, &'static str) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return (
            encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned(),
            encoding.name(),
        );
    }
    let (utf8, damaged) = UTF_8.decode_without_bom_handling(bytes);
    if !damaged {
        return (utf8.into_owned(), "UTF-8");
    }
    // encoding_rs' EUC-KR is the WHATWG's, which is CP949.
    let (cp949, _) = EUC_KR.decode_without_bom_handling(bytes);
    if damages(&cp949) < damages(&utf8) {
        (cp949.into_owned(), "CP949")
    } else {
        (utf8.into_owned(), "UTF-8, damaged")
    }
}

fn damages(text: &str) -> usize {
    text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count()
}
