//! The statements of a batch that need no answer, gathered as text and sent at once. A batch so costs few round trips,
//! and a statement may have any number of rows, where a prepared one has as many as it was prepared for. Every value
//! goes through [`Literal`], which writes nothing that could end a literal.

use chrono::{NaiveDate, NaiveTime};
use domain::time::Timestamp;
use sqlx::{AssertSqlSafe, MySqlConnection};
use std::fmt::Write;
use uuid::Uuid;

/// Statements, in the order in which they run.
#[derive(Debug, Default)]
pub struct Script(String);

impl Script {
    /// Adds a statement with one row of values for each of `rows`, between `head` (`INSERT INTO .. VALUES`) and `tail`.
    /// Of no rows, nothing is added.
    pub fn rows<T>(
        &mut self,
        head: &str,
        rows: impl IntoIterator<Item = T>,
        tail: &str,
        values: impl Fn(&mut Values<'_>, T),
    ) {
        let mut before = head;
        for row in rows {
            self.0.push_str(before);
            self.0.push_str(" (");
            values(&mut Values { text: &mut self.0, any: false }, row);
            self.0.push(')');
            before = ",";
        }
        if before == "," {
            self.0.push_str(tail);
            self.end();
        }
    }

    /// Adds a statement whose parts are texts of the program and values in turn: `texts[0] values[0] texts[1] ..`.
    pub fn statement(&mut self, texts: &[&str], values: &[&dyn Literal]) {
        for (index, text) in texts.iter().enumerate() {
            self.0.push_str(text);
            if let Some(value) = values.get(index) {
                value.write(&mut self.0);
            }
        }
        self.end();
    }

    fn end(&mut self) {
        self.0.push_str(";\n");
    }

    /// Sends them. The first that fails ends it, with its error.
    pub async fn run(self, connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
        if !self.0.is_empty() {
            sqlx::raw_sql(AssertSqlSafe(self.0)).execute(connection).await?;
        }
        Ok(())
    }
}

/// The values of one row.
pub struct Values<'t> {
    text: &'t mut String,
    any: bool,
}

impl Values<'_> {
    pub fn push(&mut self, value: impl Literal) -> &mut Self {
        if self.any {
            self.text.push(',');
        }
        self.any = true;
        value.write(self.text);
        self
    }
}

/// A value as text of SQL, whatever the server's `sql_mode`.
pub trait Literal {
    fn write(&self, text: &mut String);
}

impl Literal for Uuid {
    fn write(&self, text: &mut String) {
        let mut buffer = Uuid::encode_buffer();
        text.push_str("x'");
        text.push_str(self.simple().encode_lower(&mut buffer));
        text.push('\'');
    }
}

impl Literal for [u8] {
    fn write(&self, text: &mut String) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        text.push_str("x'");
        for byte in self {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        text.push('\'');
    }
}

/// A text that would need escaping goes as its bytes: how to escape depends on the server's `sql_mode`.
impl Literal for str {
    fn write(&self, text: &mut String) {
        if self.bytes().all(|byte| byte >= b' ' && byte != b'\'' && byte != b'\\') {
            text.push('\'');
            text.push_str(self);
            text.push('\'');
        } else {
            text.push_str("_utf8mb4 ");
            self.as_bytes().write(text);
        }
    }
}

impl Literal for Timestamp {
    fn write(&self, text: &mut String) {
        // Writing to a String does not fail.
        let _ = write!(text, "'{}'", self.naive_utc().format("%Y-%m-%d %H:%M:%S%.3f"));
    }
}

impl Literal for NaiveDate {
    fn write(&self, text: &mut String) {
        let _ = write!(text, "'{self}'");
    }
}

impl Literal for NaiveTime {
    fn write(&self, text: &mut String) {
        let _ = write!(text, "'{}'", self.format("%H:%M:%S"));
    }
}

impl<T: Literal> Literal for Option<T> {
    fn write(&self, text: &mut String) {
        match self {
            Some(value) => value.write(text),
            None => text.push_str("NULL"),
        }
    }
}

impl<T: Literal + ?Sized> Literal for &T {
    fn write(&self, text: &mut String) {
        (**self).write(text);
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Literal for $number {
            fn write(&self, text: &mut String) {
                let _ = write!(text, "{self}");
            }
        }
    )*};
}
numbers!(u8, u16, u32, u64);

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(value: &dyn Literal) -> String {
        let mut text = String::new();
        value.write(&mut text);
        text
    }

    #[test]
    fn rows_become_one_statement_and_no_rows_none() {
        let mut script = Script::default();
        let pairs = [(1_u8, "a"), (2, "b")];
        let tail = " ON DUPLICATE KEY UPDATE b = VALUES(b)";
        script.rows("INSERT INTO t VALUES", pairs, tail, |values, (number, name)| {
            values.push(number).push(name);
        });
        script.rows("INSERT INTO u VALUES", [0_u8; 0], "", |values, number| {
            values.push(number);
        });
        script.statement(&["UPDATE t SET a = ", " WHERE b = ", ""], &[&3_u64, &"c"]);
        assert_eq!(
            script.0,
            "INSERT INTO t VALUES (1,'a'), (2,'b') ON DUPLICATE KEY UPDATE b = VALUES(b);\nUPDATE t SET a = 3 WHERE b = 'c';\n"
        );
    }

    #[test]
    fn no_text_ends_its_literal() {
        assert_eq!(text_of(&"가 b"), "'가 b'");
        for text in ["'", "\\", "a'; DROP TABLE booking; --", "\0", "\n", "\u{1a}", "\\'"] {
            let literal = text_of(&text);
            let hex = literal.strip_prefix("_utf8mb4 x'").and_then(|rest| rest.strip_suffix('\''));
            assert!(
                hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit())),
                "{literal}"
            );
        }
    }

    #[test]
    fn values_are_written_as_the_database_reads_them() {
        let at = "2026-11-27T08:00:00.5Z".parse::<Timestamp>().unwrap();
        assert_eq!(text_of(&at), "'2026-11-27 08:00:00.500'");
        assert_eq!(text_of(&at.date_naive()), "'2026-11-27'");
        assert_eq!(text_of(&Uuid::nil()), "x'00000000000000000000000000000000'");
        assert_eq!(text_of(&[0_u8, 255].as_slice()), "x'00ff'");
        assert_eq!(text_of(&None::<&str>), "NULL");
    }
}
