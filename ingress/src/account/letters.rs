//! What e-mails about accounts say, in Korean and English: whoever reads them may not have said in which they would like it.

use super::codes::Purpose;
use crate::mail::Letter;

/// About a code. Where signing up was asked for and there is an account, that is said instead.
pub(super) fn code(purpose: Purpose, known: bool, code: &str, minutes: u64) -> Letter {
    let (subject, text) = match (purpose, known) {
        (Purpose::SignUp, true) => (
            "DocDe: 이미 가입된 이메일입니다 / You have an account already",
            "이 이메일로 가입된 DocDe 계정이 이미 있습니다. 로그인하거나 비밀번호를 재설정해 주세요.\n\
             직접 요청하지 않았다면 이 메일을 무시하셔도 됩니다.\n\n\
             There is a DocDe account with this e-mail address already: sign in, or set a new password.\n\
             If you did not ask for this, nothing needs to be done.\n"
                .to_owned(),
        ),
        (Purpose::SignUp, false) => (
            "DocDe 인증 코드 / Your DocDe code",
            format!(
                "회원가입 인증 코드: {code}\n{minutes}분 안에 한 번만 쓸 수 있습니다. 다른 사람에게 알려주지 마세요.\n\n\
                 Your code for signing up: {code}\nIt holds for {minutes} minutes and once. Tell it to nobody.\n"
            ),
        ),
        (Purpose::Reset, _) => (
            "DocDe 비밀번호 재설정 코드 / Your DocDe code for a new password",
            format!(
                "비밀번호 재설정 코드: {code}\n{minutes}분 안에 한 번만 쓸 수 있습니다. 직접 요청하지 않았다면 이 메일을 무시해 주세요.\n\n\
                 Your code for a new password: {code}\nIt holds for {minutes} minutes and once. If you did not ask for it, nothing needs to be done.\n"
            ),
        ),
    };
    Letter { subject: subject.to_owned(), text }
}

/// The password was changed: whoever did not do so should know.
pub(super) fn password_changed() -> Letter {
    let text = "DocDe 계정의 비밀번호가 변경되어 모든 기기에서 로그아웃되었습니다.\n\
         직접 변경하지 않았다면 바로 비밀번호를 재설정해 주세요.\n\n\
         The password of your DocDe account was changed, and all devices were signed out.\n\
         If that was not you, set a new password at once.\n";
    Letter {
        subject: "DocDe 비밀번호가 변경되었습니다 / Your DocDe password was changed".to_owned(),
        text: text.to_owned(),
    }
}
