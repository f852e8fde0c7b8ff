//! Addresses of what a service connects to. A connection that leaves the machine is encrypted and knows whom it speaks to:
//! the address of another host without that is refused, unless the operator says that the way there is private. Whose
//! certificates are believed is the system's to say, or `SSL_CERT_FILE` and `SSL_CERT_DIR`, for all connections alike.

use url::{Host, Url};

use crate::config::{ConfigError, Env, invalid};

/// `DOCDE_PRIVATE_HOSTS` (none): hosts, joined by commas, that are spoken to without TLS, because nobody else is on the way:
/// containers of one machine, an encrypted overlay.
const PRIVATE_HOSTS: &str = "DOCDE_PRIVATE_HOSTS";

/// The address in the variable `name`.
pub fn address<'e>(env: &'e Env, name: &str) -> Result<&'e str, ConfigError> {
    let text = env.required(name)?;
    let url = Url::parse(text).map_err(|error| invalid(name, &error))?;
    let stays = match url.host() {
        None => true,
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        // Of a scheme that the standard does not know, an address is a domain too.
        Some(Host::Domain(host)) => {
            host == "localhost"
                || host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        }
    };
    let host = url.host_str().unwrap_or_default();
    let mut private = env.optional(PRIVATE_HOSTS).unwrap_or_default().split(',').map(str::trim);
    if stays || private.any(|private| private == host) {
        return Ok(text);
    }
    missing(&url).map_or(Ok(text), |missing| {
        Err(invalid(
            name,
            &format!("{host} is another machine: {missing}, or name it in {PRIVATE_HOSTS}"),
        ))
    })
}

/// What an address lacks that leaves the machine.
fn missing(url: &Url) -> Option<&'static str> {
    match url.scheme() {
        "amqps" | "https" | "smtps" => None,
        "smtp" => {
            let required = |(name, value): (_, std::borrow::Cow<'_, str>)| {
                name == "tls" && value == "required"
            };
            (!url.query_pairs().any(required)).then_some("write smtps, or add ?tls=required")
        }
        "rediss" => (url.fragment() == Some("insecure")).then_some("leave #insecure out"),
        "mysql" | "mariadb" => {
            let verified = |(name, value): (_, std::borrow::Cow<'_, str>)| {
                name == "ssl-mode" && value.eq_ignore_ascii_case("VERIFY_IDENTITY")
            };
            (!url.query_pairs().any(verified)).then_some("add ?ssl-mode=VERIFY_IDENTITY")
        }
        "amqp" => Some("write amqps"),
        "redis" => Some("write rediss"),
        "http" => Some("write https"),
        _ => Some("this scheme is not known here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, private: &str) -> Result<(), String> {
        let env = Env::from_pairs(
            [("URL", url), (PRIVATE_HOSTS, private)]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        address(&env, "URL").map(|_| ()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted_and_verified() {
        for host in ["127.0.0.1:1", "127.1.2.3", "[::1]:1", "localhost:9", "db.example.org"] {
            for (plain, safe) in [
                ("amqp://u:p@HOST/docde", "amqps://u:p@HOST/docde"),
                ("redis://:p@HOST/0", "rediss://:p@HOST/0"),
                ("rediss://:p@HOST/0#insecure", "rediss://HOST"),
                ("http://HOST", "https://HOST"),
                ("smtp://u:p@HOST", "smtps://u:p@HOST"),
                ("smtp://u:p@HOST?tls=opportunistic", "smtp://u:p@HOST?tls=required"),
                ("mysql://u:p@HOST/docde", "mysql://u:p@HOST/docde?ssl-mode=VERIFY_IDENTITY"),
                (
                    "mysql://u:p@HOST/docde?ssl-mode=REQUIRED",
                    "mysql://u:p@HOST/docde?charset=utf8mb4&ssl-mode=verify_identity",
                ),
                (
                    "mysql://u:p@HOST/docde?ssl-mode=VERIFY_CA",
                    "mariadb://u:p@HOST/docde?ssl-mode=VERIFY_IDENTITY",
                ),
            ] {
                let (plain, safe) = (plain.replace("HOST", host), safe.replace("HOST", host));
                assert_eq!(check(&safe, ""), Ok(()));
                assert_eq!(check(&plain, "").is_ok(), host != "db.example.org", "{plain}");
                assert_eq!(check(&plain, "cache.example.org, db.example.org"), Ok(()));
            }
        }
        assert!(check("amqp://10.0.0.7/docde", "10.0.0.8").is_err());
        let told = check("amqp://u:secret@broker/docde", "").unwrap_err();
        assert_eq!(
            told,
            "URL is not valid: broker is another machine: write amqps, or name it in DOCDE_PRIVATE_HOSTS"
        );
    }
}
