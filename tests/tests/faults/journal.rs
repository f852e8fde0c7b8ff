//! The clients' own record, shared by all of them: in memory for the judge, and as JSON lines for people.

use docde_tests::history::{Heard, History, Op, notice_text};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;
use uuid::Uuid;

/// Grows as clients ask and hear.
pub struct Journal {
    began: Instant,
    pub path: PathBuf,
    inner: Mutex<Inner>,
    changed: Notify,
}

struct Inner {
    history: History,
    file: BufWriter<File>,
    in_flight: HashSet<Uuid>,
    decided: u64,
}

impl Journal {
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let file = BufWriter::new(File::create(path)?);
        let inner =
            Inner { history: History::default(), file, in_flight: HashSet::new(), decided: 0 };
        Ok(Self {
            began: Instant::now(),
            path: path.to_owned(),
            inner: Mutex::new(inner),
            changed: Notify::new(),
        })
    }

    /// Microseconds of the run.
    pub fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client is about to send it for the first time.
    pub fn begin(&self, request: Uuid, op: Op, key: &str) {
        let mut inner = self.lock();
        inner.write(&json!({"at": op.first_sent, "send": request, "account": op.account, "key": key, "action": format!("{:?}", op.action)}));
        inner.history.ops.insert(request, op);
    }

    /// An attempt came back, or did not.
    pub fn attempted(&self, request: Uuid, text: &str) {
        let at = self.now();
        self.lock().write(&json!({"at": at, "answer": request, "text": text}));
    }

    /// The request is accepted.
    pub fn accepted(&self, request: Uuid) {
        let at = self.now();
        let mut inner = self.lock();
        if let Some(op) = inner.history.ops.get_mut(&request) {
            op.accepted.get_or_insert(at);
            if op.documents.is_empty() {
                inner.in_flight.insert(request);
            }
        }
    }

    /// Nothing was accepted, says the last answer.
    pub fn refused(&self, request: Uuid) {
        if let Some(op) = self.lock().history.ops.get_mut(&request) {
            op.refused = true;
        }
        self.changed.notify_waiters();
    }

    /// An outcome was heard, wherever: it is accepted too, then.
    pub fn decided(&self, request: Uuid, document: &str) {
        let at = self.now();
        let mut inner = self.lock();
        inner.in_flight.remove(&request);
        if let Some(op) = inner.history.ops.get_mut(&request) {
            op.accepted.get_or_insert(at);
            let news = op.documents.is_empty();
            op.hear(document);
            inner.decided += u64::from(news);
        }
        drop(inner);
        self.changed.notify_waiters();
    }

    /// An outcome came over a socket of the account.
    pub fn framed(
        &self,
        account: Uuid,
        request: Uuid,
        document: &str,
        cursor: &str,
        connection: u32,
    ) {
        let at = self.now();
        let mut inner = self.lock();
        inner.write(&json!({"at": at, "frame": request, "account": account, "cursor": cursor, "connection": connection}));
        inner.history.frames.entry(account).or_default().push(Heard::Outcome(request));
        if !inner.history.ops.contains_key(&request) {
            inner
                .history
                .strange
                .push(format!("{account} was told of {request}, which nobody sent"));
        }
        drop(inner);
        self.decided(request, document);
    }

    /// A notice came over a socket of the account.
    pub fn noticed(&self, account: Uuid, frame: &str) {
        let at = self.now();
        let mut inner = self.lock();
        inner.write(&json!({"at": at, "notice": account, "text": frame}));
        if let Some(text) = notice_text(frame) {
            inner.history.frames.entry(account).or_default().push(Heard::Notice(text));
        }
    }

    /// Something that must not happen.
    pub fn strange(&self, text: String) {
        let at = self.now();
        let mut inner = self.lock();
        inner.write(&json!({"at": at, "strange": text}));
        inner.history.strange.push(text);
    }

    /// The outcome, once it is known; also returns when anything has changed.
    pub async fn outcome(&self, request: Uuid) -> Option<String> {
        let changed = self.changed.notified();
        if let Some(known) = self.known(request) {
            return Some(known);
        }
        changed.await;
        self.known(request)
    }

    fn known(&self, request: Uuid) -> Option<String> {
        let inner = self.lock();
        inner
            .history
            .ops
            .get(&request)
            .and_then(|op| op.documents.first())
            .map(|document| (**document).to_owned())
    }

    /// Accepted, and no outcome heard.
    pub fn in_flight(&self) -> HashSet<Uuid> {
        self.lock().in_flight.clone()
    }

    /// How many requests have their outcome.
    pub fn decided_so_far(&self) -> u64 {
        self.lock().decided
    }

    /// Frames that came over sockets so far.
    pub fn framed_so_far(&self) -> usize {
        self.lock()
            .history
            .frames
            .values()
            .map(|frames| frames.iter().collect::<HashSet<_>>().len())
            .sum()
    }

    /// Looks at all of it, with the lines on disk.
    pub fn look<T>(&self, look: impl FnOnce(&History) -> T) -> T {
        let mut inner = self.lock();
        let _ = inner.file.flush();
        look(&inner.history)
    }
}

impl Inner {
    fn write(&mut self, line: &Value) {
        let _ = writeln!(self.file, "{line}");
    }
}
