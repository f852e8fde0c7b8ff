//! Codes of notices, with their text in Korean and English. A client may rely on the code; the text is for people.

use serde::Serialize;

use crate::code::Language;

macro_rules! notices {
    ($($name:ident $wire:literal $korean:literal $english:literal;)+) => {
        /// What an account is told without having asked.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
        pub enum NoticeCode { $(#[doc = $english] #[serde(rename = $wire)] $name,)+ }

        impl NoticeCode {
            /// All of them.
            pub const ALL: &[NoticeCode] = &[$(NoticeCode::$name,)+];

            pub const fn text(self, language: Language) -> &'static str {
                match (self, language) {
                    $((NoticeCode::$name, Language::Korean) => $korean,
                      (NoticeCode::$name, Language::English) => $english,)+
                }
            }
        }
    };
}

notices! {
    BookingMade "BOOKING_MADE" "병원에서 예약을 등록했습니다." "The clinic has made a booking for you.";
    BookingMoved "BOOKING_MOVED" "병원에서 예약 시간을 변경했습니다." "The clinic has moved your booking.";
    BookingCancelled "BOOKING_CANCELLED" "병원에서 예약을 취소했습니다." "The clinic has cancelled your booking.";
    BookingApproved "BOOKING_APPROVED" "병원에서 예약을 확정했습니다." "The clinic has approved your booking.";
    BookingRefused "BOOKING_REFUSED" "예약 신청이 받아들여지지 않았습니다." "Your booking was not approved.";
    BookingChanged "BOOKING_CHANGED" "병원에서 예약 상태를 변경했습니다." "The clinic has changed how your booking stands.";
    BookingClosed "BOOKING_CLOSED" "병원이 그 시간에 진료하지 않아 예약이 취소되었습니다." "The clinic is closed at that time, and your booking is cancelled.";
    HoldOver "HOLD_OVER" "임시 예약 시간이 지나 시간이 반환되었습니다." "The time that was held for you is free again.";
    TicketTaken "TICKET_TAKEN" "병원에서 접수를 등록했습니다." "The clinic has taken a number for you.";
    TicketCancelled "TICKET_CANCELLED" "병원에서 접수를 취소했습니다." "The clinic has cancelled your number.";
    TicketCalled "TICKET_CALLED" "차례가 되었습니다." "It is your turn.";
    DayOver "DAY_OVER" "오늘 진료가 끝나 접수가 취소되었습니다." "The day is over, and your number is cancelled.";
    TicketSoon "TICKET_SOON" "곧 차례입니다." "It will be your turn soon.";
    TicketChanged "TICKET_CHANGED" "병원에서 접수 상태를 변경했습니다." "The clinic has changed how your number stands.";
}

/// A notice in words.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NoticeTitles {
    ko: &'static str,
    en: &'static str,
}

impl NoticeCode {
    pub fn titles(self) -> NoticeTitles {
        NoticeTitles { ko: self.text(Language::Korean), en: self.text(Language::English) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_speaks_both_languages() {
        for code in NoticeCode::ALL {
            let korean = code.text(Language::Korean);
            assert!(korean.chars().any(|c| ('가'..='힣').contains(&c)), "{code:?}: {korean}");
            assert!(code.text(Language::English).is_ascii(), "{code:?}");
        }
    }
}
