//! What a browser shows at the address of the system.

use docde_tests::world::from_environment;
use docde_tests::{Answer, Front, World, until};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

use crate::raw::{self, problem};

/// For the browser, which starts slowly on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

async fn get(at: SocketAddr, path: &str) -> Answer {
    raw::exchange(at, format!("GET {path} HTTP/1.1\r\nHost: docde\r\n\r\n").as_bytes()).await
}

/// The browser's view of the page as a picture, below the set's directory.
async fn screenshot(at: SocketAddr, name: &str) -> PathBuf {
    let folder = PathBuf::from(from_environment("DOCDE_DEV_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    let picture = folder.join(format!("{name}.png"));
    let _ = std::fs::remove_file(&picture);
    let profile = folder.join(format!("profile-{name}"));
    let mut browser = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--no-first-run", "--no-proxy-server", "--hide-scrollbars"])
        .arg("--window-size=900,900")
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("http://{at}/"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("Chromium is missing: apt-get install chromium fonts-nanum, as ./dev test does");
    let ended = tokio::time::timeout(PATIENCE, browser.wait()).await.expect("an end in time");
    assert!(ended.expect("an end").success(), "Chromium failed");
    let _ = std::fs::remove_dir_all(&profile);
    picture
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_is_shown_what_this_is_and_whether_it_is_ready() {
    let mut world = World::new().await;
    world.set("DOCDE_RABBITMQ_UI", "http://rabbit.example:15672/?a=1&b=<c>");
    let ingress = world.ingress().await.address;
    let front = Front::of(&[ingress], &[]).await;
    let before = get(front.address, "/").await;
    assert_eq!(before.status, 200);
    assert!(before.text.contains("Not ready"), "no worker lives: {}", before.text);
    let _worker = world.worker().await;
    world.owned().await;
    let page = until("the page to say that all is ready", async || {
        let page = get(front.address, "/").await;
        page.text.contains("Ready: bookings are taken").then_some(page)
    })
    .await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text.contains("예약을 받고 있습니다") && page.text.contains("병원 예약 시스템"));
    let ui = "<a href=\"http://rabbit.example:15672/?a=1&amp;b=%3Cc%3E\">";
    assert!(page.text.contains(ui), "{}", page.text);
    assert!(!page.text.contains('@'), "a mark is left: {}", page.text);
    let links = page.text.split("href=\"/").skip(1).filter_map(|rest| rest.split('"').next());
    for link in links {
        let linked = get(front.address, &format!("/{link}")).await;
        assert!(linked.status == 200 && !linked.text.is_empty(), "{link}: {}", linked.status);
    }
    problem(&get(front.address, "/docs/nothing").await, 404, "NOT_FOUND");
    problem(&get(front.address, "/docs/..%2fCargo.toml").await, 404, "NOT_FOUND");
    let picture = screenshot(front.address, "front-page").await;
    let bytes = std::fs::read(&picture).expect("the picture");
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 10_000, "{} bytes", bytes.len());
    println!("the page as a browser shows it: {}", picture.display());
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_loads_nothing_from_elsewhere_and_is_framed_by_nobody() {
    let world = World::new().await;
    let at = world.ingress().await.address;
    for path in ["/", "/docs/readme"] {
        let page = get(at, path).await;
        let policy = page.header("content-security-policy");
        for rule in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(!page.text.contains("<script"));
    }
    world.finish().await;
}

#[test]
fn an_address_of_the_ui_that_is_none_ends_the_start() {
    let name = "DOCDE_RABBITMQ_UI";
    for bad in ["rabbit", "javascript:alert(1)", "file:///etc"] {
        let env = platform::config::Env::from_pairs([(name.to_owned(), bad.to_owned())]);
        let error = ingress::rabbitmq_ui(&env).expect_err(bad);
        assert!(error.to_string().starts_with(name), "{error}");
    }
}
