//! What e-mails about memberships say, in Korean and English: whoever reads them may not have said in which they would like it.

use domain::people::Role;

use crate::mail::Letter;

/// The hospital is the applicant's.
pub(super) fn accepted(hospital: &str) -> Letter {
    letter(
        "DocDe: 병원 등록이 승인되었습니다 / The hospital is yours",
        format!(
            "'{hospital}'의 원장으로 확인되었습니다. 이제 이 병원을 관리할 수 있습니다.\n\n\
             You have been verified as a director of \"{hospital}\" and can run it from now on.\n"
        ),
    )
}

/// It is not.
pub(super) fn refused(hospital: &str, reason: &str) -> Letter {
    letter(
        "DocDe: 병원 등록이 거절되었습니다 / Your application was refused",
        format!(
            "'{hospital}'의 원장 신청이 거절되었습니다.\n사유: {reason}\n\n\
             Your application for \"{hospital}\" was refused.\nReason: {reason}\n"
        ),
    )
}

/// Somebody is asked to work there.
pub(super) fn invited(hospital: &str, role: Role, code: &str, days: i64) -> Letter {
    let (korean, english) = names(role);
    letter(
        "DocDe: 병원에서 초대했습니다 / A hospital invites you",
        format!(
            "'{hospital}'에서 {korean}(으)로 초대했습니다. 이 이메일 주소의 DocDe 계정으로 로그인한 뒤 아래 코드를 입력해 주세요.\n\
             초대 코드: {code}\n{days}일 동안 한 번만 쓸 수 있습니다. 다른 사람에게 알려주지 마세요.\n\n\
             \"{hospital}\" invites you as a {english}. Sign in with the DocDe account of this e-mail address and enter the code.\n\
             Your code: {code}\nIt holds for {days} days and once. Tell it to nobody.\n"
        ),
    )
}

/// Somebody no longer works there.
pub(super) fn removed(hospital: &str) -> Letter {
    letter(
        "DocDe: 병원 권한이 해제되었습니다 / You no longer work at a hospital",
        format!(
            "'{hospital}'에서의 권한이 해제되었습니다.\n\n\
             What you were allowed at \"{hospital}\" has been taken back.\n"
        ),
    )
}

const fn names(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Doctor => ("의사", "doctor"),
        _ => ("접수 직원", "receptionist"),
    }
}

fn letter(subject: &str, text: String) -> Letter {
    Letter { subject: subject.to_owned(), text }
}
