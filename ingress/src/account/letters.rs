//! What e-mails about accounts say, in Korean and English: whoever reads them may not have said in which they would like it.

use super::body::CodeFor;
use crate::mail::Letter;

/// About a code. Where signing up was asked for and there is an account, that is said instead.
pub(super) fn code(code_for: CodeFor, known: bool, code: &str, minutes: u64) -> Letter {
    let (subject, text) = match (code_for, known) {
        (CodeFor::SignUp, true) => (
            "DocDe: 이미 가입된 이메일입니다 / You have an account already",
            "이 이메일로 가입된 DocDe 계정이 이미 있습니다. 로그인하거나 비밀번호를 재설정해 주세요.\n\
             직접 요청하지 않았다면 이 메일을 무시하셔도 됩니다.\n\n\
             There is a DocDe account with this e-mail address already: sign in, or set a new password.\n\
             If you did not ask for this, nothing needs to be done.\n"
                .to_owned(),
        ),
        (CodeFor::SignUp, false) => (
            "DocDe 인증 코드 / Your DocDe code",
            format!(
                "회원가입 인증 코드: {code}\n{minutes}분 안에 한 번만 쓸 수 있습니다. 다른 사람에게 알려주지 마세요.\n\n\
                 Your code for signing up: {code}\nIt holds for {minutes} minutes and once. Tell it to nobody.\n"
            ),
        ),
        (CodeFor::Reset, _) => (
            "DocDe 비밀번호 재설정 코드 / Your DocDe code for a new password",
            format!(
                "비밀번호 재설정 코드: {code}\n{minutes}분 안에 한 번만 쓸 수 있습니다. 직접 요청하지 않았다면 이 메일을 무시해 주세요.\n\n\
                 Your code for a new password: {code}\nIt holds for {minutes} minutes and once. If you did not ask for it, nothing needs to be done.\n"
            ),
        ),
    };
    Letter { subject: subject.to_owned(), text }
}

/// Somebody would like to have the reader in their family: by handing on the code they agree.
pub(super) fn family_code(asks: &str, code: &str, minutes: u64) -> Letter {
    let text = format!(
        "{asks} 님이 DocDe에서 회원님을 가족으로 등록하려고 합니다. 동의하시면 아래 코드를 {asks} 님에게 알려주세요.\n\
         동의하면 {asks} 님이 회원님의 진료 예약을 하고 볼 수 있습니다.\n\
         동의 코드: {code}\n{minutes}분 안에 한 번만 쓸 수 있습니다. 동의하지 않으면 이 메일을 무시해 주세요.\n\n\
         {asks} would like to add you to their family at DocDe, and could then make and see bookings for you.\n\
         If you agree, tell them this code: {code}\nIt holds for {minutes} minutes and once. If you do not agree, nothing needs to be done.\n"
    );
    let subject = "DocDe 가족 등록 동의 코드 / Your DocDe code to join a family";
    Letter { subject: subject.to_owned(), text }
}

/// The account is gone: whoever did not do so should know.
pub(super) fn account_deleted() -> Letter {
    let text = "DocDe 계정이 삭제되었습니다. 남은 예약과 접수는 취소되며, 이 이메일로 다시 가입하실 수 있습니다.\n\
         직접 삭제하지 않았다면 다른 곳에서도 쓰는 비밀번호를 바꿔 주세요.\n\n\
         Your DocDe account was deleted. Its bookings and tickets are being cancelled, and this address can sign up again.\n\
         If that was not you, change the password wherever else you use it.\n";
    Letter {
        subject: "DocDe 계정이 삭제되었습니다 / Your DocDe account was deleted".to_owned(),
        text: text.to_owned(),
    }
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
