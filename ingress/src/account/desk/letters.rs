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

/// A record that a desk had entered is the account's from now on.
pub(super) fn merged(hospital: &str, until: Timestamp) -> Letter {
    let until = in_seoul(until);
    letter(
        "DocDe: 병원의 환자 기록이 계정에 합쳐졌습니다 / A hospital's record joined your account",
        format!(
            "'{hospital}'에서 계정 없이 등록했던 환자 기록을 회원님의 계정에 합쳤습니다. 그 예약과 접수가 이제 계정에 보입니다.\n\
             본인이나 가족의 기록이 아니라면 {until}까지 병원에 알려 주세요. 되돌릴 수 있습니다.\n\n\
             \"{hospital}\" has joined a patient whom it had entered without an account with your account, which shows those bookings and tickets now.\n\
             If that is neither you nor your family, tell the hospital until {until}: it can be undone.\n"
        ),
    )
}

/// It no longer is.
pub(super) fn unmerged(hospital: &str) -> Letter {
    letter(
        "DocDe: 합쳐진 환자 기록이 분리되었습니다 / A hospital's record left your account",
        format!(
            "'{hospital}'에서 계정에 합쳤던 환자 기록을 다시 분리했습니다. 그 예약과 접수는 더 이상 계정에 보이지 않습니다.\n\n\
             \"{hospital}\" has taken the patient's record that it had joined with your account apart from it again.\n\
             Those bookings and tickets are no longer shown there.\n"
        ),
    )
}

fn in_seoul(at: Timestamp) -> String {
    time::show(at, chrono_tz::Asia::Seoul)
}

fn letter(subject: &str, text: String) -> Letter {
    Letter { subject: subject.to_owned(), text }
}
