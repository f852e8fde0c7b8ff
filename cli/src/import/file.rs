//! A file's bytes as text: plain or gzip by its first bytes, UTF-8, UTF-16 or CP949. What is another kind of file is
//! refused with what it is and what to do.

use encoding_rs::{EUC_KR, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::path::Path;

use crate::failure::CliError;

/// More than this is no list of hospitals.
const LARGEST: u64 = 1 << 30;

/// First bytes of what is no text, what it is, and what to do.
const OTHERS: [(&[u8], &str); 9] = [
    (b"PK", "a zip archive: unpack it and import the CSV file in it"),
    (
        b"\xd0\xcf\x11\xe0",
        "a spreadsheet of Excel (xls), whatever its name says: open it and save it as \"CSV UTF-8\"",
    ),
    (b"%PDF", "a PDF document: the list is wanted as CSV"),
    (b"BZh", "packed with bzip2: unpack it with bunzip2"),
    (b"\xfd7zXZ", "packed with xz: unpack it with unxz"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd: unpack it with unzstd"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it and import the CSV file in it"),
    (b"Rar!", "a RAR archive: unpack it and import the CSV file in it"),
    (b"SQLite format 3", "a database of SQLite: the list is wanted as CSV"),
];

/// One in so many characters may be damaged or a control character; a file with more is no text.
const DAMAGED_OF: usize = 10;

/// The file's text.
#[derive(Debug)]
pub struct Text {
    pub content: String,
    pub encoding: &'static str,
    pub gzip: bool,
}

/// The bytes of a file.
pub fn bytes(path: &Path) -> Result<Vec<u8>, CliError> {
    let name = path.display().to_string();
    let failed = |source| CliError::File { path: name.clone(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(CliError::Table { path: name, reason: "is larger than 1 GiB".to_owned() });
    }
    Ok(bytes)
}

/// The text in these bytes.
pub fn text(path: &str, bytes: Vec<u8>) -> Result<Text, CliError> {
    let refused = |reason: String| CliError::Table { path: path.to_owned(), reason };
    let gzip = bytes.starts_with(&[0x1f, 0x8b]);
    let bytes = if gzip { inflate(&bytes).map_err(refused)? } else { bytes };
    if let Some(what) = other(&bytes) {
        let inside = if gzip { "what is packed in it is " } else { "this is " };
        return Err(refused(format!("{inside}{what}")));
    }
    let (text, encoding) = decode(&bytes);
    if text.chars().all(|c| c.is_whitespace() || c == '\u{feff}') {
        return Err(refused("the file is empty".to_owned()));
    }
    let unreadable = text.chars().filter(|c| is_unreadable(*c)).count();
    if unreadable > text.chars().count() / DAMAGED_OF {
        return Err(refused(
            "this is no text in UTF-8, UTF-16 or CP949 (EUC-KR): save the list as \"CSV UTF-8\""
                .to_owned(),
        ));
    }
    Ok(Text { content: text, encoding, gzip })
}

fn is_unreadable(c: char) -> bool {
    c == char::REPLACEMENT_CHARACTER || c.is_control() && !c.is_whitespace()
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut plain = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(LARGEST + 1).read_to_end(&mut plain);
    let so_far = plain.len();
    match read {
        Ok(read) if read as u64 > LARGEST => Err("is larger than 1 GiB when unpacked".to_owned()),
        Ok(_) => Ok(plain),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(format!(
            "the gzip file is cut off after {so_far} unpacked bytes: download or copy it again"
        )),
        Err(error) => Err(format!(
            "the gzip file is damaged after {so_far} unpacked bytes ({error}): download or copy it again"
        )),
    }
}

/// What these bytes are, if not text.
fn other(bytes: &[u8]) -> Option<&'static str> {
    const XLSX: &str = "a spreadsheet of Excel (xlsx), whatever its name says: open it and save it as \"CSV UTF-8\"";
    const ODS: &str = "a spreadsheet of LibreOffice (ods), whatever its name says: open it and save it as CSV in UTF-8";
    let has = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
    if bytes.starts_with(b"PK") && (has(b"xl/") || has(b"[Content_Types].xml")) {
        return Some(XLSX);
    }
    if bytes.starts_with(b"PK") && has(b"opendocument.spreadsheet") {
        return Some(ODS);
    }
    // "PK" alone may begin a title; an archive goes on with a small number.
    let archive = |first: &[u8]| first != b"PK" || bytes.get(2).is_some_and(|next| *next < 9);
    let known = OTHERS.iter().find(|(first, _)| bytes.starts_with(first) && archive(first));
    known.map(|(_, what)| *what).or_else(|| marked_up(bytes))
}

/// Text, but of another form.
fn marked_up(bytes: &[u8]) -> Option<&'static str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.iter().find(|b| !b.is_ascii_whitespace())? {
        b'<' => Some(
            "a web page or XML: portals send one instead of the file where a download fails; the list is wanted as CSV",
        ),
        b'{' | b'[' => Some("JSON: the list is wanted as CSV"),
        _ => None,
    }
}

/// By its mark; else UTF-8 where it is valid; else UTF-16 by where its zeros stand; else whichever of UTF-8 and CP949
/// leaves fewer damaged characters, so that one damaged byte does not turn a whole file into nonsense.
fn decode(bytes: &[u8]) -> (String, &'static str) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let text = encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
        return (text, encoding.name());
    }
    if let Some(encoding) = unmarked_utf16(bytes) {
        return (encoding.decode_without_bom_handling(bytes).0.into_owned(), encoding.name());
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

/// Separators, digits and line ends have a zero byte in UTF-16, before or behind; in other text there are none.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match (even > bytes.len() / 20, odd > bytes.len() / 20) {
        (true, false) => Some(UTF_16BE),
        (false, true) => Some(UTF_16LE),
        _ => None,
    }
}

fn damages(text: &str) -> usize {
    text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count()
}
