//! A server behind TLS: a front with the certificate of the set's own authority, which passes everything on to a plain
//! server and remembers by what name the last caller asked.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use url::Url;

use crate::world::from_environment;

/// The front; it ends with the test.
pub struct TlsFront {
    address: SocketAddr,
    authorization: Arc<Mutex<Option<String>>>,
}

impl TlsFront {
    /// Before the server of `url`.
    pub async fn before(url: &str) -> Self {
        let url = Url::parse(url).expect("a URL");
        let target = format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port"));
        let authority = from_environment("SSL_CERT_FILE");
        let secrets = Path::new(&authority).parent().expect("the set's secrets");
        let chain = CertificateDer::pem_file_iter(secrets.join("tls.pem")).expect("a certificate");
        let chain = chain.collect::<Result<Vec<_>, _>>().expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(secrets.join("tls.key")).expect("a key");
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate with its key");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("the port");
        let authorization = Arc::<Mutex<Option<String>>>::default();
        let seen = Arc::clone(&authorization);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, acceptor.clone(), target.clone(), Arc::clone(&seen)));
            }
        });
        Self { address, authorization }
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// `Authorization` of the last request that had one.
    pub fn authorization(&self) -> Option<String> {
        self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn serve(
    client: TcpStream,
    acceptor: TlsAcceptor,
    target: String,
    seen: Arc<Mutex<Option<String>>>,
) {
    let Ok(client) = acceptor.accept(client).await else { return };
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_server, mut to_server) = server.into_split();
    let there = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
            let header = |line: &str| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("authorization").then(|| value.trim().to_owned())
            };
            if let Some(value) = text.lines().find_map(header) {
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            }
            if to_server.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = there => {}
        _ = copy(&mut from_server, &mut to_client) => {}
    }
}
