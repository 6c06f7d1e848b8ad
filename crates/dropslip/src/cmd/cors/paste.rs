//! Commands to paste into a shell.

use dropslip_s3::BucketName;
use dropslip_s3::cors::Asked;

use crate::args::storage::{AddressingArg, Storage};

/// `dropslip cors apply …` that lets these requests pass, at the storage that was named.
pub(super) fn apply(bucket: &BucketName, storage: &Storage, asked: &[&Asked<'_>]) -> String {
    let mut words = vec![format!("dropslip cors apply s3://{bucket}")];
    let mut add = |flag: &str, values: Vec<&str>| {
        let mut seen: Vec<&str> = Vec::new();
        for value in values {
            if !seen.contains(&value) {
                seen.push(value);
                words.push(format!("{flag} {}", quoted(value)));
            }
        }
    };
    add("--origin", asked.iter().map(|asked| asked.origin).collect());
    let methods: Vec<_> = asked.iter().map(|asked| asked.method).collect();
    let headers: Vec<_> = asked
        .iter()
        .flat_map(|asked| asked.headers.iter().copied())
        .collect();
    // What is usual need not be said.
    let is_usual = headers.iter().all(|name| *name == "content-type");
    let has = |method| methods.contains(&method);
    let is_all = has("PUT") && has("POST") && methods.iter().all(|m| ["PUT", "POST"].contains(m));
    if !(is_usual && is_all) {
        add("--method", methods);
    }
    if !is_usual {
        add("--header", headers);
    }
    words.extend(place(storage));
    words.join(" ")
}

/// The flags that say where the storage is, as they were given. Session tokens are kept out.
fn place(storage: &Storage) -> Vec<String> {
    let addressing = storage.addressing.map(|addressing| match addressing {
        AddressingArg::Path => "path",
        AddressingArg::VirtualHost => "virtual-host",
    });
    let flags = [
        ("--endpoint", storage.endpoint.as_deref()),
        ("--region", storage.region.as_deref()),
        ("--addressing", addressing),
        ("--profile", storage.profile.as_deref()),
        ("--access-key", storage.access_key.as_deref()),
    ];
    let given = flags
        .iter()
        .filter_map(|(flag, value)| Some((flag, (*value)?)));
    given
        .map(|(flag, value)| format!("{flag} {}", quoted(value)))
        .collect()
}

/// A word for a shell, in quotes if it needs them.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte);
    match !word.is_empty() && word.bytes().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// The flags of a command that was given, with a place to begin at.
pub(super) fn show(command: &str, bucket: &BucketName, storage: &Storage) -> String {
    let mut words = vec![format!("dropslip cors {command} s3://{bucket}")];
    words.extend(place(storage));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_shell() {
        for (word, expected) in [
            ("https://app.example:8443", "https://app.example:8443"),
            ("https://*.example", "'https://*.example'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(x)", "'$(x)'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }

    #[test]
    fn commands_to_paste() {
        let bucket = BucketName::parse("uploads").unwrap();
        let storage = Storage {
            endpoint: Some("http://localhost:7601".to_owned()),
            region: None,
            addressing: Some(AddressingArg::VirtualHost),
            profile: None,
            access_key: None,
            session_token: Some("TOKEN".to_owned()),
        };
        let put = Asked {
            origin: "https://*.example",
            method: "PUT",
            headers: vec!["content-type", "x-amz-acl"],
        };
        let post = Asked {
            method: "POST",
            headers: Vec::new(),
            ..put.clone()
        };
        assert_eq!(
            apply(&bucket, &storage, &[&put, &post]),
            "dropslip cors apply s3://uploads --origin 'https://*.example' --method PUT --method POST \
             --header content-type --header x-amz-acl --endpoint http://localhost:7601 --addressing virtual-host"
        );
        let usual = Asked {
            headers: vec!["content-type"],
            ..put.clone()
        };
        let none = Storage {
            endpoint: None,
            addressing: None,
            ..storage
        };
        assert_eq!(
            apply(&bucket, &none, &[&post]),
            "dropslip cors apply s3://uploads --origin 'https://*.example' --method POST"
        );
        assert_eq!(
            apply(&bucket, &none, &[&usual, &post, &usual]),
            "dropslip cors apply s3://uploads --origin 'https://*.example'"
        );
        assert_eq!(
            show("show", &bucket, &none),
            "dropslip cors show s3://uploads"
        );
    }
}
