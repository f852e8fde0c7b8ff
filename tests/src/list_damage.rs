//! The kinds of damage to a list, each a function of random choices: to cells, to lines, to bytes.

use encoding_rs::EUC_KR;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use unicode_normalization::UnicodeNormalization;

use crate::Chance;
use crate::hospital_list::Rows;

/// What a damage works on.
#[derive(Clone, Copy)]
pub enum Damage {
    Cells(fn(&mut Rows, &mut Chance)),
    Lines(fn(&mut Vec<String>, &mut Chance)),
    Bytes(fn(&mut Vec<u8>, &mut Chance)),
}

use Damage::{Bytes, Cells, Lines};

/// All kinds with their names, one a line.
#[rustfmt::skip]
pub const KINDS: [(&str, Damage); 52] = [
    ("an empty cell", Cells(|rows, chance| cell(rows, chance, |_, _| String::new()))),
    ("a long cell", Cells(|rows, chance| cell(rows, chance, |old, _| old + &"가".repeat(600)))),
    ("a very long cell", Cells(|rows, chance| cell(rows, chance, |old, _| old + &"x".repeat(66_000)))),
    ("a decomposed list", Cells(|rows, _| rows.iter_mut().flatten().for_each(decompose))),
    ("a decomposed row", Cells(|rows, chance| row(rows, chance, |row, _| row.iter_mut().for_each(decompose)))),
    ("what nobody sees", Cells(|rows, chance| cell(rows, chance, |old, chance| insert(&old, "\u{200b}\u{feff}", chance)))),
    ("a control character", Cells(|rows, chance| cell(rows, chance, |old, chance| insert(&old, "\u{0}", chance)))),
    ("a line break", Cells(|rows, chance| cell(rows, chance, |old, chance| insert(&old, "\r\n", chance)))),
    ("a quote", Cells(|rows, chance| cell(rows, chance, |old, chance| insert(&old, "\"", chance)))),
    ("separators", Cells(|rows, chance| cell(rows, chance, |old, chance| insert(&old, ",;\t|", chance)))),
    ("a number as text", Cells(|rows, chance| cell(rows, chance, |old, _| format!("=\"{old}\"")))),
    ("a formula", Cells(|rows, chance| cell(rows, chance, |old, _| format!("=A1&\"{old}\"")))),
    ("a strange date", Cells(|rows, chance| column(rows, chance, "opened_on", &["2005-1-12 0:00", "38364", "2005-13-40", "1/12/2005"]))),
    ("a strange number", Cells(|rows, chance| column(rows, chance, "doctors_count", &["-1", "많음", "1,204", "99999999999", "3.5"]))),
    ("strange coordinates", Cells(|rows, chance| column(rows, chance, "lat", &["NaN", "inf", "127.0", "1e308", "37,5", "-0"]))),
    ("a row twice", Cells(|rows, chance| { let (from, to) = two(rows, chance); let row = rows[from].clone(); rows.insert(to, row); })),
    ("an id twice", Cells(|rows, chance| { let (from, to) = two(rows, chance); rows[to][0] = rows[from][0].clone(); })),
    ("the header again", Cells(|rows, chance| { let (_, to) = two(rows, chance); let header = rows[0].clone(); rows.insert(to, header); })),
    ("a row of totals", Cells(|rows, chance| { let (_, to) = two(rows, chance); let total = total(rows[0].len(), chance); rows.insert(to, total); })),
    ("values missing at the end", Cells(|rows, chance| row(rows, chance, |row, chance| row.truncate(1 + chance.below(40))))),
    ("blank values at the end", Cells(|rows, chance| row(rows, chance, |row, chance| row.extend(vec![String::new(); 1 + chance.below(4)])))),
    ("a value too many", Cells(|rows, chance| row(rows, chance, |row, _| row.push("more".to_owned())))),
    ("two columns swapped", Cells(|rows, chance| { let (a, b) = (chance.below(13), chance.below(13)); rows.iter_mut().filter(|row| row.len() > 13).for_each(|row| row.swap(a, b)); })),
    ("a column less", Cells(|rows, chance| { let at = chance.below(30); rows.iter_mut().filter(|row| row.len() > at + 1).for_each(|row| { row.remove(at); }); })),
    ("titles of the wild", Cells(|rows, _| rename(rows, &[("name", "요양기관명"), ("address", " 주 소 "), ("type", "종별코드명")]))),
    ("a title twice", Cells(|rows, _| rename(rows, &[("sido", "name"), ("dong", "address")]))),
    ("characters of four bytes", Cells(|rows, chance| cell(rows, chance, |old, chance| insert(&old, "🏥𠮷", chance)))),
    ("a damaged character", Cells(|rows, chance| cell(rows, chance, |old, chance| insert(&old, "\u{fffd}", chance)))),
    ("an empty row", Cells(|rows, chance| { let (_, to) = two(rows, chance); let empty = vec![String::new(); rows[0].len()]; rows.insert(to, empty); })),
    ("another order", Cells(|rows, chance| chance.shuffle(&mut rows[1..]))),
    ("no rows", Cells(|rows, _| rows.truncate(1))),
    ("ids of another form", Cells(|rows, _| rows.iter_mut().skip(1).for_each(|row| row[0] = row[0].to_uppercase()))),
    ("an unclosed quote", Lines(|lines, chance| line(lines, chance, |old, _| old.replacen(',', ",\"", 1)))),
    ("a stray quote", Lines(|lines, chance| line(lines, chance, |old, chance| insert(&old, "\"", chance)))),
    ("blank lines", Lines(|lines, chance| line(lines, chance, |old, _| format!("\n  \n{old}\n")))),
    ("CR LF", Lines(|lines, _| lines.iter_mut().for_each(|line| *line = line.replace('\n', "\r\n")))),
    ("CR", Lines(|lines, _| lines.iter_mut().for_each(|line| *line = line.replace('\n', "\r")))),
    ("tabs", Lines(|lines, _| lines.iter_mut().for_each(|line| *line = line.replace(',', "\t")))),
    ("semicolons", Lines(|lines, _| lines.iter_mut().for_each(|line| *line = line.replace(',', ";")))),
    ("another list behind", Lines(|lines, _| lines.extend(["name,address,type\n", "가의원,서울 1,의원\n"].map(str::to_owned)))),
    ("two lines in one", Lines(|lines, chance| line(lines, chance, |old, _| old.trim_end().to_owned()))),
    ("a line of words", Lines(|lines, chance| line(lines, chance, |old, _| format!("{old}※ 출처: 건강보험심사평가원\n")))),
    ("the end cut off", Bytes(|bytes, chance| { let most = bytes.len(); bytes.truncate(chance.below(most + 1)); })),
    ("changed bytes", Bytes(|bytes, chance| for _ in 0..5 { if let Some(at) = place(bytes, chance) { bytes[at] = byte(chance); } })),
    ("bytes inserted", Bytes(|bytes, chance| for _ in 0..5 { let at = chance.below(bytes.len() + 1); bytes.insert(at, byte(chance)); })),
    ("a piece twice", Bytes(|bytes, chance| { let at = chance.below(bytes.len() + 1); let piece = bytes[at..].iter().take(400).copied().collect::<Vec<_>>(); bytes.splice(at..at, piece); })),
    ("CP949", Bytes(|bytes, _| { let text = String::from_utf8_lossy(bytes).into_owned(); *bytes = EUC_KR.encode(&text).0.into_owned(); })),
    ("UTF-16", Bytes(|bytes, chance| { let mark = chance.percent(50).then_some(0xfeff); let text = String::from_utf8_lossy(bytes).into_owned(); *bytes = mark.into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(); })),
    ("gzip", Bytes(|bytes, _| *bytes = packed(bytes))),
    ("gzip cut off", Bytes(|bytes, chance| { *bytes = packed(bytes); let most = bytes.len(); bytes.truncate(2 + chance.below(most - 1)); })),
    ("marks before it", Bytes(|bytes, _| { bytes.splice(0..0, *b"\xef\xbb\xbf\xef\xbb\xbf\n"); })),
    ("something else", Bytes(|bytes, chance| { let first: &[&[u8]] = &[b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"<html>", b"{}", b""]; let first = *chance.pick(first); *bytes = first.iter().copied().chain((0..chance.below(300)).map(|_| byte(chance))).collect(); })),
];

/// A row below the header and a place for another one.
fn two(rows: &Rows, chance: &mut Chance) -> (usize, usize) {
    let some = |chance: &mut Chance| chance.below(rows.len()).max(1).min(rows.len() - 1);
    (some(chance), some(chance))
}

/// A row, most times below the header.
fn row(rows: &mut Rows, chance: &mut Chance, edit: impl Fn(&mut Vec<String>, &mut Chance)) {
    let at = chance.below(rows.len());
    edit(&mut rows[at], chance);
}

fn cell(rows: &mut Rows, chance: &mut Chance, edit: impl Fn(String, &mut Chance) -> String) {
    row(rows, chance, |row, chance| {
        let at = chance.below(row.len());
        row[at] = edit(row[at].clone(), chance);
    });
}

fn column(rows: &mut Rows, chance: &mut Chance, title: &str, values: &[&str]) {
    let Some(at) = rows[0].iter().position(|known| known == title) else { return };
    let (_, row) = two(rows, chance);
    if let Some(cell) = rows[row].get_mut(at) {
        (*chance.pick(values)).clone_into(cell);
    }
}

fn rename(rows: &mut Rows, titles: &[(&str, &str)]) {
    for (from, to) in titles {
        rows[0].iter_mut().filter(|title| title == from).for_each(|title| (*to).clone_into(title));
    }
}

fn total(columns: usize, chance: &mut Chance) -> Vec<String> {
    let mut row = vec![String::new(); columns];
    let word = *chance.pick(&["합계", "총 1,000개소", "Total"]);
    row[chance.below(columns.min(3))] = word.into();
    row
}

fn line(lines: &mut [String], chance: &mut Chance, edit: impl Fn(String, &mut Chance) -> String) {
    let at = chance.below(lines.len());
    lines[at] = edit(lines[at].clone(), chance);
}

fn decompose(cell: &mut String) {
    *cell = cell.nfd().collect();
}

fn insert(text: &str, what: &str, chance: &mut Chance) -> String {
    let at = chance.below(text.chars().count() + 1);
    let head: String = text.chars().take(at).collect();
    format!("{head}{what}{}", &text[head.len()..])
}

fn place(bytes: &[u8], chance: &mut Chance) -> Option<usize> {
    (!bytes.is_empty()).then(|| chance.below(bytes.len()))
}

fn byte(chance: &mut Chance) -> u8 {
    chance.bits().to_le_bytes()[0]
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}
