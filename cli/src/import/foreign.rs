//! Rows that are no institutions: the header again, the header of another list, totals.

use domain::unicode;
use std::borrow::Cow;

use super::columns::{self, Columns};

/// Cells that tell at once that a row is no header.
const LOOKED_AT: usize = 4;

/// What totals are called, without blanks, digits and marks.
const TOTALS: [&str; 17] = [
    "합계",
    "총계",
    "소계",
    "누계",
    "총합계",
    "전체합계",
    "합",
    "계",
    "총",
    "평균",
    "총수",
    "total",
    "totals",
    "subtotal",
    "grandtotal",
    "sum",
    "average",
];
/// Ends of a total of some of the rows ("서울 소계"), where there is no address.
const TOTALS_OF: [&str; 4] = ["합계", "총계", "소계", "누계"];
/// Behind a number.
const COUNTERS: [&str; 4] = ["건", "개소", "개", "곳"];

/// The header of this list stands here again.
pub fn is_header(cells: &[Cow<str>], header: &[String]) -> bool {
    let same = |(cell, title): (&Cow<str>, &String)| {
        !title.is_empty() && unicode::normal(cell).trim().eq_ignore_ascii_case(title)
    };
    // Most rows differ in the first cells.
    if !cells.iter().zip(header).take(LOOKED_AT).any(same) {
        return false;
    }
    let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    let equal = cells.iter().zip(header).filter(|pair| same(*pair)).count();
    equal >= 2 && equal * 2 > filled
}

/// A header, but of a list with other columns or another order.
pub fn is_other_header(cells: &[Cow<str>], header: &[String]) -> bool {
    if !cells.iter().take(LOOKED_AT).any(|cell| columns::is_title(cell)) {
        return false;
    }
    let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    let all: Vec<String> = cells.iter().map(|cell| columns::title(cell)).collect();
    let known = Columns::known(&all);
    known >= 2
        && known * 2 > filled
        && Columns::names_institutions(&all)
        && !is_header(cells, header)
}

/// A row that sums others up, by its first words or its name.
pub fn is_total(cells: &[Cow<str>], name: &str, address: &str) -> bool {
    let first = cells.iter().map(|cell| cell.trim()).find(|cell| !cell.is_empty());
    [first, Some(name)].into_iter().flatten().any(|text| {
        let mut plain: String =
            text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
        if let Some(counted) = COUNTERS.iter().find_map(|counter| plain.strip_suffix(counter)) {
            plain = counted.to_owned();
        }
        TOTALS.contains(&plain.as_str())
            || address.is_empty() && TOTALS_OF.iter().any(|total| plain.ends_with(total))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells<'t>(cells: &[&'t str]) -> Vec<Cow<'t, str>> {
        cells.iter().map(|cell| Cow::Borrowed(*cell)).collect()
    }

    #[test]
    fn totals_of_all_kinds() {
        for total in [
            "합계",
            " 합 계 ",
            "총계:",
            "합계(79,559건)",
            "총 79,559 개소",
            "TOTAL",
            "Grand Total",
            "[소계]",
            "계",
        ] {
            assert!(is_total(&cells(&["", total, "", "3"]), total, "서울"), "{total}");
            assert!(is_total(&cells(&[total, "", "", "3"]), "", ""), "{total}");
        }
        assert!(is_total(&cells(&["x", "서울 소계"]), "서울 소계", ""));
        for name in ["합계의원", "계한의원", "총의원", "서울소계"] {
            assert!(!is_total(&cells(&["a1", name, "서울 1"]), name, "서울 1"), "{name}");
        }
    }

    #[test]
    fn headers_again_and_of_others() {
        let header = ["id", "name", "type", "address"].map(str::to_owned);
        assert!(is_header(&cells(&["ID", " name", "type", "address"]), &header));
        assert!(!is_header(&cells(&["a1", "name", "의원", "서울"]), &header));
        assert!(is_other_header(&cells(&["요양기관명", "주소", "전화번호"]), &header));
        assert!(is_other_header(&cells(&["name", "id", "address", "type"]), &header));
        assert!(!is_other_header(&cells(&["a1", "가의원", "의원", "서울"]), &header));
    }
}
