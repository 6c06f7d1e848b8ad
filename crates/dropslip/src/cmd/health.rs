//! `dropslip health`: asks a running service whether it is well, for images that hold no other program.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::args;
use crate::failure::Failure;
use crate::limits::{HEALTH_BYTES_MAX, HEALTH_S};

/// Exit code 0 if it answers 200.
pub(crate) async fn run(args: args::Health) -> Result<ExitCode, Failure> {
    let path = if args.ready { "/readyz" } else { "/healthz" };
    let address = args.address.0;
    let asked = timeout(Duration::from_secs(HEALTH_S), ask(address, path)).await;
    let no = |why: String| {
        let mut failure = Failure::new(format!("`http://{address}{path}` {why}"));
        failure.exit_code = 1;
        failure
    };
    match asked {
        Ok(Ok(200)) => Ok(ExitCode::SUCCESS),
        Ok(Ok(status)) => Err(no(format!("answers {status}"))),
        Ok(Err(error)) => Err(no(format!("gives no answer: {error}"))),
        Err(_) => Err(no(format!("gives no answer within {HEALTH_S} s"))),
    }
}

/// One request as it is written, since only the status matters.
async fn ask(address: SocketAddr, path: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    stream
        .take(HEALTH_BYTES_MAX)
        .read_to_end(&mut answer)
        .await?;
    let line = String::from_utf8_lossy(&answer);
    let status = line
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    status
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| std::io::Error::other("what answers is not HTTP, or is TLS"))
}
