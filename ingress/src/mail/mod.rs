//! E-mails. Whoever writes one does so in the transaction of its cause; it is sent after that, by a task of ingress, because
//! ingress alone has the keys of sealed text: codes and names lie sealed in the table until then.

mod letter;
mod mail_store;
mod mailer;
mod pump;
mod transport;

pub(crate) use letter::{Letter, Posting};
pub(crate) use mail_store::forget;
pub(crate) use mailer::{MailConfig, Mailer};
