//! Files of other kinds, and lists in other dresses: read, or refused with what they are.

use super::Counts;
use super::list_tests::{HEADER, list, refusal, same, told, told_of};

#[test]
fn tabs_and_semicolons_are_read_and_said() {
    let (_, _, known) = told_of(list(5, same), &[]);
    for (separator, name) in [("\t", "tabs"), (";", "semicolons"), (",", "commas")] {
        let (found, text, _) = told_of(list(5, same).replace(',', separator), &known);
        assert_eq!(found.unchanged, 5, "{text}");
        assert!(text.contains(&format!("separated by {name}")), "{text}");
    }
    let (found, text, _) = told_of(format!("sep=;\r\n{}", list(5, same).replace(',', ";")), &known);
    assert_eq!(found.unchanged, 5, "{text}");
    assert!(refusal("sep=!\nname!address\n").contains("separator"));
}

#[test]
fn what_is_no_list_is_named() {
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(list(500, same).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    for (bytes, said) in [
        (&b""[..], "the file is empty"),
        (b"\xef\xbb\xbf\r\n \n", "the file is empty"),
        (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml xl/workbook.xml", "Excel (xlsx)"),
        (
            b"PK\x03\x04\x14\x00mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
            "LibreOffice (ods)",
        ),
        (b"PK\x03\x04\x14\x00hospitals.csv", "a zip archive: unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel (xls)"),
        (b"%PDF-1.7", "a PDF"),
        (b"BZh91AY&SY", "bzip2"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"\n<!DOCTYPE html><html>", "a web page or XML"),
        (b"{\"items\": []}", "JSON"),
        (
            b"\x01\x02\x03\xff\xfe\xfd\x00\x00\x07\x01\x02\x03\xff",
            "no text in UTF-8, UTF-16 or CP949",
        ),
        (
            b"only words\nand more\n",
            "no header row of columns separated by commas, tabs or semicolons",
        ),
        (b"id,phone\n1,2\n", "the column name (요양기관명) is missing; the file has: id, phone"),
        (&packed[..packed.len() / 2], "the gzip file is cut off after"),
        (&packed[..5], "the gzip file is cut off after 0"),
        (&[&packed[..12], &[0xff; 40], &packed[52..]].concat(), "the gzip file is damaged after"),
    ] {
        let told = refusal(bytes);
        assert!(told.contains(said), "{said}: {told}");
    }
    let (found, text) = told(format!("{HEADER}\n"));
    assert_eq!(found, Counts::default());
    assert!(text.contains("a header and no rows"), "{text}");
}

#[test]
fn utf16_is_read_without_its_mark() {
    let (_, _, known) = told_of(list(5, same), &[]);
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let text: Vec<u8> = list(5, same).encode_utf16().flat_map(bytes).collect();
        let (found, said, _) = told_of(text, &known);
        assert_eq!(found.unchanged, 5, "{said}");
    }
}
