//! No secret in Debug, errors, answers or the log.

use std::io;
use std::sync::Mutex;

use dropslip_service::token::Sealer;
use dropslip_service::{Config, Given, Secret, State};
use tracing::Level;
use tracing::subscriber::set_global_default;

use crate::app::{API_KEY, App, SECRET_KEY, keys};
use crate::fake_storage::FakeStorage;

const SESSION_TOKEN: &str = "a-session-token-of-some-length";

#[track_caller]
fn check_hidden(text: &str) {
    for secret in [SECRET_KEY, API_KEY, SESSION_TOKEN] {
        assert!(!text.contains(secret), "{text}");
    }
}

fn text() -> String {
    format!(
        "[storage]\nendpoint = \"http://localhost:9000\"\nregion = \"us-east-1\"\naccessKey = \"AKIA\"\n\
         secretKey = \"{SECRET_KEY}\"\nsessionToken = \"{SESSION_TOKEN}\"\n[auth]\napiKeys = [\"{API_KEY}\"]\n{}",
        crate::app::PRESETS
    )
}

#[test]
fn debug() {
    let config = Config::parse(&text()).unwrap();
    check_hidden(&format!("{config:?}"));
    let settings = config.check(Given::default()).unwrap();
    check_hidden(&format!("{settings:?}"));
    check_hidden(&format!("{:?}", State::new(settings).unwrap()));
    check_hidden(&format!("{:?}", keys().with_session_token(SESSION_TOKEN)));
    check_hidden(&format!(
        "{:?}",
        Given {
            storage_keys: Some(keys()),
            api_keys: vec![API_KEY.into()]
        }
    ));
    assert_eq!(format!("{:?}", Secret::new(SECRET_KEY)), "Secret(..)");
    assert_eq!(
        format!("{:?}", Sealer::new(&SECRET_KEY.into())),
        "Sealer(..)"
    );
}

#[test]
fn errors_of_the_configuration() {
    let whole = text();
    for (from, to) in [
        (format!("[\"{API_KEY}\"]"), format!("\"{API_KEY}\"")),
        (format!("\"{API_KEY}\""), format!("\"{API_KEY}")),
        (format!("\"{SECRET_KEY}\""), format!("\"{SECRET_KEY}")),
        (format!("\"{SECRET_KEY}\""), SECRET_KEY.to_owned()),
        (format!("\"{SECRET_KEY}\""), format!("[\"{SECRET_KEY}\"]")),
        (
            format!("\"{SECRET_KEY}\""),
            format!("{{ a = \"{SECRET_KEY}\" }}"),
        ),
        (format!("\"{SECRET_KEY}\""), format!("\" {SECRET_KEY}\"")),
        (
            format!("\"{SESSION_TOKEN}\""),
            format!("\"{SESSION_TOKEN} \""),
        ),
        (format!("[\"{API_KEY}\"]"), format!("[\"{API_KEY} \"]")),
    ] {
        let text = whole.replace(&from, &to);
        let error = Config::parse(&text)
            .and_then(|config| config.check(Given::default()))
            .unwrap_err();
        check_hidden(&format!("{error} {error:?}"));
    }
    for number in ["12345678901", "1.2345678901", "true", "2013-05-24"] {
        let text = whole.replace(&format!("\"{SECRET_KEY}\""), number);
        let error = Config::parse(&text).unwrap_err().to_string();
        assert!(
            !error.contains(number) && error.contains("line 5"),
            "{error}"
        );
    }
}

/// Everything that any test of this binary logs from now on.
///
/// One for the process: a subscriber of one thread would miss what other threads have met first, since `tracing`
/// remembers for each place in the code whether anybody listens.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log() {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .with_writer(|| Log);
    set_global_default(subscriber.finish()).unwrap();
    let (storage, origin) = FakeStorage::start().await;
    let app = App::new(&origin);
    let issued = app.issue("photo", "x.jpg", "", 3).await;
    let id = issued["id"].as_str().unwrap();
    storage.refuse("HEAD", 403, "");
    let refused = app.post(&format!("/v1/uploads/{id}/complete"), "").await;
    app.delete(&format!("/v1/uploads/{id}")).await;
    app.post(&format!("/v1/uploads/{id}x/complete"), "").await;
    let text = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    check_hidden(&text);
    assert!(
        text.contains("issued") && text.contains("aborted") && text.contains("refused"),
        "{text}"
    );
    assert!(
        text.contains(refused.header("x-request-id")),
        "the log is found by the request id: {text}"
    );
    let signature = issued["put"]["url"]
        .as_str()
        .unwrap()
        .split("X-Amz-Signature=")
        .nth(1)
        .unwrap();
    assert!(
        !text.contains(&id[..40]) && !text.contains(signature),
        "{text}"
    );
}
