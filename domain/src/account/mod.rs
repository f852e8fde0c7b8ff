//! The room of accounts: what an e-mail address, a name, a password, a phone and a birth date have to be, and when somebody without an
//! account is taken for somebody of one. Accounts, their sessions and their mails are written by ingress, in transactions of its own.

mod age;
mod desk_code;
mod merge;
mod name;
mod password;
mod phone;

pub use crate::email::Email;
pub use age::{ADULT, ADULT_FOR_ACCOUNT, is_adult, is_under_age};
pub use desk_code::{DESK_CODE_DIGITS, desk_code, desk_code_in_groups};
pub use merge::{MergeProof, MergeSide, NoMerge, may_merge};
pub use name::{MAX_NAME, person_name};
pub use password::{BadPassword, MAX_PASSWORD, MIN_PASSWORD, password};
pub use phone::e164;
