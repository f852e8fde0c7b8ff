//! Guards that a test can switch off to show that they are needed. Only a build with the feature `unguarded` can: it
//! reads `DOCDE_GUARD_OFF`, the name of one guard. In every other build all guards are on and nothing is read.

#[cfg(all(feature = "unguarded", not(debug_assertions)))]
compile_error!("the feature `unguarded` is for tests: no release may be built with it");

/// What can be switched off in the code. The keys of the schema are dropped by the fault suite itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guard {
    /// A command that was decided before is looked up.
    Inbox,
    /// An owner of an old epoch commits nothing.
    Epoch,
    /// A command is accepted when the broker has confirmed it.
    Confirm,
}

/// Whether this guard is switched off: never, in a build for use.
#[cfg(not(feature = "unguarded"))]
#[must_use]
pub const fn is_off(_: Guard) -> bool {
    false
}

/// Whether this guard is switched off: when `DOCDE_GUARD_OFF` names it.
#[cfg(feature = "unguarded")]
#[must_use]
pub fn is_off(guard: Guard) -> bool {
    use std::sync::LazyLock;

    static OFF: LazyLock<Option<String>> = LazyLock::new(|| {
        crate::config::Env::of_process().optional("DOCDE_GUARD_OFF").map(str::to_owned)
    });
    let name = match guard {
        Guard::Inbox => "inbox",
        Guard::Epoch => "epoch",
        Guard::Confirm => "confirm",
    };
    OFF.as_deref() == Some(name)
}

#[cfg(all(test, not(feature = "unguarded")))]
mod tests {
    use super::*;

    #[test]
    fn without_the_feature_every_guard_is_on() {
        const { assert!(!is_off(Guard::Inbox) && !is_off(Guard::Epoch) && !is_off(Guard::Confirm)) };
    }
}
