//! The way of mails to their server: SMTP, encrypted where it leaves the machine.

use domain::ids::MailId;
use domain::time::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use platform::address::address;
use platform::config::{ConfigError, Env, invalid};
use std::time::Duration;

use super::letter::Letter;

const URL: &str = "MAIL_URL";
const FROM: &str = "DOCDE_MAIL_FROM";
/// For each step of the protocol.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Characters kept of what a server said.
const MAX_ERROR: usize = 200;

/// A server, and in whose name mails are sent.
#[derive(Debug)]
pub(super) struct Transport {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why a mail did not go. No address is in the text.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It never will.
    Final(String),
    /// Perhaps later.
    Passing(String),
}

impl Transport {
    /// `MAIL_URL` (none), such as `smtps://user:password@mail.example`, and `DOCDE_MAIL_FROM`, such as
    /// `DocDe <no-reply@example.kr>`, which is needed then.
    pub fn from_env(env: &Env) -> Result<Option<Self>, ConfigError> {
        if env.optional(URL).is_none() {
            return Ok(None);
        }
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(address(env, URL)?);
        let smtp = smtp.map_err(|_| invalid(URL, &"expected smtps://.. or smtp://.."))?;
        let from = env.required(FROM)?.parse::<Mailbox>();
        let from = from.map_err(|_| invalid(FROM, &"expected Name <address>"))?;
        Ok(Some(Self { smtp: smtp.timeout(Some(TIMEOUT)).build(), from }))
    }

    /// Until the server has taken it.
    pub async fn send(
        &self,
        id: MailId,
        recipient: &str,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let message = self.message(id, recipient, letter, now).map_err(Refusal::Final)?;
        let Err(error) = self.smtp.send(message).await else { return Ok(()) };
        let said: String = error.to_string().chars().take(MAX_ERROR).collect();
        let said = said.replace(recipient, "..");
        Err(if error.is_permanent() { Refusal::Final(said) } else { Refusal::Passing(said) })
    }

    fn message(
        &self,
        id: MailId,
        recipient: &str,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<Message, String> {
        let to = recipient.parse::<Mailbox>().map_err(|_| "not an address".to_owned())?;
        Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .date(now.into())
            .from(self.from.clone())
            .to(to)
            .subject(&letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(url: &str, from: &str) -> Result<Option<Transport>, String> {
        let pairs =
            [(URL, url), (FROM, from)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        Transport::from_env(&Env::from_pairs(pairs)).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_mail_has_one_message_id_and_korean_text() {
        let transport = transport("smtp://127.0.0.1:2525", "DocDe <no-reply@docde.test>");
        let transport = transport.unwrap().unwrap();
        let letter =
            Letter { subject: "인증 코드".to_owned(), text: "코드: 123456".to_owned() };
        let (id, now) = (MailId::generate(), domain::time::from_millis(1_800_000_000_000));
        let text = || {
            let message = transport.message(id, "a@example.kr", &letter, now).unwrap();
            String::from_utf8(message.formatted()).unwrap()
        };
        assert_eq!(text(), text());
        assert!(text().contains(&format!("Message-ID: <{id}@docde.test>")), "{}", text());
        assert!(text().contains("Date: Fri, 15 Jan 2027 08:00:00 +0000"), "{}", text());
    }

    #[tokio::test]
    async fn what_leaves_the_machine_is_encrypted() {
        let from = "DocDe <no-reply@docde.test>";
        assert!(transport("smtp://mail.example.kr", from).is_err());
        assert!(transport("smtps://mail.example.kr", from).is_ok());
        assert!(transport("smtp://mail.example.kr?tls=required", from).is_ok());
        assert!(transport("http://mail.example.kr", from).is_err());
        assert!(transport("smtps://mail.example.kr", "").unwrap_err().contains(FROM));
        assert!(transport("", "").unwrap().is_none());
    }
}
