//! The rule of a line in words, as every hospital here has it, for people who wait.

use crate::code::Language;

/// In the order in which it applies; `super::Ticket::order` and `super::CallNext` are the rule itself.
pub const fn rule_text(language: Language) -> [&'static str; 5] {
    match language {
        Language::Korean => [
            "응급 등 먼저 진료해야 하는 분이 앞에 섭니다. 그 사유만 알려 드립니다.",
            "그다음은 접수한 순서입니다. 앱, 전화, 창구 접수에 차이가 없습니다.",
            "병원에 도착한 분만 부릅니다. 아직 도착하지 않은 분은 순서를 유지한 채 두 번까지 건너뛰고, 세 번째에는 보류합니다.",
            "보류된 분이 오시면 원래 순서로 돌아갑니다.",
            "불렀으나 오지 않은 분은 기다리는 모든 분의 뒤로 갑니다.",
        ],
        Language::English => [
            "Whoever must be seen first, in an emergency for example, goes before all others. Only the reason is told.",
            "Then the order is that of taking a number. App, phone and desk are treated alike.",
            "Only those who have arrived are called. Whoever has not arrived yet keeps the place, is passed over twice and is held at the third call.",
            "Whoever was held and comes, goes back to the place that was theirs.",
            "Whoever was called and did not come, goes behind all who wait.",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::MAX_PASSED;
    use super::*;

    #[test]
    fn the_rule_is_told_in_both_languages_and_counts_as_the_code_does() {
        let (korean, english) = (rule_text(Language::Korean), rule_text(Language::English));
        for (korean, english) in korean.iter().zip(english) {
            assert!(korean.chars().any(|c| ('가'..='힣').contains(&c)), "{korean}");
            assert!(english.is_ascii() && english.ends_with('.'), "{english}");
        }
        assert_eq!(MAX_PASSED, 3, "the texts say: twice, and held at the third");
    }
}
