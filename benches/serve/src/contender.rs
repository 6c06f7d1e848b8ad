//! Who is measured, and how each is started: on a free port of loopback, on one core.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use dropslip_bench_load::process::{self, Process, free_port};

use crate::options::Places;
use crate::wish::{self, API_KEY, Ask};

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Limit,
    AxumServe,
    Ours,
    OursOpen,
    /// Another build of ours, to see what a change did.
    Beside,
    AwsSdk,
    Express,
    FastApi,
    Companion,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Limit => "limit: a constant answer, the same stack",
            Self::AxumServe => "a constant answer by `axum::serve`",
            Self::Ours => "dropslip, with an API key",
            Self::OursOpen => "dropslip, open on loopback",
            Self::Beside => "dropslip, the other build",
            Self::AwsSdk => "axum and aws-sdk-s3",
            Self::Express => "Express and aws4",
            Self::FastApi => "FastAPI and boto3",
            Self::Companion => "Uppy's Companion",
        }
    }

    pub fn ask(self) -> Ask {
        match self {
            Self::Ours | Self::Beside => Ask::WithKey,
            Self::Companion => Ask::Companion,
            _ => Ask::Open,
        }
    }

    /// Whether nothing can be said without it.
    pub fn is_needed(self) -> bool {
        self.is_constant() || matches!(self, Self::Ours | Self::OursOpen | Self::Beside)
    }

    /// Whether its answer holds no signature of its own.
    pub fn is_constant(self) -> bool {
        matches!(self, Self::Limit | Self::AxumServe)
    }
}

/// One that is measured, running.
#[derive(Debug)]
pub struct Contender {
    pub kind: Kind,
    pub process: Process,
}

impl Contender {
    /// Starts it on one core, in a folder of its own.
    pub fn start(places: &Places, kind: Kind, core: usize) -> io::Result<Self> {
        let folder = places.work.join(format!("{kind:?}").to_lowercase());
        fs::create_dir_all(&folder)?;
        let port = free_port()?;
        let mut command = command(places, kind, &folder, port)?;
        let log = places.work.join(format!("{kind:?}.log").to_lowercase());
        // A child begins where the thread is bound that starts it.
        process::bind(core)?;
        let process = Process::start(command.current_dir(&folder), port, &log)?;
        Ok(Self { kind, process })
    }
}

/// The file with the answer that the limit repeats.
pub fn constant_answer(places: &Places) -> PathBuf {
    places.work.join("answer.json")
}

fn command(places: &Places, kind: Kind, folder: &Path, port: u16) -> io::Result<Command> {
    let number = port.to_string();
    let node = |script: &str| {
        let mut command = Command::new("node");
        command.arg(places.npm().join(script)).arg(&number);
        command.env("NODE_ENV", "production");
        command
    };
    let this = |mode: &str| -> io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(mode).arg(&number);
        Ok(command)
    };
    Ok(match kind {
        Kind::Limit | Kind::AxumServe => {
            let limit = kind == Kind::Limit;
            let mut command = this(if limit { "--limit" } else { "--axum-serve" })?;
            command.arg(constant_answer(places));
            command
        }
        Kind::Ours | Kind::OursOpen => {
            dropslip(&places.dropslip, kind == Kind::Ours, folder, port)?
        }
        Kind::Beside => {
            let other = places.beside.as_ref();
            let other = other.ok_or_else(|| io::Error::other("no other build"))?;
            dropslip(other, true, folder, port)?
        }
        Kind::AwsSdk => this("--aws-sdk")?,
        Kind::Express => node("express.js"),
        Kind::FastApi => {
            let mut command = Command::new(places.python());
            command.args(["-m", "uvicorn", "fastapi_app:app", "--app-dir"]);
            command.arg(places.scripts()).args(["--port", &number]);
            command.args([
                "--host",
                "127.0.0.1",
                "--loop",
                "uvloop",
                "--http",
                "httptools",
            ]);
            command.args(["--no-access-log", "--log-level", "warning"]);
            command
        }
        Kind::Companion => {
            let mut command = node("companion.js");
            command.envs([
                ("COMPANION_AWS_KEY", wish::ACCESS_KEY),
                ("COMPANION_AWS_SECRET", wish::SECRET_KEY),
                ("COMPANION_AWS_BUCKET", wish::BUCKET),
                ("COMPANION_AWS_REGION", wish::REGION),
                ("COMPANION_AWS_ENDPOINT", wish::ENDPOINT),
                ("COMPANION_AWS_ACL", wish::ACL),
                ("COMPANION_SECRET", "a-secret-of-the-benchmark"),
                ("COMPANION_PREAUTH_SECRET", "another-of-the-benchmark"),
                ("COMPANION_DOMAIN", "localhost"),
                ("COMPANION_PROTOCOL", "http"),
                ("COMPANION_CLIENT_ORIGINS", "http://localhost"),
                ("COMPANION_UPLOAD_URLS", "http://localhost"),
            ]);
            command.env("COMPANION_DATADIR", folder);
            command
        }
    })
}

/// The binary as it is released, with the configuration that a team would write.
fn dropslip(binary: &Path, with_key: bool, folder: &Path, port: u16) -> io::Result<Command> {
    let config = folder.join("dropslip.toml");
    let keys = if with_key {
        format!("\"{API_KEY}\"")
    } else {
        String::new()
    };
    let text = format!(
        r#"[storage]
endpoint = "{endpoint}"
region = "{region}"
addressing = "virtual-host"

[auth]
apiKeys = [{keys}]

[presets.photo]
bucket = "{bucket}"
key = "photos/{{date}}/{{uuid}}.{{ext}}"
accept = ["image/*"]
maxSize = "20 MiB"
expires = "{expires_s} s"
acl = "{acl}"
"#,
        endpoint = wish::ENDPOINT,
        region = wish::REGION,
        bucket = wish::BUCKET,
        expires_s = wish::EXPIRES_S,
        acl = wish::ACL,
    );
    fs::write(&config, text)?;
    let mut command = Command::new(binary);
    command.args([
        "serve",
        "--listen",
        &format!("127.0.0.1:{port}"),
        "--config",
    ]);
    command.arg(config);
    command.env("DROPSLIP_ACCESS_KEY", wish::ACCESS_KEY);
    command.env("DROPSLIP_SECRET_KEY", wish::SECRET_KEY);
    Ok(command)
}
