//! `[[webhooks]]` as it is written, and as it holds.

use std::fmt;

use reqwest::Url;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use super::payload::KINDS;
use super::sign::SigningKey;
use crate::config::ConfigError;
use crate::limits::{ECHO_CHARS_MAX, WEBHOOK_NAME_BYTES_MAX, WEBHOOK_SECRETS_MAX, WEBHOOKS_MAX};
use crate::preset::Presets;
use crate::secret::Secret;

/// Somebody who is told of decided uploads.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WebhookConfig {
    /// By which waiting events are known. Default: the host of `url`.
    name: Option<String>,
    /// Where events are posted. Required.
    // The URL may be a secret by itself, or hold one.
    #[schemars(required)]
    url: Option<Secret>,
    /// What signs them, `whsec_…`: one, or the new one and old ones. Required.
    #[schemars(required, with = "OneOrMore")]
    secret: Option<Secrets>,
    /// Of `upload.completed`, `upload.refused` and `upload.aborted`. Default: all.
    events: Option<Vec<String>>,
    /// Of which presets. Default: all.
    presets: Option<Vec<String>>,
}

/// One secret, or the new one and the old one.
#[derive(Clone, Debug)]
struct Secrets(Vec<Secret>);

/// The same for the schema.
#[derive(schemars::JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum OneOrMore {
    One(Secret),
    More(Vec<Secret>),
}

impl<'de> Deserialize<'de> for Secrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Secrets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a secret, or a list of secrets")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secrets, E> {
                Ok(Secrets(vec![Secret::new(text)]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Secrets, A::Error> {
                let secret = Secret::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Secrets(vec![secret]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Secrets, A::Error> {
                let mut secrets = Vec::new();
                while let Some(secret) = seq.next_element()? {
                    secrets.push(secret);
                }
                Ok(Secrets(secrets))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

/// Where events go.
#[derive(Clone)]
pub(crate) struct Webhook {
    name: String,
    pub(super) url: Url,
    pub(super) keys: Vec<SigningKey>,
    /// Empty for all.
    kinds: Vec<String>,
    /// Empty for all.
    presets: Vec<String>,
}

impl Webhook {
    /// The name under which the database knows it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it wants to hear of this.
    pub(super) fn wants(&self, kind: &str, preset: &str) -> bool {
        let any = |all: &[String], one| all.is_empty() || all.iter().any(|listed| listed == one);
        any(&self.kinds, kind) && any(&self.presets, preset)
    }
}

impl fmt::Debug for Webhook {
    /// Without the URL: it may be a secret by itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("name", &self.name)
            .field("kinds", &self.kinds)
            .field("presets", &self.presets)
            .finish_non_exhaustive()
    }
}

/// Checks all of them.
pub(crate) fn check(
    configs: Vec<WebhookConfig>,
    presets: &Presets,
    has_database: bool,
) -> Result<Vec<Webhook>, ConfigError> {
    if !configs.is_empty() && !has_database {
        let message = "need a database, in which events wait, and `database.url` is `none`; \
                       leave it out for a file, `dropslip.db`";
        return Err(ConfigError::service("webhooks", message));
    }
    let presets: Vec<_> = presets.iter().map(|preset| preset.name.as_str()).collect();
    check_all(configs, &presets)
}

/// `presets` are the names that there are.
pub(super) fn check_all(
    configs: Vec<WebhookConfig>,
    presets: &[&str],
) -> Result<Vec<Webhook>, ConfigError> {
    if configs.len() > WEBHOOKS_MAX {
        return Err(ConfigError::service(
            "webhooks",
            format!(
                "are {}, and at most {WEBHOOKS_MAX} are allowed",
                configs.len()
            ),
        ));
    }
    let mut checked: Vec<Webhook> = Vec::new();
    for (number, config) in (1..).zip(configs) {
        let wrong = |(field, message): (&str, String)| {
            let message = format!("is wrong in the {}: {message}", nth(number));
            ConfigError::service(&format!("webhooks.{field}"), message)
        };
        let webhook = check_one(config, presets).map_err(wrong)?;
        if checked.iter().any(|other| other.name == webhook.name) {
            let message = format!(
                "another one is called `{}` already; give each a `name` of its own, by which the events that wait \
                 for it are known",
                webhook.name
            );
            return Err(wrong(("name", message)));
        }
        checked.push(webhook);
    }
    Ok(checked)
}

fn nth(number: usize) -> String {
    match number {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        number => format!("{number}th"),
    }
}

type Wrong = (&'static str, String);

fn check_one(config: WebhookConfig, presets: &[&str]) -> Result<Webhook, Wrong> {
    let url = config.url.ok_or(("url", "it is missing".to_owned()))?;
    let url = check_url(url.reveal()).map_err(|message| ("url", message))?;
    let name = match config.name {
        Some(name) => check_name(name)?,
        None => match (url.host_str().unwrap_or_default(), url.port()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        },
    };
    let missing = || {
        let message = "it is missing; make one with `echo \"whsec_$(openssl rand -base64 32)\"`";
        ("secret", message.to_owned())
    };
    let secrets = config.secret.ok_or_else(missing)?.0;
    if secrets.is_empty() {
        return Err(missing());
    }
    if secrets.len() > WEBHOOK_SECRETS_MAX {
        let message = format!("a list of at most {WEBHOOK_SECRETS_MAX} is allowed");
        return Err(("secret", message));
    }
    let keys = secrets
        .iter()
        .map(|secret| SigningKey::parse(secret.reveal()));
    let keys = keys.collect::<Result<_, _>>();
    let keys = keys.map_err(|message| ("secret", format!("it {message}")))?;
    let all = "the events";
    let kinds = check_names(config.events, &KINDS, all).map_err(|e| ("events", e))?;
    let all = "the presets";
    let presets = check_names(config.presets, presets, all).map_err(|e| ("presets", e))?;
    Ok(Webhook {
        name,
        url,
        keys,
        kinds,
        presets,
    })
}

/// The errors do not repeat it.
fn check_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("it is no URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it begins with neither `https://` nor `http://`".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "it holds a user name or a password; events are known by their signature instead"
                .to_owned(),
        );
    }
    if url.fragment().is_some() {
        return Err("it has a `#`, and what stands behind is not sent".to_owned());
    }
    Ok(url)
}

fn check_name(name: String) -> Result<String, Wrong> {
    let is_plain = name.chars().all(|c| !c.is_control() && !c.is_whitespace());
    if name.is_empty() || name.len() > WEBHOOK_NAME_BYTES_MAX || !is_plain {
        let rule = format!("it must be 1 to {WEBHOOK_NAME_BYTES_MAX} bytes without white space");
        return Err(("name", rule));
    }
    Ok(name)
}

/// A list of known names; none stands for all of them, and an empty one is a mistake.
fn check_names(
    listed: Option<Vec<String>>,
    known: &[&str],
    all: &str,
) -> Result<Vec<String>, String> {
    let Some(listed) = listed else {
        return Ok(Vec::new());
    };
    let list = || {
        let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        known.join(", ")
    };
    if listed.is_empty() {
        return Err(format!(
            "nothing would be told; leave it out for all, or take some of {}",
            list()
        ));
    }
    match listed.iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(listed),
        Some(name) => {
            let shown: String = name.escape_debug().take(ECHO_CHARS_MAX).collect();
            Err(format!("there is no `{shown}`; {all} are {}", list()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[derive(Deserialize)]
    struct File {
        webhooks: Vec<WebhookConfig>,
    }

    fn read(text: &str) -> Result<Vec<Webhook>, String> {
        let file: File = toml::from_str(text).map_err(|e| e.message().to_owned())?;
        check_all(file.webhooks, &["photo", "video"]).map_err(|e| e.to_string())
    }

    #[track_caller]
    fn refused(lines: &str, words: &[&str]) {
        let error = read(&format!("[[webhooks]]\n{lines}")).unwrap_err();
        for word in words {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn what_a_webhook_hears_of() {
        let all = read(&format!(
            "[[webhooks]]\nurl = 'https://app.example/hook?token=x'\nsecret = '{SECRET}'\n\
             [[webhooks]]\nname = 'log'\nurl = 'http://[::1]:8080/'\nsecret = ['{SECRET}', '{SECRET}']\n\
             events = ['upload.refused']\npresets = ['video']"
        ));
        let [app, log] = all.unwrap().try_into().unwrap();
        assert_eq!((app.name(), app.keys.len()), ("app.example", 1));
        assert_eq!((log.name(), log.keys.len()), ("log", 2));
        for kind in KINDS {
            assert!(app.wants(kind, "photo") && app.wants(kind, "video"));
        }
        assert!(log.wants("upload.refused", "video"));
        assert!(!log.wants("upload.refused", "photo") && !log.wants("upload.completed", "video"));
        let named = read(&format!(
            "[[webhooks]]\nurl = 'http://localhost:8080/'\nsecret = '{SECRET}'"
        ));
        assert_eq!(named.unwrap()[0].name(), "localhost:8080");
    }

    #[test]
    fn what_is_refused() {
        let secret = &format!("secret = '{SECRET}'");
        let url = "url = 'https://app.example/'";
        let both = &format!("{url}\n{secret}");
        refused(secret, &["`webhooks.url`", "first", "missing"]);
        refused(url, &["`webhooks.secret`", "missing", "openssl rand"]);
        for (wrong, words) in [
            ("app.example", "no URL"),
            ("ftp://app.example/", "neither"),
            ("file:///etc/hunter2", "neither"),
            ("https://", "no URL"),
            ("https://hunter2:x@app.example/", "user name"),
            ("https://:hunter2@app.example/", "password"),
            ("https://app.example/#hunter2", "`#`"),
        ] {
            refused(
                &format!("url = '{wrong}'\n{secret}"),
                &["`webhooks.url`", words],
            );
        }
        refused(
            &format!("{url}\nsecret = 'hunter2'"),
            &["`webhooks.secret`", "whsec_", "openssl rand"],
        );
        refused(&format!("{url}\nsecret = []"), &["missing"]);
        refused(
            &format!("{url}\nsecret = ['{SECRET}', 'hunter2']"),
            &["whsec_"],
        );
        refused(&format!("{url}\nsecret = 5"), &["secret"]);
        refused(
            &format!("{url}\nsecret = {:?}", [SECRET; WEBHOOK_SECRETS_MAX + 1]),
            &["at most 4"],
        );
        refused(
            &format!("{both}\nevents = ['upload.complete']"),
            &[
                "`upload.complete`",
                "`upload.completed`, `upload.refused`, `upload.aborted`",
            ],
        );
        refused(&format!("{both}\nevents = []"), &["nothing would be told"]);
        refused(
            &format!("{both}\npresets = ['phote']"),
            &["`phote`", "`photo`, `video`"],
        );
        refused(&format!("{both}\nname = ''"), &["`webhooks.name`"]);
        refused(&format!("{both}\nname = 'a b'"), &["`webhooks.name`"]);
        refused(
            &format!(
                "{both}\nname = '{}'",
                "n".repeat(WEBHOOK_NAME_BYTES_MAX + 1)
            ),
            &["`webhooks.name`"],
        );
        refused(&format!("{both}\ntimeout = 5"), &["unknown field"]);
        refused(
            &format!("{both}\n[[webhooks]]\n{both}"),
            &["second", "`app.example`", "`name`"],
        );
    }

    #[test]
    fn one_too_many() {
        let of = |count: usize| -> String {
            let one = |n| {
                format!("[[webhooks]]\nname = 'n{n}'\nurl = 'http://h/'\nsecret = '{SECRET}'\n")
            };
            (0..count).map(one).collect()
        };
        assert_eq!(read(&of(WEBHOOKS_MAX)).unwrap().len(), WEBHOOKS_MAX);
        assert!(
            read(&of(WEBHOOKS_MAX + 1))
                .unwrap_err()
                .contains("at most 32")
        );
    }

    #[test]
    fn neither_url_nor_secret_is_shown() {
        let text =
            format!("[[webhooks]]\nurl = 'https://h/hunter2?t=hunter2'\nsecret = '{SECRET}'");
        let file: File = toml::from_str(&text).unwrap();
        let shown = format!("{:?} {:?}", file.webhooks, read(&text).unwrap());
        assert!(
            !shown.contains("hunter2") && !shown.contains("MfKQ9r8"),
            "{shown}"
        );
    }
}
