//! What e-mails about a desk say, in Korean and English: whoever reads them may not have said in which they would like it. None names a
//! patient.

use domain::time::{self, Timestamp};

use crate::mail::Letter;

/// Staff have looked somebody of the account up.
pub(super) fn looked_up(hospital: &str, at: Timestamp) -> Letter {
    let at = in_seoul(at);
    letter(
        "DocDe: 병원에서 환자 정보를 조회했습니다 / A hospital looked you up",
        format!(
            "'{hospital}'에서 {at}에 회원님 또는 가족의 환자 정보(이름, 생년월일, 전화번호)를 조회했습니다.\n\
             병원에 연락하거나 방문하지 않았다면 병원에 문의해 주세요.\n\n\
             Staff of \"{hospital}\" looked up you or somebody of your family (name, birth date, phone) at {at}.\n\
             If nobody of you called or visited, ask the hospital.\n"
        ),
    )
}

fn in_seoul(at: Timestamp) -> String {
    time::show(at, chrono_tz::Asia::Seoul)
}

fn letter(subject: &str, text: String) -> Letter {
    Letter { subject: subject.to_owned(), text }
}
