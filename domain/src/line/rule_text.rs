//! The rules of a hospital's lines in words, for people who wait.

use super::{Assign, HospitalRules};
use crate::code::Language;

/// In the order in which they apply; `super::Ticket::order` and `super::CallNext` are the rules themselves.
pub fn rule_text(rules: &HospitalRules, language: Language) -> Vec<String> {
    match language {
        Language::Korean => korean(rules),
        Language::English => english(rules),
    }
}

fn korean(rules: &HospitalRules) -> Vec<String> {
    let HospitalRules {
        early_minutes,
        late_minutes,
        max_passed,
        max_live_tickets,
        max_postpones,
        assign,
        cap_by_finish,
        board,
    } = rules;
    vec![
        "응급 등 먼저 진료해야 하는 분이 앞에 섭니다. 그 사유만 알려 드립니다.".to_owned(),
        "그다음은 접수한 순서입니다. 앱, 전화, 창구 접수에 차이가 없습니다.".to_owned(),
        format!(
            "예약한 분이 예약 시각 {late_minutes}분 뒤까지 도착하면 예약 시각 {early_minutes}분 전에 접수한 것으로 봅니다. 그보다 늦으면 도착한 순서입니다."
        ),
        format!(
            "병원에 도착한 분만 부릅니다. 아직 도착하지 않은 분은 순서를 유지한 채 건너뛰고, {max_passed}번째로 건너뛸 때 보류합니다."
        ),
        "보류된 분이 오시면 원래 순서로 돌아갑니다.".to_owned(),
        "불렀으나 오지 않은 분은 기다리는 모든 분의 뒤로 갑니다.".to_owned(),
        format!(
            "기다리는 분은 {max_postpones}번까지, 도착해 있는 바로 다음 분의 뒤로 순서를 미룰 수 있습니다. 그 때문에 다른 분의 순서가 늦어지지는 않습니다."
        ),
        if *cap_by_finish {
            "진료가 끝나는 시간을 넘길 것으로 예상되면 앱과 창구 모두 접수를 마감합니다."
        } else {
            "창구에서 정하지 않는 한, 진료 시간이 끝날 때까지 접수를 받습니다."
        }
        .to_owned(),
        match assign {
            Assign::ShortestEstimate => {
                "의사를 정하지 않은 분은 가장 빨리 진료받을 것으로 예상되는 의사에게 접수됩니다."
            }
            Assign::FewestAhead => {
                "의사를 정하지 않은 분은 기다리는 분이 가장 적은 의사에게 접수됩니다."
            }
        }
        .to_owned(),
        format!("한 계정은 모든 병원을 합하여 {max_live_tickets}건까지 동시에 접수할 수 있습니다."),
        if *board {
            "부른 번호와 진료실은 이름 없이 공개 화면에 표시됩니다."
        } else {
            "부른 번호는 공개 화면에 표시되지 않습니다."
        }
        .to_owned(),
    ]
}

fn english(rules: &HospitalRules) -> Vec<String> {
    let HospitalRules {
        early_minutes,
        late_minutes,
        max_passed,
        max_live_tickets,
        max_postpones,
        assign,
        cap_by_finish,
        board,
    } = rules;
    vec![
            "Whoever must be seen first, in an emergency for example, goes before all others. Only the reason is told.".to_owned(),
            "Then the order is that of taking a number. App, phone and desk are treated alike.".to_owned(),
            format!("A booked patient who arrives up to {late_minutes} minutes after the booked time stands as if the number had been taken {early_minutes} minutes before it; later, as of the arrival."),
            format!("Only those who have arrived are called. Whoever has not arrived yet keeps the place while passed over, and is held at call number {max_passed} that does so."),
            "Whoever was held and comes, goes back to the place that was theirs.".to_owned(),
            "Whoever was called and did not come, goes behind all who wait.".to_owned(),
            format!("Whoever waits may go behind the next one who is there, {max_postpones} times at most. Nobody else waits longer because of it."),
            if *cap_by_finish {
                "Whoever would be seen after the end of the doctor's hours gets no number, by whatever way."
            } else {
                "Numbers are given until the end of the doctor's hours, unless the desk says otherwise."
            }
            .to_owned(),
            match assign {
                Assign::ShortestEstimate => "Whoever names no doctor goes to the one whose line is expected to be over first.",
                Assign::FewestAhead => "Whoever names no doctor goes to the one before whom the fewest wait.",
            }
            .to_owned(),
            format!("An account may hold {max_live_tickets} numbers at a time, at all hospitals together."),
            if *board {
                "Numbers that are called, and the rooms, are shown on a public board, without names."
            } else {
                "Numbers that are called are shown on no public board."
            }
            .to_owned(),
        ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_told_in_both_languages_with_the_numbers_that_the_hospital_has_set() {
        let rules = HospitalRules {
            early_minutes: 11,
            late_minutes: 13,
            max_passed: 17,
            max_live_tickets: 19,
            max_postpones: 7,
            ..HospitalRules::default()
        };
        let texts =
            [Language::Korean, Language::English].map(|language| rule_text(&rules, language));
        let [korean, english] = &texts;
        assert_eq!(korean.len(), english.len());
        for (korean, english) in korean.iter().zip(english) {
            assert!(korean.chars().any(|c| ('가'..='힣').contains(&c)), "{korean}");
            assert!(english.is_ascii() && english.ends_with('.'), "{english}");
        }
        for text in texts {
            let text = text.join(" ");
            assert!(
                ["11", "13", "17", "19", "7"].iter().all(|number| text.contains(number)),
                "{text}"
            );
        }
    }
}
