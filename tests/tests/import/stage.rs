//! A world without services, and `docde import hospitals` as a process in it.

use docde_tests::World;
use docde_tests::world::from_environment;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::process::{Child, Command};

use cli::import::Counts;

/// What an import has said.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub errors: String,
}

/// One that runs.
pub struct Running {
    child: Child,
    file: PathBuf,
}

/// Starts one with a file of these bytes; the database is reached by this URL.
pub fn start(world: &World, database: &str, bytes: &[u8]) -> Running {
    let file = std::env::temp_dir().join(format!("{}-{}.csv", world.vhost, uuid::Uuid::now_v7()));
    std::fs::write(&file, bytes).expect("a file");
    let bin = PathBuf::from(from_environment("DOCDE_BIN_DIR")).join("docde");
    let mut command = Command::new(bin);
    command
        .env_clear()
        .env("DATABASE_URL", database)
        .args(["import", "hospitals"])
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    Running { child: command.spawn().expect("docde: cargo build -p docde-cli"), file }
}

impl Running {
    pub fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill").success());
    }

    pub async fn end(self) -> Said {
        let output = self.child.wait_with_output().await.expect("an end");
        let _ = std::fs::remove_file(self.file);
        let text = |bytes| String::from_utf8(bytes).expect("text");
        let (out, errors) = (text(output.stdout), text(output.stderr));
        assert!(!errors.contains("panicked"), "{errors}");
        Said { code: output.status.code().expect("not killed"), out, errors }
    }
}

/// One from its start to its end.
pub async fn import(world: &World, bytes: &[u8]) -> Said {
    start(world, world.setting("DATABASE_URL"), bytes).end().await
}

pub async fn hospitals(world: &World) -> i64 {
    world.count("SELECT COUNT(*) FROM hospital").await
}

impl Said {
    /// The figures as they are printed.
    pub fn counts(&self) -> Counts {
        let figure = |name: &str| {
            let line = self.out.lines().find_map(|line| line.trim().strip_prefix(name));
            let figure = line.and_then(|rest| rest.trim().parse().ok());
            figure.unwrap_or_else(|| panic!("no {name} in {}{}", self.out, self.errors))
        };
        let read = self.out.split(" rows in ").next().and_then(|text| text.rsplit(' ').next());
        Counts {
            read: read.and_then(|text| text.parse().ok()).expect("the number of rows"),
            added: figure("added"),
            changed: figure("changed"),
            unchanged: figure("unchanged"),
            rejected: figure("rejected"),
            unread: figure("unread"),
        }
    }
}
