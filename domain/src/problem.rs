//! A refusal as clients get it, problem+json (RFC 9457): the one shape that the HTTP door, the sockets' handshake and
//! the proxy in front share.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::code::{Code, Language};
use crate::rejection::{Help, Titles};

/// The content type of a refusal.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// The body of a refusal.
#[derive(Serialize)]
pub struct Problem<'p> {
    #[serde(rename = "type")]
    kind: String,
    /// In the client's language.
    title: &'static str,
    titles: Titles,
    status: u16,
    code: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'p str>,
    /// `false`: refused before the queue, nothing is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
    #[serde(flatten)]
    pub members: Option<&'p Map<String, Value>>,
    /// Instead of members: what would help, of a refusal that is not recorded.
    #[serde(flatten)]
    pub help: Option<&'p Help>,
    /// The Request, byte for byte as recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<&'p RawValue>,
}

impl Problem<'_> {
    /// What the code alone says.
    pub fn of(code: Code, language: Language) -> Self {
        Self {
            kind: format!("urn:docde:problem:{code}"),
            title: code.text(language),
            titles: Titles::of(code),
            status: code.status(),
            code,
            detail: None,
            accepted: None,
            members: None,
            help: None,
            request: None,
        }
    }

    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
