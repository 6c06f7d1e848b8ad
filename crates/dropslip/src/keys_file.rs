//! The file of access keys: several keys and who holds them.
//!
//! ```toml
//! [[key]]
//! accessKey = "AKALICE"
//! secretKey = "…"
//! owner = "alice"               # else the access key
//! email = "alice@example.com"   # grants may name the owner by it
//! ```
//!
//! Errors name line and field and never show what stands there: it may be a secret.

use std::fs;
use std::path::Path;

use dropslip_sigv4::Credentials;
use dropslip_store::OwnedKey;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::cmd::store::check_key;
use crate::failure::Failure;
use crate::limits::{KEYS_FILE_BYTES_MAX, OWNER_CHARS_MAX};

/// Reads the keys of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<OwnedKey>, Failure> {
    let name = path.display();
    let meta = fs::metadata(path)
        .map_err(|e| Failure::new(format!("cannot read the keys in `{name}`: {e}")))?;
    if meta.len() > KEYS_FILE_BYTES_MAX {
        return Err(Failure::new(format!(
            "`{name}` is larger than {KEYS_FILE_BYTES_MAX} bytes"
        )));
    }
    if others_can_read(&meta) {
        // Secrets are often mounted so, for containers: no reason to refuse them.
        tracing::warn!(file = %name, "others on this machine can read the keys; chmod 600 keeps them to you");
    }
    let text = fs::read_to_string(path)
        .map_err(|e| Failure::new(format!("cannot read the keys in `{name}`: {e}")))?;
    parse(&text).map_err(|wrong| {
        Failure::new(format!("`{name}`: {wrong}")).hint(
            "a key is written so: [[key]] accessKey = \"…\", secretKey = \"…\", owner = \"…\" (owner may be left out)",
        )
    })
}

#[cfg(unix)]
fn others_can_read(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn others_can_read(_: &fs::Metadata) -> bool {
    false
}

/// Reads keys; the error is a text with the line.
fn parse(text: &str) -> Result<Vec<OwnedKey>, String> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        format!("{}it is not TOML", line(text, at))
    })?;
    let mut keys: Vec<OwnedKey> = Vec::new();
    for (name, value) in table.get_ref() {
        let here = |what: &str| format!("{}{what}", line(text, name.span().start));
        if name.get_ref() != "key" {
            return Err(here(&format!(
                "`{}` is unknown",
                name.get_ref().escape_debug()
            )));
        }
        let DeValue::Array(list) = value.get_ref() else {
            return Err(here("`key` is a list: write `[[key]]`"));
        };
        for entry in list.iter() {
            let key = key(text, entry)?;
            let access_key = key.credentials.access_key();
            let is_there = |known: &OwnedKey| known.credentials.access_key() == access_key;
            if keys.iter().any(is_there) {
                let at = line(text, entry.span().start);
                return Err(format!("{at}`accessKey` is that of an earlier key"));
            }
            keys.push(key);
        }
    }
    if keys.is_empty() {
        return Err("it has no `[[key]]`".to_owned());
    }
    Ok(keys)
}

fn key(text: &str, entry: &Spanned<DeValue<'_>>) -> Result<OwnedKey, String> {
    let start = line(text, entry.span().start);
    let DeValue::Table(members) = entry.get_ref() else {
        return Err(format!("{start}a key is a table"));
    };
    let (mut access_key, mut secret_key, mut owner, mut email) = (None, None, None, None);
    for (name, value) in members {
        let at = line(text, name.span().start);
        let place = match name.get_ref().as_ref() {
            "accessKey" => &mut access_key,
            "secretKey" => &mut secret_key,
            "owner" => &mut owner,
            "email" => &mut email,
            other => return Err(format!("{at}`{}` is unknown", other.escape_debug())),
        };
        let DeValue::String(value) = value.get_ref() else {
            return Err(format!("{at}`{}` is a text in quotes", name.get_ref()));
        };
        *place = Some((at, value.to_string()));
    }
    let needed = |name: &str, found: Option<(String, String)>| {
        let (at, value) = found.ok_or_else(|| format!("{start}a key needs `{name}`"))?;
        check_key(&format!("`{name}`"), &value).map_err(|_| {
            format!("{at}`{name}` is empty or holds white space or other than ASCII")
        })?;
        Ok::<_, String>(value)
    };
    let access_key = needed("accessKey", access_key)?;
    let secret_key = needed("secretKey", secret_key)?;
    let mut key = OwnedKey::from(Credentials::new(access_key, secret_key));
    if let Some((at, name)) = owner {
        let is_name = !name.trim().is_empty()
            && name.chars().count() <= OWNER_CHARS_MAX
            && !name.chars().any(char::is_control);
        if !is_name {
            return Err(format!("{at}`owner` is empty, too long or not printable"));
        }
        key.owner = name;
    }
    key.email = email.map(|(_, address)| address);
    Ok(key)
}

/// Counted from 1, as editors show it.
fn line(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    format!("line {}: ", before.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_owners() {
        let text = "[[key]]\naccessKey = \"AK1\"\nsecretKey = 'first'\nowner = \"alice\"\nemail = \"a@example.com\"\n\
            [[key]]\naccessKey = \"AK2\"\nsecretKey = \"second\"\n";
        let keys = parse(text).unwrap();
        let shown: Vec<_> = keys
            .iter()
            .map(|key| {
                (
                    key.credentials.access_key(),
                    key.owner.as_str(),
                    key.email.as_deref(),
                )
            })
            .collect();
        let expect = [
            ("AK1", "alice", Some("a@example.com")),
            ("AK2", "AK2", None),
        ];
        assert_eq!(shown, expect);
        assert!(keys[0].credentials.is_secret("first") && keys[1].credentials.is_secret("second"));
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let error = parse(text).expect_err(text);
        assert_eq!(error, expect, "{text}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn wrong_files_name_line_and_field() {
        let key = "[[key]]\naccessKey = \"AK1\"\nsecretKey = \"hunter2\"\n";
        check("", "it has no `[[key]]`");
        check("key = []", "it has no `[[key]]`");
        check(
            "[key]\naccessKey = \"a\"",
            "line 1: `key` is a list: write `[[key]]`",
        );
        check("[[keys]]\naccessKey = \"a\"", "line 1: `keys` is unknown");
        check("key = [\"hunter2\"]", "line 1: a key is a table");
        check(
            "[[key]]\naccessKey = \"a\"\n",
            "line 1: a key needs `secretKey`",
        );
        check(
            "\n[[key]]\nsecretKey = \"hunter2\"\n",
            "line 2: a key needs `accessKey`",
        );
        check(&format!("{key}secret = 1"), "line 4: `secret` is unknown");
        check(
            &key.replace("\"hunter2\"", "hunter2"),
            "line 3: it is not TOML",
        );
        check(
            &key.replace("\"hunter2\"", "12345678"),
            "line 3: `secretKey` is a text in quotes",
        );
        check(
            &key.replace("\"hunter2\"", "\"hunter2"),
            "line 3: it is not TOML",
        );
        check(
            &format!("{key}secretKey = \"hunter2\""),
            "line 4: it is not TOML",
        );
        let white = "line 3: `secretKey` is empty or holds white space or other than ASCII";
        check(&key.replace("\"hunter2\"", "\"hunter2 \""), white);
        check(&key.replace("\"hunter2\"", "\"\""), white);
        let owner = "line 4: `owner` is empty, too long or not printable";
        check(&format!("{key}owner = \" \""), owner);
        check(&format!("{key}owner = \"a\\nb\""), owner);
        check(
            &format!("{key}owner = \"{}\"", "a".repeat(OWNER_CHARS_MAX + 1)),
            owner,
        );
        check(
            &format!("{key}{key}"),
            "line 4: `accessKey` is that of an earlier key",
        );
    }
}
