//! Lists of hospitals for the import: invented ones in the shape of the real list, the same for a seed on every machine, and
//! the ways in which a list gets damaged.

use crate::Chance;
use crate::list_damage::{Damage, KINDS};

/// The columns of the real list and of its details.
const HEADER: &str = "id,name,type,address,sido,sigungu,dong,phone,lat,lon,departments,doctors_count,opened_on,\
                      department_specialists,specialists_count,beds,mon,tue,wed,thu,fri,sat,sun,lunch_weekday,lunch_sat,\
                      closed_sunday,closed_holiday,er_day,er_night,parking,url,ykiho,phone_raw";
const TYPES: [&str; 6] = ["의원", "치과의원", "한의원", "병원", "요양병원", "종합병원"];
const NAMES: [&str; 8] =
    ["경희", "서울", "연세", "가톨릭", "우리", "참좋은", "김이비인후과", "365열린"];
const PLACES: [(&str, &str, &str); 5] = [
    ("서울", "강남구", "개포동"),
    ("부산", "부산해운대구", "우동"),
    ("경기", "수원권선구", ""),
    ("제주", "제주시", "노형동"),
    ("세종시", "세종시", "나성동"),
];
const DEPARTMENTS: [&str; 6] =
    ["내과", "신경과", "한방안·이비인후·피부과", "치과보철", "가정의학과", "소아청소년과"];

/// Rows of cells; the first is the header.
pub type Rows = Vec<Vec<String>>;

/// So many rows in the shape of the real list, its dirt included.
pub fn sample(rows: usize, seed: u64) -> Rows {
    let mut chance = Chance::new(seed);
    let header = HEADER.split(',').map(str::to_owned).collect();
    std::iter::once(header).chain((0..rows).map(|number| row(number, &mut chance))).collect()
}

fn row(number: usize, chance: &mut Chance) -> Vec<String> {
    let (sido, sigungu, dong) = *chance.pick(&PLACES);
    let kind = *chance.pick(&TYPES);
    // The same name many times, as in the real list.
    let name =
        format!("{}{}{kind}", chance.pick(&NAMES), if chance.percent(70) { "" } else { "바른" });
    let floor = chance.below(9) + 1;
    let address =
        format!("{sido} {sigungu} 테헤란로 {number}, {floor}층 {floor}01호 ({dong}, \"가나\"빌딩)");
    let phone = format!("02-{}-{}", 1_000 + chance.below(9_000), 1_000 + chance.below(9_000));
    let count = chance.below(4) + 1;
    let departments: Vec<_> = (0..count).map(|_| *chance.pick(&DEPARTMENTS)).collect();
    let specialists: Vec<_> = (0..count).map(|_| chance.below(3).to_string()).collect();
    let hours = if chance.percent(27) { "09:00-18:00" } else { "" };
    let mut row = vec![
        format!("{:012x}", chance.bits() >> 16),
        name,
        kind.to_owned(),
        if chance.percent(90) { address } else { format!("{sido} {sigungu} {number}") },
        sido.to_owned(),
        sigungu.to_owned(),
        dong.to_owned(),
        if chance.percent(99) { phone.clone() } else { String::new() },
        format!("{:.7}", 33.5 + chance.below(4_000_000) as f64 / 1e6),
        format!("{:.7}", 126.0 + chance.below(3_000_000) as f64 / 1e6),
        departments.join("|"),
        chance.below(30).to_string(),
        if chance.percent(50) {
            format!(
                "20{:02}-{:02}-{:02}",
                chance.below(26),
                chance.below(12) + 1,
                chance.below(28) + 1
            )
        } else {
            String::new()
        },
        specialists.join("|"),
        chance.below(9).to_string(),
        chance.below(300).to_string(),
    ];
    row.extend((0..5).map(|_| hours.to_owned()));
    row.extend(
        ["09:00-13:00", "", "12:30-13:30", "", "휴진", "", "Y", "N", "12"].map(str::to_owned),
    );
    row.push(format!("http://h{number}.example.kr"));
    row.push(if chance.percent(52) {
        format!("JDQ4{:020x}", chance.bits())
    } else {
        String::new()
    });
    row.push(phone);
    row
}

/// The rows as CSV.
pub fn csv(rows: &[Vec<String>]) -> String {
    let cell = |cell: &String| {
        let plain = !cell.contains([',', '"', '\n', '\r', '\t', ';']);
        if plain { cell.clone() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
    };
    let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\n";
    rows.iter().map(line).collect()
}

/// A list after some damages.
#[derive(Debug)]
pub struct Damaged {
    pub bytes: Vec<u8>,
    /// How many rows it has, where that can be said.
    pub rows: Option<u64>,
    /// Names of the damages.
    pub damages: Vec<&'static str>,
}

/// Does these damages to a list, each with choices of its own: first those of cells, then of lines, then of bytes.
pub fn damaged(mut rows: Rows, damages: &[(usize, u64)]) -> Damaged {
    let of = |(kind, seed): &(usize, u64)| (&KINDS[kind % KINDS.len()], Chance::new(*seed));
    let mut names = Vec::new();
    let mut countable = true;
    for ((name, damage), mut chance) in damages.iter().map(of) {
        names.push(*name);
        match damage {
            Damage::Cells(damage) => damage(&mut rows, &mut chance),
            Damage::Lines(_) | Damage::Bytes(_) => countable = false,
        }
    }
    let count = rows.len() as u64 - 1;
    let mut lines: Vec<String> = csv(&rows).split_inclusive('\n').map(str::to_owned).collect();
    for ((_, damage), mut chance) in damages.iter().map(of) {
        if let Damage::Lines(damage) = damage {
            damage(&mut lines, &mut chance);
        }
    }
    let mut bytes = lines.concat().into_bytes();
    for ((_, damage), mut chance) in damages.iter().map(of) {
        if let Damage::Bytes(damage) = damage {
            damage(&mut bytes, &mut chance);
        }
    }
    Damaged { bytes, rows: countable.then_some(count), damages: names }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_list_and_damages() {
        assert_eq!(sample(50, 1), sample(50, 1));
        assert_ne!(sample(50, 1), sample(50, 2));
        for kind in 0..KINDS.len() {
            let once = || damaged(sample(20, 3), &[(kind, 7)]);
            assert_eq!(once().bytes, once().bytes, "{:?}", once().damages);
            let changed = (0..20).any(|seed| {
                damaged(sample(20, 3), &[(kind, seed)]).bytes != csv(&sample(20, 3)).into_bytes()
            });
            assert!(changed, "{:?} does nothing", once().damages);
        }
        assert!(sample(5, 1).iter().all(|row| row.len() == sample(0, 1)[0].len()));
    }
}
