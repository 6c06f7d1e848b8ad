//! Requests as people paste them: `curl` commands, HAR files, URLs.
//!
//! What is read is written in the same form again and must be read as the same request.

use dropslip_s3::capture::{Body, Captured, Claimed, Har, Piece, curl, url};
use serde_json::{Value, json};

/// A pasted command.
pub(crate) fn curl_command(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let captured = match curl(text) {
        Ok(captured) => captured,
        // A message quotes no more than a line.
        Err(error) => return assert!(error.to_string().len() < 2000, "{error}"),
    };
    look_at(&captured, text);
    let Some(command) = as_command(&captured) else {
        return;
    };
    let again = curl(&command).unwrap_or_else(|error| panic!("{error}: {command}"));
    assert_eq!(again.method, captured.method, "{command}");
    assert_eq!(again.path, captured.path, "{command}");
    assert_eq!(again.query, captured.query, "{command}");
    assert_eq!(again.headers, captured.headers, "{command}");
}

/// The command that sends just this; `None` where a command cannot say it.
fn as_command(captured: &Captured) -> Option<String> {
    let Captured {
        method,
        scheme,
        path,
        query,
        headers,
        ..
    } = captured;
    let mut words = vec!["curl".to_owned(), "--path-as-is".to_owned()];
    words.extend(["-X".to_owned(), method.clone()]);
    for name in ["host", "accept"] {
        if !headers
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            words.extend(["-H".to_owned(), format!("{name}:")]);
        }
    }
    for (name, value) in headers {
        let value = str::from_utf8(value).ok()?;
        let is_odd = name.trim() != name || value.trim() != value || name.starts_with('@');
        if is_odd {
            return None;
        }
        let header = match value {
            "" => format!("{name};"),
            value => format!("{name}: {value}"),
        };
        words.extend(["-H".to_owned(), header]);
    }
    let mark = if query.is_empty() { "" } else { "?" };
    let address = format!("{scheme}://h{path}{mark}{query}");
    if address.trim() != address || address.contains('#') {
        return None;
    }
    words.extend(["--url".to_owned(), address]);
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("'{}'", word.replace('\'', r"'\''")))
        .collect();
    let command = quoted.join(" ");
    // Carets and line ends make it a command of another shell, or another text.
    let is_bash = !command.contains(['^', '\r']);
    let fits = words.len() < dropslip_s3::limits::COMMAND_WORDS_MAX;
    (is_bash && fits).then_some(command)
}

/// A HAR file.
pub(crate) fn har_file(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let Ok(har) = Har::parse(text) else {
        return;
    };
    let failing = har.failing();
    if let Some(at) = failing {
        let entry = &har.entries[at];
        assert!(entry.request.is_signed() && entry.request.method != "OPTIONS");
    }
    let mut entries = Vec::new();
    for entry in &har.entries {
        look_at(&entry.request, text);
        let Some(written) = as_har(&entry.request) else {
            return;
        };
        entries.push(json!({"request": written, "response": {"status": entry.status}}));
    }
    let written = json!({"log": {"entries": entries}}).to_string();
    let again = Har::parse(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(again.failing(), failing, "{written}");
    let requests = |har: &Har| -> Vec<Captured> {
        har.entries
            .iter()
            .map(|entry| entry.request.clone())
            .collect()
    };
    assert!(requests(&again) == requests(&har), "{written}");
}

fn as_har(captured: &Captured) -> Option<Value> {
    let Captured {
        method,
        scheme,
        path,
        query,
        headers,
        body,
        ..
    } = captured;
    let mark = if query.is_empty() { "" } else { "?" };
    let address = format!("{scheme}://h{path}{mark}{query}");
    let has_host = captured.header("host").is_some();
    if scheme.is_empty() || address.trim() != address || address.contains('#') || !has_host {
        return None;
    }
    let mut written = Vec::new();
    for (name, value) in headers {
        if name.starts_with(':') {
            return None;
        }
        written.push(json!({"name": name, "value": str::from_utf8(value).ok()?}));
    }
    let size = match body {
        Body::Pieces(pieces) => match pieces.as_slice() {
            [Piece::Bytes(bytes)] => i64::try_from(*bytes).ok()?,
            _ => return None,
        },
        _ => -1,
    };
    Some(json!({"method": method, "url": address, "headers": written, "bodySize": size}))
}

/// A URL alone.
pub(crate) fn address(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let captured = match url(text, "put", &[]) {
        Ok(captured) => captured,
        Err(error) => return assert!(error.to_string().len() < 2000, "{error}"),
    };
    look_at(&captured, text);
    assert_eq!(captured.method, "PUT");
    let Captured {
        scheme,
        path,
        query,
        ..
    } = &captured;
    assert!(text.contains(query.as_str()), "a query stays as it is");
    assert!(
        path == "/" || text.contains(path.as_str()),
        "a path stays as it is"
    );
    let host = captured.header("host").expect("a URL has a host");
    let mark = if query.is_empty() { "" } else { "?" };
    let written = format!("{scheme}://{host}{path}{mark}{query}");
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    if written.trim() == written && !host.ends_with(own_port) {
        // Remarks are about the text around the URL.
        let again = url(&written, "PUT", &[]).map(|again| Captured {
            remarks: captured.remarks.clone(),
            ..again
        });
        assert!(again.as_ref() == Ok(&captured), "{text} and {written}");
    }
}

/// What holds for each request that is read: it is no larger than what it was read from
/// (escapes make three bytes of one), and the rest of the way takes it.
fn look_at(captured: &Captured, text: &str) {
    let headers = captured.headers.iter();
    let bytes: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
    let bytes = bytes + captured.method.len() + captured.path.len() + captured.query.len();
    assert!(
        bytes <= 4 * text.len() + 1024,
        "{bytes} bytes of {}",
        text.len()
    );
    assert!(captured.remarks.len() <= text.len());
    assert!(captured.path.starts_with('/'), "{captured:?}");
    let _ = Claimed::of(captured);
    let _ = captured.is_signed();
    let mut measured = captured.clone();
    measured.measure(|_| Some(u64::MAX));
    measured.measure(|_| None);
}
