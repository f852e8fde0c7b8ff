//! The proxy in front, on a port of its own, with the configuration that is delivered.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::wait::until;
use crate::world::from_environment;

/// A running HAProxy; dropped, it is killed.
pub struct Front {
    pub address: SocketAddr,
    config: PathBuf,
    _process: Child,
}

impl Front {
    /// In front of these. Nothing checks whether they are well: they are there.
    pub async fn of(ingresses: &[SocketAddr], notifiers: &[SocketAddr]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a free port");
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/haproxy.cfg.in");
        let servers = |name: &str, addresses: &[SocketAddr]| {
            let line = |(n, at): (usize, &SocketAddr)| format!("    server {name}-{n} {at}\n");
            addresses.iter().enumerate().map(line).collect::<String>()
        };
        let text = std::fs::read_to_string(template)
            .expect("the template")
            .replace("@RESOLVERS@", "")
            .replace("@LUA@", concat!("\"", env!("CARGO_MANIFEST_DIR"), "/../deploy/haproxy.lua\""))
            .replace("@BIND@", &address.to_string())
            .replace("@INGRESS_SERVERS@", &servers("ingress", ingresses))
            .replace("@NOTIFIER_SERVERS@", &servers("notifier", notifiers));
        let config = PathBuf::from(from_environment("DOCDE_DEV_DIR"))
            .join(format!("run/haproxy-{}.cfg", Uuid::now_v7()));
        std::fs::write(&config, text).expect("the configuration");
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        let process = Command::new("haproxy")
            .env("PATH", path)
            .args(["-db", "-f"])
            .arg(&config)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("HAProxy: install the package haproxy, as ./dev test does");
        until("HAProxy to listen", async || {
            tokio::net::TcpStream::connect(address).await.is_ok().then_some(())
        })
        .await;
        Self { address, config, _process: process }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.config);
    }
}
