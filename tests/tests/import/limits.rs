//! What fits into the tables by the import's own limits, fits.

use cli::import::{Counts, limits};
use docde_tests::World;

use crate::stage::import;

/// A row with every column at its limit, of characters of that many bytes.
fn full(number: usize, character: char) -> String {
    let cell = |(name, limit): (&str, usize)| match name {
        "id" => number.to_string(),
        "lat" => "37.5".to_owned(),
        "lon" => "127.0".to_owned(),
        "opened_on" => "2005-01-12".to_owned(),
        _ => character.to_string().repeat(limit),
    };
    limits().into_iter().map(cell).collect::<Vec<_>>().join(",") + "\n"
}

fn header() -> String {
    limits().into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(",") + "\n"
}

#[tokio::test]
async fn every_column_at_its_limit_fits_into_the_tables() {
    let world = World::new().await;
    let list: String =
        ['x', '가', '𠮷', '\\'].into_iter().enumerate().map(|(n, c)| full(n, c)).collect();
    let said = import(&world, (header() + &list).as_bytes()).await;
    assert_eq!(
        said.counts(),
        Counts { read: 4, added: 4, ..Counts::default() },
        "{}{}",
        said.out,
        said.errors
    );
    let again = import(&world, (header() + &list).as_bytes()).await;
    assert_eq!(
        again.counts(),
        Counts { read: 4, unchanged: 4, ..Counts::default() },
        "{}",
        again.out
    );
    world.finish().await;
}

/// More than the server takes in one statement.
#[tokio::test]
async fn many_full_rows_go_in_several_statements() {
    let world = World::new().await;
    let list: String = (0..200).map(|number| full(number, '𠮷')).collect();
    assert!(list.len() > 16 << 20);
    let said = import(&world, (header() + &list).as_bytes()).await;
    assert_eq!(
        said.counts(),
        Counts { read: 200, added: 200, ..Counts::default() },
        "{}{}",
        said.out,
        said.errors
    );
    world.finish().await;
}
