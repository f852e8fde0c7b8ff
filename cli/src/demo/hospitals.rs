//! The twelve hospitals of the demonstration. Their names and addresses are made up; places are real
//! so that regions and zones can be shown.

use chrono_tz::Tz;
use domain::ids::HospitalId;
use platform::seed::HospitalSeed;

/// One of them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DemoHospital {
    pub name: &'static str,
    pub kind: &'static str,
    pub address: &'static str,
    pub sido: &'static str,
    pub sigungu: &'static str,
    pub lat: f64,
    pub lon: f64,
    pub zone: Tz,
}

macro_rules! hospitals {
    ($($name:literal $kind:literal $address:literal $sido:literal $sigungu:literal $lat:literal $lon:literal $zone:ident;)+) => {
        /// All of them, in the order of their numbers.
        pub const ALL: &[DemoHospital] = &[$(DemoHospital {
            name: $name, kind: $kind, address: $address, sido: $sido, sigungu: $sigungu, lat: $lat, lon: $lon, zone: Tz::$zone,
        },)+];
    };
}

hospitals! {
    "도담봄내과의원(시연)" "의원" "서울특별시 중구 시연로 1" "서울" "중구" 37.5636 126.9976 Asia__Seoul;
    "한빛나래병원(시연)" "병원" "서울특별시 강남구 시연로 22" "서울" "강남구" 37.5172 127.0473 Asia__Seoul;
    "아침햇살소아청소년과의원(시연)" "의원" "경기도 수원시 팔달구 시연로 3" "경기" "수원팔달구" 37.2826 127.0197 Asia__Seoul;
    "물결정형외과의원(시연)" "의원" "부산광역시 해운대구 시연로 44" "부산" "부산해운대구" 35.1631 129.1635 Asia__Seoul;
    "느티나무종합병원(시연)" "종합병원" "대구광역시 수성구 시연로 5" "대구" "대구수성구" 35.8582 128.6306 Asia__Seoul;
    "다온이비인후과의원(시연)" "의원" "인천광역시 연수구 시연로 16" "인천" "인천연수구" 37.4101 126.6783 Asia__Seoul;
    "무등빛안과의원(시연)" "의원" "광주광역시 동구 시연로 7" "광주" "광주동구" 35.1460 126.9231 Asia__Seoul;
    "한밭가온병원(시연)" "병원" "대전광역시 유성구 시연로 28" "대전" "대전유성구" 36.3623 127.3563 Asia__Seoul;
    "솔마루가정의학과의원(시연)" "의원" "강원특별자치도 강릉시 시연로 9" "강원" "강릉시" 37.7519 128.8761 Asia__Seoul;
    "온고을피부과의원(시연)" "의원" "전북특별자치도 전주시 완산구 시연로 10" "전북" "전주완산구" 35.8120 127.1198 Asia__Seoul;
    "오름산부인과의원(시연)" "의원" "제주특별자치도 제주시 시연로 11" "제주" "제주시" 33.4996 126.5312 Asia__Seoul;
    "뉴욕한인가정의원(시연)" "의원" "Demonstration Avenue 12, Flushing, New York" "뉴욕" "플러싱" 40.7675 -73.8331 America__New_York;
}

/// The id of the hospital with this number.
pub fn id(number: usize) -> HospitalId {
    HospitalId::from_uuid(super::id("hospital", number))
}

/// All of them, to be made.
pub fn seeds() -> Vec<HospitalSeed> {
    let seed = |(number, hospital): (usize, &DemoHospital)| HospitalSeed {
        kind: hospital.kind.to_owned(),
        address: hospital.address.to_owned(),
        sido: hospital.sido.to_owned(),
        sigungu: hospital.sigungu.to_owned(),
        location: Some((hospital.lat, hospital.lon)),
        zone: hospital.zone,
        ..HospitalSeed::clinic(id(number), hospital.name)
    };
    ALL.iter().enumerate().map(seed).collect()
}
