//! Files as they come, read and planned without a database.

use encoding_rs::EUC_KR;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

use super::details::Details;
use super::plan::{Identified, Plan};
use super::row::{Hospital, Rows};
use super::table::Table;
use crate::failure::CliError;

const HIRA: &str = "\
암호화요양기호,요양기관명,종별코드,종별코드명,시도코드명,시군구코드명,읍면동,주소,전화번호,병원홈페이지,개설일자,총의사수,좌표(X),좌표(Y)
JDQ4MTYy,가나의원,31,의원,서울,강남구,역삼동,\"서울특별시 강남구 테헤란로 1, 2층\",02-1234-5678,http://a.kr,2001-05-04,3,127.03,37.49
JDQ4MTYz,다라병원,21,병원,부산,부산해운대구,우동,부산광역시 해운대구 1,,,20100102,12,129.1,35.1
";

fn table(bytes: impl Into<Vec<u8>>) -> Table {
    Table::of("list.csv", bytes.into()).unwrap()
}

fn rows(table: &Table) -> Rows {
    Rows::read(table, &table.columns().unwrap(), None)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn known(hospital: &Hospital) -> Identified {
    (uuid::Uuid::now_v7(), hospital.clone())
}

fn plan(table: &Table, there: &[Identified]) -> Plan {
    Plan::of(rows(table).hospitals, there, &table.columns().unwrap().listed(None))
}

#[test]
fn the_same_list_in_every_dress_is_the_same() {
    let plain = rows(&table(HIRA)).hospitals;
    assert_eq!(plain.len(), 2);
    let cp949 = EUC_KR.encode(HIRA).0.into_owned();
    let with_mark = [b"\xef\xbb\xbf".as_slice(), HIRA.as_bytes()].concat();
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(HIRA.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (dress, encoding) in [
        (cp949.clone(), "CP949"),
        (gzip(&cp949), "CP949"),
        (with_mark, "UTF-8"),
        (utf16, "UTF-16LE"),
    ] {
        let table = table(dress);
        assert_eq!(table.encoding, encoding);
        assert_eq!(rows(&table).hospitals, plain);
    }
}

#[test]
fn columns_of_the_wild_are_found_by_name() {
    let table = table(HIRA);
    let rows = rows(&table);
    let first = &rows.hospitals[0];
    assert_eq!(
        (first.name.as_str(), first.kind.as_str(), first.dong.as_str()),
        ("가나의원", "의원", "역삼동")
    );
    assert_eq!(first.address, "서울특별시 강남구 테헤란로 1, 2층");
    assert_eq!(first.coordinates, Some((37.49, 127.03)));
    assert_eq!((first.doctors_count, first.ykiho.as_deref()), (Some(3), Some("JDQ4MTYy")));
    assert_eq!(first.details_json().as_deref(), Some(r#"{"url":"http://a.kr"}"#));
    assert_eq!(rows.hospitals[1].opened_on.unwrap().to_string(), "2010-01-02");
    assert_eq!(rows.hospitals[1].phone, None);
    assert_eq!(table.columns().unwrap().ignored, ["종별코드"]);
}

#[test]
fn the_order_of_columns_does_not_matter_and_only_names_and_addresses_must_be() {
    let one = rows(&table("id,name,type,address\na1,가,의원,서울 1\n")).hospitals;
    let other = rows(&table("address,unheard of,name,type,id\n서울 1,x,가,의원,a1\n")).hospitals;
    assert_eq!(one, other);
    let missing = table("id,요양기관명,type\na1,가,의원\n");
    let Err(CliError::Table { reason, .. }) = missing.columns() else { panic!("refused") };
    assert!(reason.contains("address (주소)"), "{reason}");
}

#[test]
fn damaged_rows_are_rejected_by_line_and_doubtful_values_left_out() {
    let list = "id,name,type,address,lat,lon,doctors_count\n\
                a1,가,의원,서울 1,37.5,127.0,1\n\
                a2,,의원,서울 2,37.5,127.0,1\n\
                a1,다,의원,서울 3,37.5,127.0,1\n\
                a4,라,의원\n\
                a5,마,의원,서울 5,0.0,0.0,many\n";
    let rows = rows(&table(list));
    let rejected: Vec<_> =
        rows.rejected.iter().map(|(line, reason)| (*line, reason.as_str())).collect();
    assert_eq!(
        rejected,
        [
            (3, "the name is empty"),
            (4, "the same institution as line 2 (a1)"),
            (5, "3 values instead of 7: name or address is missing"),
        ]
    );
    assert_eq!(rows.hospitals.len(), 2);
    assert_eq!((rows.hospitals[1].coordinates, rows.hospitals[1].doctors_count), (None, None));
    assert_eq!(rows.warnings.iter().filter(|(line, _)| *line == 6).count(), 2);
}

#[test]
fn one_damaged_byte_costs_one_row() {
    let mut bytes = HIRA.replace("가나의원", "?나의원").into_bytes();
    let at = bytes.iter().position(|b| *b == b'?').unwrap();
    bytes[at] = 0xff;
    let rows = rows(&table(bytes));
    assert_eq!((rows.hospitals.len(), rows.rejected.len()), (1, 1));
    assert_eq!(rows.rejected[0].0, 2);
}

#[test]
fn again_nothing_changes_and_edits_are_found() {
    let there: Vec<_> = rows(&table(HIRA)).hospitals.iter().map(known).collect();
    let again = plan(&table(HIRA), &there);
    assert_eq!(
        (again.added.len(), again.changed.len(), again.unchanged, again.missing),
        (0, 0, 2, 0)
    );
    // The first moved: its key is another, HIRA's id the same. The second is gone, a third is new.
    let later =
        HIRA.replace("테헤란로 1", "테헤란로 9").replace("JDQ4MTYz,다라병원", "JDQ4MTY0,바사병원");
    let later = plan(&table(later), &there);
    assert_eq!(
        (later.added.len(), later.changed.len(), later.unchanged, later.missing),
        (1, 1, 0, 1)
    );
    assert_eq!(
        (later.changed[0].0, &later.changed[0].1.source_key),
        (there[0].0, &there[0].1.source_key)
    );
    assert!(later.changed[0].1.address.contains("테헤란로 9"));
}

#[test]
fn a_file_tells_only_what_it_has_columns_for() {
    let full = "id,name,type,address,beds,url,ykiho\na1,가,의원,서울 1,7,http://a,Y1\n";
    let there: Vec<_> = rows(&table(full)).hospitals.iter().map(known).collect();
    let short = plan(&table("id,name,type,address\na1,가,의원,서울 1\n"), &there);
    assert_eq!(short.unchanged, 1);
    let emptied = plan(&table("id,name,address,url\na1,가,서울 1,\n"), &there);
    let (_, after) = &emptied.changed[0];
    assert_eq!(
        (after.details_json().as_deref(), after.kind.as_str()),
        (Some(r#"{"beds":7}"#), "의원")
    );
}

#[test]
fn a_file_without_ids_finds_its_hospitals_by_their_words() {
    let list = "id,name,type,address,phone\na1,가,의원,서울 1,02-1\na2,나,의원,서울 2,02-2\n";
    let there: Vec<_> = rows(&table(list)).hospitals.iter().map(known).collect();
    let wild = "요양기관명,종별코드명,주소,전화번호\n나,의원,서울 22,02-2\n가,의원,서울 1,02-9\n다,의원,서울 3,\n";
    let found = plan(&table(EUC_KR.encode(wild).0.into_owned()), &there);
    assert_eq!(
        (found.added.len(), found.changed.len(), found.unchanged, found.missing),
        (1, 2, 0, 0)
    );
    assert_eq!(
        (found.changed[1].0, found.changed[1].1.source_key.as_str()),
        (there[0].0, "a1"),
        "id and key stay"
    );
}

#[test]
fn a_second_file_adds_its_columns() {
    let list = table("id,name,type,address\na1,가,의원,서울 1\na2,나,의원,서울 2\n");
    let second = table("id,beds,mon,ykiho\na1,7,09:00-18:00,Y1\na9,1,,\n");
    let details = Details::of(&second).unwrap();
    let columns = list.columns().unwrap();
    let rows = Rows::read(&list, &columns, Some(&details));
    assert_eq!(
        rows.hospitals[0].details_json().as_deref(),
        Some(r#"{"beds":7,"mon":"09:00-18:00"}"#)
    );
    assert_eq!(rows.hospitals[0].ykiho.as_deref(), Some("Y1"));
    assert_eq!((rows.hospitals[1].details_json().as_deref(), rows.without_row), (None, 1));
    let whole = table("id,name,type,address,beds,mon,ykiho\na1,가,의원,서울 1,7,09:00-18:00,Y1\n");
    let whole = Rows::read(&whole, &whole.columns().unwrap(), None);
    assert_eq!(whole.hospitals[0], rows.hospitals[0], "the same, from one file or two");
}

#[test]
fn a_column_without_a_title_is_no_id() {
    let list = table(",id,name,address\n0,a1,가,서울 1\n1,a2,나,서울 2\n");
    let keys: Vec<_> =
        rows(&list).hospitals.into_iter().map(|hospital| hospital.source_key).collect();
    assert_eq!(keys, ["a1", "a2"]);
    let nameless = table(",name,address\n0,가,서울 1\n");
    assert_ne!(rows(&nameless).hospitals[0].source_key, "0");
}

#[test]
fn what_a_person_has_set_stays_and_is_no_change() {
    let list = table(HIRA);
    let mut there: Vec<Identified> = rows(&list).hospitals.iter().map(known).collect();
    let set = &mut there[0].1;
    set.name = "새이름의원".to_owned();
    set.phone = None;
    set.departments = "내과".to_owned();
    set.details.insert("mon".to_owned(), "09:00-18:00".into());
    set.edited = ["name", "phone", "departments", "hours"].map(str::to_owned).to_vec();
    let again = plan(&list, &there);
    assert_eq!((again.added.len(), again.changed.len(), again.unchanged), (0, 0, 2));
    // What nobody has set follows the list.
    let moved = table(HIRA.replace("테헤란로 1, 2층", "테헤란로 9"));
    let moved = plan(&moved, &there);
    assert_eq!((moved.added.len(), moved.changed.len()), (0, 1));
    let after = &moved.changed[0].1;
    assert_eq!((after.name.as_str(), after.phone.as_deref()), ("새이름의원", None));
    assert_eq!(after.address, "서울특별시 강남구 테헤란로 9");
    assert_eq!(
        (after.departments.as_str(), after.details["mon"].as_str()),
        ("내과", Some("09:00-18:00"))
    );
}
