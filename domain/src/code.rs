//! Every code that a refusal can carry, in one place, with its HTTP status and its text in Korean
//! and English. A client may rely on the code; the text is for people and may change.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A language that texts exist in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    Korean,
    English,
}

macro_rules! codes {
    ($($name:ident $wire:literal $status:literal $korean:literal $english:literal;)+) => {
        /// Why a command was refused, or a request not taken.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        pub enum Code { $(#[doc = $english] #[serde(rename = $wire)] $name,)+ }

        impl Code {
            /// All of them, for documents and tests that walk the list.
            pub const ALL: &[Code] = &[$(Code::$name,)+];

            /// The stable name that clients see.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $wire,)+ }
            }

            /// The HTTP status that carries it.
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status,)+ }
            }

            pub const fn text(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Code::$name, Language::Korean) => $korean,
                      (Code::$name, Language::English) => $english,)+
                }
            }
        }
    };
}

codes! {
    SlotTaken "SLOT_TAKEN" 409 "이미 예약된 시간입니다." "That time is already taken.";
    PatientBusy "PATIENT_BUSY" 409 "같은 시간에 다른 예약이 있습니다." "The patient has another booking at that time.";
    Closed "CLOSED" 409 "진료하지 않는 시간입니다." "The doctor does not see patients then.";
    Paused "PAUSED" 409 "접수가 잠시 중단되었습니다." "Taking requests is paused.";
    CutoffPassed "CUTOFF_PASSED" 409 "변경 가능한 시간이 지났습니다." "The deadline for this has passed.";
    NotOpenYet "NOT_OPEN_YET" 409 "아직 예약이나 접수가 열리지 않았습니다." "Booking or reception for that time has not opened yet.";
    TooManyBookings "TOO_MANY_BOOKINGS" 409 "예약이나 접수 가능한 횟수를 넘었습니다." "The patient already has as many bookings or tickets as allowed.";
    LineFull "LINE_FULL" 409 "오늘 접수가 마감되었습니다." "The line takes no more tickets today.";
    StateConflict "STATE_CONFLICT" 409 "현재 상태에서는 할 수 없습니다." "The present state does not allow this.";
    LimitReached "LIMIT_REACHED" 409 "허용된 개수를 넘었습니다." "There are as many of these as allowed.";
    HoldExpired "HOLD_EXPIRED" 409 "임시 예약 시간이 지났습니다." "The hold has expired.";
    AccountDeleted "ACCOUNT_DELETED" 409 "계정이 삭제되어 처리할 수 없습니다." "The account was deleted, so this was not done.";
    FamilyFull "FAMILY_FULL" 409 "등록할 수 있는 가족 수를 넘었습니다." "The account has as many family members as allowed.";
    PatientInUse "PATIENT_IN_USE" 409 "이 사람의 예약이나 접수가 남아 있습니다." "This person still has a booking or a ticket.";
    IdentityNeeded "IDENTITY_NEEDED" 409 "본인 확인이 먼저 필요합니다. 계정에 표시되는 코드나 창구의 신분 확인이 있어야 합니다." "Who this is has to be shown first, by a code of the account or at the desk.";
    LastDirector "LAST_DIRECTOR" 409 "병원의 마지막 원장입니다. 먼저 다른 원장을 정해 주세요." "A hospital would be left without a director; name another one first.";
    ConsentRequired "CONSENT_REQUIRED" 409 "필수 동의는 철회할 수 없습니다. 그만 이용하시려면 계정을 삭제해 주세요." "A required consent ends with the account alone.";
    Discarded "DISCARDED" 409 "운영자가 요청을 폐기했습니다." "An operator discarded the request after looking into it.";
    Expired "EXPIRED" 409 "제한 시간 안에 처리하지 못했습니다." "The request was not decided within its time.";
    SlotNotOffered "SLOT_NOT_OFFERED" 422 "제공되지 않는 예약 시간입니다." "The doctor's schedule does not offer that time.";
    KeyReused "KEY_REUSED" 422 "같은 Idempotency-Key로 다른 요청을 보냈습니다." "The Idempotency-Key was used for another request.";
    Invalid "INVALID" 422 "요청 값이 올바르지 않습니다." "A value in the request is not valid.";
    CodeWrong "CODE_WRONG" 422 "인증 코드가 틀렸거나 만료되었거나 이미 사용되었습니다." "The code is wrong, over, or was used before.";
    PasswordWrong "PASSWORD_WRONG" 403 "비밀번호가 올바르지 않습니다." "The password is wrong.";
    GuardianNeeded "GUARDIAN_NEEDED" 422 "만 14세 미만은 보호자의 계정으로 이용할 수 있습니다." "Children under 14 take part through the account of a guardian.";
    ConsentMissing "CONSENT_MISSING" 422 "필수 동의 항목에 동의해야 합니다." "A consent that is required has not been given.";
    KeyMissing "KEY_MISSING" 400 "Idempotency-Key 헤더가 필요합니다." "An Idempotency-Key header is required.";
    Malformed "MALFORMED" 400 "요청 형식을 읽을 수 없습니다." "The request could not be read.";
    Unauthenticated "UNAUTHENTICATED" 401 "로그인이 필요합니다." "Sign in first.";
    SignInRefused "SIGN_IN_REFUSED" 401 "이메일 또는 비밀번호가 올바르지 않습니다." "The e-mail address or the password is wrong.";
    SessionEnded "SESSION_ENDED" 401 "로그인이 끝났습니다. 다시 로그인해 주세요." "The session has ended; sign in again.";
    Forbidden "FORBIDDEN" 403 "권한이 없습니다." "This is not allowed.";
    NotFound "NOT_FOUND" 404 "찾을 수 없습니다." "There is no such thing, or it is not yours.";
    RequestNotSeen "REQUEST_NOT_SEEN" 404 "아직 보지 못한 요청입니다. 같은 키로 다시 보내도 안전합니다." "No such request has been seen; sending the same key again is harmless.";
    MethodNotAllowed "METHOD_NOT_ALLOWED" 405 "이 주소에서 쓸 수 없는 메서드입니다." "This path has no such method.";
    RequestTimeout "REQUEST_TIMEOUT" 408 "요청이 제시간에 도착하지 않았습니다." "The request did not arrive in time.";
    Stale "STALE" 412 "그 사이에 변경되었습니다. 다시 확인해 주세요." "It has changed since you have seen it; look at it again.";
    TooLarge "TOO_LARGE" 413 "요청 본문이 너무 큽니다." "The body of the request is too large.";
    AddressTooLong "ADDRESS_TOO_LONG" 414 "요청 주소가 너무 깁니다." "The address of the request is too long.";
    UnsupportedMediaType "UNSUPPORTED_MEDIA_TYPE" 415 "본문은 압축하지 않은 application/json이어야 합니다." "The body must be application/json, and not compressed.";
    UpgradeRequired "UPGRADE_REQUIRED" 426 "이 주소는 WebSocket으로만 연결할 수 있습니다." "This address is for WebSocket only.";
    IfMatchMissing "IF_MATCH_MISSING" 428 "If-Match 헤더가 필요합니다." "An If-Match header with the ETag that you have seen is required.";
    HeadersTooLarge "HEADERS_TOO_LARGE" 431 "요청 헤더가 너무 많거나 너무 깁니다." "The headers of the request are too many or too long.";
    Busy "BUSY" 429 "요청이 많습니다. 잠시 후 같은 키로 다시 보내 주세요." "Too many requests at the moment; send the same key again shortly.";
    NotAccepted "NOT_ACCEPTED" 503 "요청을 받지 못했습니다. 같은 키로 다시 보내 주세요." "The request was not taken; send the same key again.";
    AcceptanceUnknown "ACCEPTANCE_UNKNOWN" 503 "요청이 접수되었는지 확인하지 못했습니다. 같은 키로 다시 보내 주세요." "Whether the request was taken is not known; send the same key again.";
    Unavailable "UNAVAILABLE" 503 "지금은 응답할 수 없습니다. 잠시 후 다시 시도해 주세요." "This cannot be answered at the moment; try again shortly.";
    Internal "INTERNAL" 500 "서버에 오류가 있었습니다. 같은 키로 다시 보내 주세요." "Something went wrong here; sending the same key again is harmless.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_speaks_both_languages() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} stands twice");
            assert!((400..600).contains(&code.status()));
            let korean = code.text(Language::Korean);
            assert!(korean.chars().any(|c| ('가'..='힣').contains(&c)), "{code}: {korean}");
            let english = code.text(Language::English);
            assert!(english.is_ascii() && english.ends_with('.'), "{code}: {english}");
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(json, format!("\"{}\"", code.as_str()));
            assert_eq!(serde_json::from_str::<Code>(&json).unwrap(), *code);
        }
    }
}
