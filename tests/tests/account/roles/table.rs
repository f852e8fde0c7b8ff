//! The table of `docs/roles.md`, as it is read here.

/// What a role is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cell {
    /// May.
    Ok,
    /// May with what is theirs; of another's there is none (404).
    Own,
    /// May not, and is told so.
    Refused(u16),
}

/// A route with a cell for each role.
#[derive(Debug)]
pub struct Row {
    pub operation: String,
    pub cells: Vec<Cell>,
}

/// All rows of the table that begins with `route` and these columns.
///
/// # Panics
/// Where the table is not as it should be.
pub fn rows(text: &str, columns: &[&str]) -> Vec<Row> {
    let split = |line: &str| -> Vec<String> {
        line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let header: Vec<String> =
        ["route"].iter().chain(columns).map(|name| (*name).to_owned()).collect();
    let mut lines = text.lines().skip_while(|line| split(line) != header);
    assert!(lines.next().is_some(), "no table with the columns {header:?}");
    let table = lines.skip(1).take_while(|line| line.starts_with('|'));
    table
        .map(|line| {
            let cells = split(line);
            assert_eq!(cells.len(), header.len(), "{line}");
            let operation = cells[0].trim_matches('`').to_owned();
            Row { operation, cells: cells[1..].iter().map(|text| cell(text, line)).collect() }
        })
        .collect()
}

fn cell(text: &str, line: &str) -> Cell {
    match text {
        "ok" => Cell::Ok,
        "own" => Cell::Own,
        "401" | "403" | "404" => Cell::Refused(text.parse().expect("a number")),
        _ => panic!("{text} is no cell: {line}"),
    }
}
