//! A PostgreSQL of the tests' own: one throw-away cluster for each test binary, on a socket in a temporary folder.
//!
//! A shell starts it and reads from a pipe that this process holds and never writes. However this process ends, by a
//! panic or a kill too, the pipe closes, the shell stops the server and removes the folder.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

/// Where the cluster is, and the pipe that keeps it alive.
struct Cluster {
    folder: PathBuf,
    _shell: Child,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// `$1` is the folder, `$2` the folder of the programs or nothing. Speed is worth more here than what a power cut takes.
const SCRIPT: &str = r#"
    PATH="$2:$PATH"
    export LC_ALL=C
    cd "$1" || exit 1
    initdb --no-sync --auth=trust --username=postgres --encoding=UTF8 -D "$1/data" >"$1/initdb.log" 2>&1 </dev/null || exit 1
    postgres -D "$1/data" -k "$1" -c listen_addresses= -c fsync=off -c max_connections=200 \
        >"$1/postgres.log" 2>&1 </dev/null &
    server=$!
    trap '' INT TERM HUP
    read -r _
    kill -QUIT $server
    wait $server
    rm -rf "$1"
"#;

/// A new, empty database, as a URL.
pub(crate) fn database() -> String {
    let cluster = CLUSTER.get_or_init(Cluster::start);
    let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let made = psql(&cluster.folder, &format!("CREATE DATABASE {name}"));
    assert!(
        made,
        "cannot make a database in {}",
        cluster.folder.display()
    );
    let folder = cluster.folder.to_str().expect("the folder's name is UTF-8");
    format!("postgres://postgres@localhost/{name}?host={folder}")
}

impl Cluster {
    fn start() -> Self {
        let programs = programs();
        let folder = env::temp_dir().join(format!("dropslip-postgres-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).expect("a temporary folder can be made");
        let is_root = output("id", &["-u"]) == "0";
        let mut shell = if is_root {
            // PostgreSQL refuses to run as root.
            let owner = Command::new("chown").arg("postgres").arg(&folder).status();
            assert!(owner.is_ok_and(|status| status.success()), "{NEEDED}");
            let mut command = Command::new("setpriv");
            command.args([
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "sh",
            ]);
            command
        } else {
            Command::new("sh")
        };
        let shell = shell.args(["-c", SCRIPT, "sh"]).arg(&folder).arg(&programs);
        let mut shell = shell
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell can be started");
        while !psql(&folder, "SELECT 1") {
            if let Ok(Some(_)) = shell.try_wait() {
                let log = |name| fs::read_to_string(folder.join(name)).unwrap_or_default();
                panic!(
                    "PostgreSQL does not start: {}{}",
                    log("initdb.log"),
                    log("postgres.log")
                );
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Self {
            folder,
            _shell: shell,
        }
    }
}

const NEEDED: &str = "PostgreSQL is needed: on Debian `sudo apt-get install postgresql`, elsewhere what has `initdb`, \
                      `postgres` and `psql`; `cargo xtask test` installs it";

/// The folder of `initdb` and `postgres`; Debian has them beside PATH.
fn programs() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = debian.flatten().map(|version| version.path().join("bin"));
    env::split_paths(&path)
        .chain(debian)
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .expect(NEEDED)
}

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let output = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    output.unwrap_or_default()
}

/// Whether the server did as told.
fn psql(folder: &Path, sql: &str) -> bool {
    let mut command = Command::new("psql");
    command.arg("-h").arg(folder);
    command.args([
        "-U",
        "postgres",
        "-d",
        "postgres",
        "-q",
        "-X",
        "-v",
        "ON_ERROR_STOP=1",
        "-c",
        sql,
    ]);
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    status.status().expect(NEEDED).success()
}
