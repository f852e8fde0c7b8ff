//! The mail server of development (`deploy/dev/mail_catcher.py`), one for a test, and the mails that it caught.

use serde::Deserialize;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::wait::until;
use crate::world::World;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/dev/mail_catcher.py");

/// A running server. It ends when it is dropped.
pub struct Mails {
    child: Child,
    folder: PathBuf,
    port: u16,
}

/// A mail as its reader sees it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Mail {
    pub to: String,
    pub from: String,
    pub subject: String,
    pub message_id: String,
    pub text: String,
}

impl Mail {
    /// The six digits in it.
    pub fn code(&self) -> String {
        let mut runs = self.text.split(|c: char| !c.is_ascii_digit());
        runs.find(|run| run.len() == 6).expect("a code in the mail").to_owned()
    }
}

impl Mails {
    pub async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("docde-mails-{}", Uuid::new_v4().simple()));
        let mut child = Command::new("/usr/bin/python3")
            .args([SCRIPT, "serve"])
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the distribution's python3");
        let stdout = child.stdout.take().expect("its output");
        let line = BufReader::new(stdout).lines().next_line().await.expect("a line");
        let port = line.and_then(|line| line.parse().ok());
        Self { child, folder, port: port.expect("the port: is python3-aiosmtpd installed?") }
    }

    /// Services started from now on send their mails here.
    pub fn receive_of(&self, world: &mut World) {
        world.set("MAIL_URL", &format!("smtp://127.0.0.1:{}", self.port));
        world.set("DOCDE_MAIL_FROM", "DocDe <no-reply@docde.test>");
    }

    /// From now on nobody is there.
    pub async fn stop(&mut self) {
        self.child.kill().await.expect("the end of the server");
    }

    /// All that came, oldest first.
    pub async fn all(&self) -> Vec<Mail> {
        if !self.folder.exists() {
            return Vec::new();
        }
        let listed =
            Command::new("/usr/bin/python3").args([SCRIPT, "list"]).arg(&self.folder).output();
        let listed = listed.await.expect("the distribution's python3");
        let text = String::from_utf8(listed.stdout).expect("UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("a mail")).collect()
    }

    /// Those to an address, once there are so many.
    pub async fn to(&self, address: &str, count: usize) -> Vec<Mail> {
        until(&format!("{count} mails to {address}"), async || {
            let mut all = self.all().await;
            all.retain(|mail| mail.to == address);
            (all.len() >= count).then_some(all)
        })
        .await
    }
}

impl Drop for Mails {
    fn drop(&mut self) {
        let _ = self.child.start_kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
