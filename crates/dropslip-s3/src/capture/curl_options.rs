//! The options of `curl` that matter to a request, and which of the others take a value.
//!
//! Source: [curl(1)](https://curl.se/docs/manpage.html), version 8.

use super::{CaptureError, CaptureErrorKind, quoted};

/// An option that changes what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Request,
    Header,
    Data,
    DataRaw,
    DataBinary,
    DataUrlencode,
    Json,
    Form,
    UploadFile,
    Get,
    Head,
    Url,
    UrlQuery,
    User,
    Bearer,
    UserAgent,
    Referer,
    Cookie,
    Range,
    Compressed,
    PathAsIs,
    SignsItself,
    Config,
    Next,
}

use Meaning::{
    Bearer, Compressed, Config, Cookie, Data, DataBinary, DataRaw, DataUrlencode, Form, Get, Head,
    Header, Json, Next, PathAsIs, Range, Referer, Request, SignsItself, UploadFile, Url, UrlQuery,
    User, UserAgent,
};

/// Long name, letter, meaning, whether it takes a value.
const KNOWN: &[(&str, char, Meaning, bool)] = &[
    ("aws-sigv4", '\0', SignsItself, true),
    ("compressed", '\0', Compressed, false),
    ("config", 'K', Config, true),
    ("cookie", 'b', Cookie, true),
    ("data", 'd', Data, true),
    ("data-ascii", '\0', Data, true),
    ("data-binary", '\0', DataBinary, true),
    ("data-raw", '\0', DataRaw, true),
    ("data-urlencode", '\0', DataUrlencode, true),
    ("form", 'F', Form, true),
    ("form-string", '\0', Form, true),
    ("get", 'G', Get, false),
    ("head", 'I', Head, false),
    ("header", 'H', Header, true),
    ("json", '\0', Json, true),
    ("next", ':', Next, false),
    ("oauth2-bearer", '\0', Bearer, true),
    ("path-as-is", '\0', PathAsIs, false),
    ("range", 'r', Range, true),
    ("referer", 'e', Referer, true),
    ("request", 'X', Request, true),
    ("upload-file", 'T', UploadFile, true),
    ("url", '\0', Url, true),
    ("url-query", '\0', UrlQuery, true),
    ("user", 'u', User, true),
    ("user-agent", 'A', UserAgent, true),
];

/// Other letters that take a value.
const LETTERS_WITH_VALUE: &str = "CDEPQUYchmotwxyz";

/// Other long names that take a value.
const WITH_VALUE: &str = " abstract-unix-socket alt-svc cacert capath cert cert-type ciphers \
    connect-timeout connect-to continue-at cookie-jar create-file-mode crlfile curves delegation \
    dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header ech egd-file engine \
    etag-compare etag-save expect100-timeout ftp-account ftp-alternative-to-user ftp-method ftp-port \
    ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip hostpubmd5 hostpubsha256 hsts \
    interface ip-tos ipfs-gateway keepalive-cnt keepalive-time key key-type krb libcurl limit-rate \
    local-port login-options mail-auth mail-from mail-rcpt max-filesize max-redirs max-time \
    netrc-file noproxy output output-dir parallel-max pass pinnedpubkey preproxy proto proto-default \
    proto-redir proxy proxy-cacert proxy-capath proxy-cert proxy-cert-type proxy-ciphers \
    proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey \
    proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser \
    proxy-user proxy1.0 pubkey quote random-file rate request-target resolve retry retry-delay \
    retry-max-time sasl-authzid service-name sigalgs socks4 socks4a socks5 socks5-gssapi-service \
    socks5-hostname speed-limit speed-time stderr telnet-option tftp-blksize time-cond tls-max \
    tls13-ciphers tlsauthtype tlspassword tlsuser trace trace-ascii trace-config unix-socket \
    variable vlan-priority write-out ";

/// An argument of the command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// An option that matters, with its value if it takes one.
    Option(Meaning, String),
    /// A URL.
    Url(String),
}

/// Reads the words behind `curl` up to `--next`; options that change nothing are skipped.
pub(super) fn arguments(words: &[String]) -> Result<Vec<Argument>, CaptureError> {
    let mut found = Vec::new();
    let mut words = words.iter();
    let mut only_urls = false;
    while let Some(word) = words.next() {
        let before = found.len();
        match word.strip_prefix("--") {
            _ if only_urls || !word.starts_with('-') || word == "-" => {
                found.push(Argument::Url(word.clone()));
            }
            Some("") => only_urls = true,
            Some(name) => {
                let known = KNOWN.iter().find(|(long, ..)| *long == name);
                let takes = match known {
                    Some((.., takes)) => *takes,
                    None => WITH_VALUE.contains(&format!(" {name} ")),
                };
                let value = if takes {
                    value(word, words.next())?
                } else {
                    ""
                };
                found.extend(
                    known.map(|(_, _, meaning, _)| Argument::Option(*meaning, value.to_owned())),
                );
            }
            None => letters(word, &mut words, &mut found)?,
        }
        let next = |argument: &Argument| matches!(argument, Argument::Option(Next, _));
        if found[before..].iter().any(next) {
            break;
        }
    }
    Ok(found)
}

/// `-sSXPUT`: letters up to the first that takes a value, which is the rest or the next word.
fn letters<'a>(
    word: &str,
    words: &mut impl Iterator<Item = &'a String>,
    found: &mut Vec<Argument>,
) -> Result<(), CaptureError> {
    let mut rest = word[1..].chars();
    while let Some(letter) = rest.next() {
        let known = KNOWN
            .iter()
            .find(|(_, short, ..)| *short == letter && letter != '\0');
        let takes = match known {
            Some((.., takes)) => *takes,
            None => LETTERS_WITH_VALUE.contains(letter),
        };
        let text = match (takes, rest.as_str()) {
            (false, _) => "",
            (true, "") => value(word, words.next())?,
            (true, rest) => rest,
        };
        found.extend(known.map(|(_, _, meaning, _)| Argument::Option(*meaning, text.to_owned())));
        if takes {
            break;
        }
    }
    Ok(())
}

fn value<'a>(option: &str, word: Option<&'a String>) -> Result<&'a str, CaptureError> {
    word.map(String::as_str).ok_or_else(|| {
        CaptureError::new(
            CaptureErrorKind::Command,
            format!(
                "the option {} of the command lacks its value",
                quoted(option)
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Argument>, CaptureError> {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        arguments(&words)
    }

    #[track_caller]
    fn check(text: &str, expect: &[(Meaning, &str)]) {
        let expect: Vec<Argument> = expect
            .iter()
            .map(|(meaning, value)| Argument::Option(*meaning, (*value).to_owned()))
            .chain([Argument::Url("u".to_owned())])
            .collect();
        assert_eq!(read(text).unwrap(), expect, "{text}");
    }

    #[test]
    fn options() {
        check("-X PUT u", &[(Request, "PUT")]);
        check("-XPUT u", &[(Request, "PUT")]);
        check("-sSLkXPUT u", &[(Request, "PUT")]);
        check(
            "--request PUT --header a:b u",
            &[(Request, "PUT"), (Header, "a:b")],
        );
        check("-so out --max-time 5 --http2 -k u", &[]);
        check("-sI -T - u", &[(Head, ""), (UploadFile, "-")]);
        check(
            "-u name:word --location --retry 3 u",
            &[(User, "name:word")],
        );
        check("--no-such-option u", &[]);
        check("-- u", &[]);
    }

    #[test]
    fn the_first_transfer_counts() {
        let found = read("-X PUT u --next -X GET v").unwrap();
        assert!(!found.contains(&Argument::Url("v".to_owned())), "{found:?}");
        let found = arguments(&["-sS:".to_owned(), "v".to_owned()]).unwrap();
        assert_eq!(found, [Argument::Option(Next, String::new())]);
    }

    #[test]
    fn values_must_be_there() {
        for text in ["-X", "--header", "-so", "u --data-raw", "-sSH"] {
            let error = read(text).unwrap_err();
            assert_eq!(error.kind(), CaptureErrorKind::Command, "{text}");
            assert!(error.to_string().contains("lacks its value"), "{error}");
        }
    }
}
