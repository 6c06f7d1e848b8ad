//! How each server is started: on a free port, with its data in a folder of its own.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::requests::{ACCESS_KEY, BUCKET, SECRET_KEY, Scribe};
use crate::stream;
use dropslip_bench_load::process::{Process, free_port};

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Floor,
    Ours,
    /// Another build of ours, to see what a change did.
    Beside,
    S3sFs,
    SeaweedFs,
    Moto,
    S3rver,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "limit: does nothing",
            Self::Ours => "dropslip",
            Self::Beside => "dropslip, the other build",
            Self::S3sFs => "s3s-fs",
            Self::SeaweedFs => "SeaweedFS",
            Self::Moto => "moto",
            Self::S3rver => "s3rver",
        }
    }

    /// What a 200 promises there.
    pub fn durable(self) -> &'static str {
        match self {
            Self::Floor => "",
            Self::Ours | Self::Beside => "yes",
            Self::Moto => "memory only",
            _ => "no fsync of data",
        }
    }
}

/// Where programs and data are.
#[derive(Clone, Debug)]
pub struct Places {
    /// The binary that is measured.
    pub dropslip: PathBuf,
    /// Another build of it, to see what a change did.
    pub beside: Option<PathBuf>,
    /// Where other servers are installed.
    pub peers: PathBuf,
    /// Where data lies, on the disk that is measured.
    pub work: PathBuf,
}

/// A server that is measured, running.
#[derive(Debug)]
pub struct Server {
    pub kind: Kind,
    pub process: Process,
    data: PathBuf,
}

impl Server {
    /// Starts it with an empty folder and makes the bucket.
    pub fn start(places: &Places, kind: Kind) -> io::Result<Self> {
        let data = places.work.join(kind.name().replace([' ', ':', ','], "-"));
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        fs::create_dir_all(&data)?;
        let server = Self::start_in(places, kind, data)?;
        if kind != Kind::Floor {
            make_bucket(server.process.address)?;
        }
        Ok(server)
    }

    /// Starts it with what is in a folder.
    fn start_in(places: &Places, kind: Kind, data: PathBuf) -> io::Result<Self> {
        let port = free_port()?;
        let mut command = command(places, kind, &data, port)?;
        let log = places.work.join(format!("{}.log", data_name(&data)));
        let process = Process::start(&mut command, port, &log)?;
        Ok(Self {
            kind,
            process,
            data,
        })
    }

    /// Kills it as a crash would and starts it again on its data.
    pub fn restart(&mut self, places: &Places) -> io::Result<()> {
        self.process.kill();
        *self = Self::start_in(places, self.kind, self.data.clone())?;
        Ok(())
    }
}

/// Makes the bucket, as soon as the server can.
pub fn make_bucket(address: SocketAddr) -> io::Result<()> {
    let request = Scribe::new().head("PUT", &format!("/{BUCKET}"), "", Some(0));
    // Some answer before they can do anything.
    let mut last = io::Error::other("no bucket");
    for _ in 0..300 {
        match stream::text(address, &request) {
            Ok((200 | 409, _)) => return Ok(()),
            Ok((status, body)) => {
                let body = String::from_utf8_lossy(&body).into_owned();
                last = io::Error::other(format!("no bucket: {status} {body}"));
            }
            Err(error) => last = error,
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Err(last)
}

fn data_name(data: &Path) -> String {
    let name = data.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn command(places: &Places, kind: Kind, data: &Path, port: u16) -> io::Result<Command> {
    let peers = &places.peers;
    let port = port.to_string();
    let program = match kind {
        Kind::Floor => std::env::current_exe()?,
        Kind::Ours => places.dropslip.clone(),
        Kind::Beside => places
            .beside
            .clone()
            .ok_or_else(|| io::Error::other("no other build"))?,
        Kind::S3sFs => peers.join("s3s-fs/bin/s3s-fs"),
        Kind::SeaweedFs => peers.join("venv/bin/weed"),
        Kind::Moto => peers.join("venv/bin/moto_server"),
        Kind::S3rver => peers.join("npm/node_modules/.bin/s3rver"),
    };
    let mut command = Command::new(program);
    command.current_dir(data);
    match kind {
        Kind::Floor => {
            command.arg("--floor").arg(&port).arg(plain_file(places));
        }
        Kind::Ours | Kind::Beside => {
            command.args(["store", "--listen", &format!("127.0.0.1:{port}"), "--data"]);
            command.arg(data);
            command.args(["--access-key", ACCESS_KEY]);
            command.env("DROPSLIP_SECRET_KEY", SECRET_KEY);
        }
        Kind::S3sFs => {
            command.args(["--host", "127.0.0.1", "--port", &port]);
            command.args(["--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY]);
            command.arg(data);
        }
        Kind::SeaweedFs => seaweed(&mut command, data, &port)?,
        Kind::Moto => {
            command.args(["-H", "127.0.0.1", "-p", &port]);
        }
        Kind::S3rver => {
            command.args([
                "--silent",
                "--no-vhost-buckets",
                "-a",
                "127.0.0.1",
                "-p",
                &port,
                "-d",
            ]);
            command.arg(data);
        }
    }
    Ok(command)
}

/// One process with all of its servers, and one key. Nothing is told to its makers.
fn seaweed(command: &mut Command, data: &Path, port: &str) -> io::Result<()> {
    let config = data.join("s3.json");
    let identity = format!(
        r#"{{"identities":[{{"name":"bench","credentials":[{{"accessKey":"{ACCESS_KEY}","secretKey":"{SECRET_KEY}"}}],"actions":["Admin","Read","Write","List","Tagging"]}}]}}"#
    );
    fs::write(&config, identity)?;
    command.arg("server");
    command.arg(format!("-dir={}", data.display()));
    command.arg(format!("-s3.config={}", config.display()));
    command.arg(format!("-s3.port={port}"));
    for name in ["master", "volume", "filer"] {
        command.arg(format!("-{name}.port={}", free_port()?));
        command.arg(format!("-{name}.port.grpc={}", free_port()?));
    }
    command.arg(format!("-s3.port.grpc={}", free_port()?));
    command.args([
        "-s3",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-volume.max=100",
    ]);
    Ok(())
}

/// The file that the limit serves.
pub fn plain_file(places: &Places) -> PathBuf {
    places.work.join("plain")
}
