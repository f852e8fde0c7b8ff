//! What a server says of itself.

/// The server, as it describes itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Server {
    /// `elasticsearch` or `opensearch`.
    pub distribution: String,
    pub version: String,
    /// It can take Korean words apart (the plug-in `analysis-nori`): 서울아산병원 is 서울, 아산, 병원.
    pub nori: bool,
}
