//! `docde holidays import`: public holidays of a zone, substitute ones among them, from a CSV file with the columns `date`, `name_ko`
//! and perhaps `name_en`. Between its first and its last date the file is the truth. All of it is written, or nothing.

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::unicode;
use std::collections::BTreeMap;
use std::path::Path;

use super::dates;
use super::holidays_store::{self, Changed, Names};
use super::table::{Cells, Table};
use crate::failure::CliError;
use crate::{Context, Finding, Out};

/// Names of the columns, as files have them.
const DATE: [&str; 3] = ["date", "날짜", "일자"];
const NAME: [&str; 4] = ["name_ko", "name", "명칭", "공휴일명"];
const NAME_EN: [&str; 1] = ["name_en"];
/// Characters of a name.
const MAX_NAME: usize = 120;

pub async fn run(
    context: &Context,
    file: &Path,
    zone: Tz,
    out: Out<'_>,
) -> Result<Finding, CliError> {
    let holidays = read(&Table::read(file)?)?;
    let changed = holidays_store::replace(&context.pool()?, zone, &holidays).await?;
    let Changed { added, renamed, removed } = changed;
    writeln!(
        out,
        "holidays of {zone}: {} in the file; {added} added, {renamed} renamed, {removed} removed",
        holidays.len()
    )?;
    Ok(Finding::Good)
}

/// All holidays of the file.
pub fn read(table: &Table) -> Result<BTreeMap<NaiveDate, Names>, CliError> {
    let refused = |reason: String| CliError::Table { path: table.path.clone(), reason };
    let column =
        |names: &[&str]| table.header.iter().position(|title| names.contains(&title.as_str()));
    let missing = |name: &str| {
        refused(format!("the column {name} is missing; the file has: {}", table.shown_header()))
    };
    let date = column(&DATE).ok_or_else(|| missing("date"))?;
    let name = column(&NAME).ok_or_else(|| missing("name_ko"))?;
    let columns = (date, name, column(&NAME_EN));
    let mut holidays = BTreeMap::new();
    for record in table.records() {
        let at = |reason: String| refused(format!("line {}: {reason}", record.line));
        let cells = record.cells.as_ref().map_err(|lost| at(lost.reason.clone()))?;
        let (day, names) = holiday(cells, columns).map_err(at)?;
        if holidays.insert(day, names).is_some() {
            return Err(at(format!("{day} stands twice")));
        }
    }
    if holidays.is_empty() {
        return Err(refused("there is no holiday in it".to_owned()));
    }
    Ok(holidays)
}

fn holiday(
    cells: &Cells<'_>,
    (date, name, english): (usize, usize, Option<usize>),
) -> Result<(NaiveDate, Names), String> {
    let text = |index: usize| {
        let value = cells.values.get(index).map_or("", |value| value.as_ref());
        unicode::normal(value).trim().to_owned()
    };
    let day = dates::date(&text(date))?.ok_or("the date is empty")?;
    let names = (text(name), english.map(text).unwrap_or_default());
    if names.0.is_empty() {
        return Err("the name is empty".to_owned());
    }
    let is_long = |name: &String| name.chars().count() > MAX_NAME;
    if is_long(&names.0) || is_long(&names.1) {
        return Err(format!("a name of more than {MAX_NAME} characters"));
    }
    Ok((day, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<BTreeMap<NaiveDate, Names>, String> {
        let table = Table::of("holidays.csv", text.as_bytes().to_vec());
        table.and_then(|table| read(&table)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_list_is_read_with_its_substitute_days() {
        let text = "date,name_ko,name_en\n2026-03-01,삼일절,Independence Movement Day\n2026-03-02,삼일절 대체 휴일,\n";
        let read = of(text).unwrap();
        let substitute: NaiveDate = "2026-03-02".parse().unwrap();
        assert_eq!((read.len(), read[&substitute].0.as_str()), (2, "삼일절 대체 휴일"));
        assert_eq!(of("\u{feff}날짜,명칭\r\n2026. 12. 25.,성탄절\r\n").unwrap().len(), 1);
    }

    #[test]
    fn a_file_with_a_fault_is_refused_whole_and_the_fault_named() {
        for (text, told) in [
            ("date,name_ko\n2026-02-30,삼일절\n", "line 2"),
            ("date,name_ko\n2026-03-01,\n", "line 2: the name is empty"),
            ("date,name_ko\n,삼일절\n", "line 2: the date is empty"),
            (
                "date,name_ko\n2026-03-01,삼일절\n2026-03-01,삼일절\n",
                "line 3: 2026-03-01 stands twice",
            ),
            ("date,title\n2026-03-01,삼일절\n", "name_ko"),
            ("day,name_ko\n2026-03-01,삼일절\n", "date"),
            ("date,name_ko\n", "no holiday"),
            ("date,name_ko\n2026-03-01,삼일절,x,y\n", "line 2"),
        ] {
            let error = of(text).unwrap_err();
            assert!(error.contains(told), "{text:?}: {error}");
        }
        let long = format!("date,name_ko\n2026-03-01,{}\n", "가".repeat(121));
        assert!(of(&long).is_err());
    }
}
