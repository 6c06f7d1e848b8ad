//! What must be sent: options made into headers of a request or fields of a form.

use std::fs::File;
use std::io::Read as _;

use dropslip_s3::checksum::{Algorithm, Checksum, Hasher};
use dropslip_s3::policy::NewForm;
use dropslip_s3::{BucketName, CannedAcl, ObjectKey};

use crate::args::presign::{Method, Terms};
use crate::failure::Failure;
use crate::limits::{POST_BYTES_MAX, READ_BYTES};

/// Name and value, the name in lower case.
type Pair = (String, String);

/// The headers of a request.
pub(super) fn headers(method: Method, terms: &Terms) -> Result<Vec<Pair>, Failure> {
    check_places(method, terms)?;
    let mut headers = Vec::new();
    if let Some(content_type) = &terms.content_type {
        if content_type.contains('*') {
            return Err(Failure::new(format!(
                "`{content_type}` is no type that a request can have"
            ))
            .hint("name the type, or make a form with `post`, which takes `image/*`"));
        }
        check_type(content_type)?;
        headers.push(("content-type".to_owned(), content_type.clone()));
    }
    if let Some(content_length) = terms.content_length {
        headers.push(("content-length".to_owned(), content_length.to_string()));
    }
    if let Some(acl) = acl(terms)? {
        headers.push(("x-amz-acl".to_owned(), acl));
    }
    if terms.if_none_match {
        headers.push(("if-none-match".to_owned(), "*".to_owned()));
    }
    headers.extend(checksum(terms)?);
    headers.extend(further(terms)?);
    check_once(&headers, &[])?;
    Ok(headers)
}

/// The fields of a form, and the beginning of the content type if its end is open.
pub(super) fn form(
    bucket: &BucketName,
    key: &ObjectKey,
    terms: &Terms,
) -> Result<(NewForm, Option<String>), Failure> {
    check_places(Method::Post, terms)?;
    let mut fields = Vec::new();
    let mut form = NewForm::new(bucket, key.as_str());
    if let Some(acl) = acl(terms)? {
        fields.push(("acl".to_owned(), acl));
    }
    let (content_type, beginning) = content_type(terms)?;
    if let Some(content_type) = content_type {
        fields.push(("Content-Type".to_owned(), content_type));
    }
    if let Some(status) = &terms.success_status {
        fields.push(("success_action_status".to_owned(), status.clone()));
    }
    if let Some(page) = &terms.success_redirect {
        if !page.starts_with("http://") && !page.starts_with("https://") {
            return Err(Failure::new(format!("`{page}` is no page to go to"))
                .hint("write the whole address: `--success-redirect https://app.example/done`"));
        }
        fields.push(("success_action_redirect".to_owned(), page.clone()));
    }
    fields.extend(checksum(terms)?);
    fields.extend(further(terms)?);
    let open = beginning.as_ref().map(|_| "content-type");
    check_once(&fields, &[FORM_OWN.as_slice(), open.as_slice()].concat())?;
    for (name, value) in &fields {
        form = form.field(name, value);
    }
    if let Some(beginning) = &beginning {
        form = form.open_field("Content-Type", beginning, "");
    }
    if let Some((min, max)) = sizes(terms)? {
        form = form.size(min, max);
    }
    Ok((form, beginning))
}

/// The fields that a form has or must not have, whatever is asked for.
const FORM_OWN: [&str; 11] = [
    "bucket",
    "content-length",
    "file",
    "host",
    "key",
    "policy",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-signature",
];

/// Each option has methods that it means something for.
fn check_places(method: Method, terms: &Terms) -> Result<(), Failure> {
    const UPLOADS: &[Method] = &[Method::Put, Method::Post];
    const PUT: &[Method] = &[Method::Put];
    const POST: &[Method] = &[Method::Post];
    let options = [
        ("content-type", terms.content_type.is_some(), UPLOADS),
        ("content-length", terms.content_length.is_some(), UPLOADS),
        ("min-size", terms.min_size.is_some(), POST),
        ("max-size", terms.max_size.is_some(), POST),
        ("acl", terms.acl.is_some(), UPLOADS),
        ("if-none-match", terms.if_none_match, PUT),
        ("checksum", terms.checksum.is_some(), UPLOADS),
        ("success-status", terms.success_status.is_some(), POST),
        ("success-redirect", terms.success_redirect.is_some(), POST),
    ];
    for (name, given, methods) in options {
        if given && !methods.contains(&method) {
            let names: Vec<String> = methods
                .iter()
                .map(|method| format!("`{}`", method.as_str().to_ascii_lowercase()))
                .collect();
            return Err(Failure::new(format!(
                "`--{name}` belongs to {}",
                names.join(" and ")
            )));
        }
    }
    Ok(())
}

/// A name twice would be two values, and the storage reads them as one or the other.
fn check_once(pairs: &[Pair], taken: &[&str]) -> Result<(), Failure> {
    let mut names: Vec<String> = taken.iter().map(|name| (*name).to_owned()).collect();
    for (name, _) in pairs {
        let name = name.to_ascii_lowercase();
        if names.contains(&name) {
            return Err(Failure::new(format!("`{name}` is there already")));
        }
        names.push(name);
    }
    Ok(())
}

fn acl(terms: &Terms) -> Result<Option<String>, Failure> {
    let parsed = terms.acl.as_ref().map(|acl| acl.parse::<CannedAcl>());
    let acl = parsed
        .transpose()
        .map_err(|e| Failure::new(e.to_string()))?;
    Ok(acl.map(|acl| acl.as_str().to_owned()))
}

/// The one content type of a form, or the beginning of those it takes.
fn content_type(terms: &Terms) -> Result<(Option<String>, Option<String>), Failure> {
    let Some(given) = &terms.content_type else {
        return Ok((None, None));
    };
    match given.strip_suffix('*') {
        None if !given.contains('*') => {
            check_type(given)?;
            Ok((Some(given.clone()), None))
        }
        // Whatever begins with nothing: any type.
        Some("*/" | "") => Ok((None, Some(String::new()))),
        Some(beginning) if !beginning.contains('*') => Ok((None, Some(beginning.to_owned()))),
        _ => Err(
            Failure::new(format!("`{given}` is no type and no beginning of one")).hint(
                "`--content-type image/jpeg`, or `--content-type 'image/*'` for all pictures",
            ),
        ),
    }
}

/// A type has two names: no browser could use a URL for `jpeg`.
fn check_type(given: &str) -> Result<(), Failure> {
    let names = given.split(';').next().unwrap_or_default().trim();
    let is_type = names
        .split_once('/')
        .is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty() && !name.contains('/'));
    if is_type && !given.contains(char::is_control) {
        return Ok(());
    }
    Err(
        Failure::new(format!("`{}` is no content type", given.escape_debug()))
            .hint("it has two names with a `/` between them: `--content-type image/jpeg`"),
    )
}

/// The fewest and the most bytes, if either is limited.
fn sizes(terms: &Terms) -> Result<Option<(u64, u64)>, Failure> {
    if let Some(bytes) = terms.content_length {
        return Ok(Some((bytes, bytes)));
    }
    if terms.min_size.is_none() && terms.max_size.is_none() {
        return Ok(None);
    }
    let min = terms.min_size.map_or(0, |size| size.as_u64());
    let max = terms.max_size.map_or(POST_BYTES_MAX, |size| size.as_u64());
    if min > max {
        return Err(Failure::new(format!(
            "no file has at least {min} and at most {max} bytes"
        )));
    }
    Ok(Some((min, max)))
}

/// The header or field of a checksum, computed if a file is named.
fn checksum(terms: &Terms) -> Result<Option<Pair>, Failure> {
    let Some(given) = &terms.checksum else {
        return Ok(None);
    };
    let wrong = |why: &str| {
        Failure::new(format!("`{given}` is no checksum: {why}")).hint(
            "write it as `--checksum sha256:BASE64`, or let it be computed: `--checksum sha256:@FILE`",
        )
    };
    let (name, value) = given
        .split_once(':')
        .ok_or_else(|| wrong("it must begin with an algorithm and `:`"))?;
    let algorithm = Algorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
        .ok_or_else(|| wrong("there are crc32, crc32c, crc64nvme, sha1 and sha256"))?;
    let checksum = match value.strip_prefix('@') {
        Some(path) => of_file(algorithm, path)
            .map_err(|e| Failure::new(format!("cannot read `{path}`: {e}")))?,
        None => Checksum::parse(algorithm, value).ok_or_else(|| {
            let len = algorithm.len_bytes();
            wrong(&format!("{name} is the base64 of {len} bytes"))
        })?,
    };
    Ok(Some((algorithm.header().to_owned(), checksum.to_string())))
}

fn of_file(algorithm: Algorithm, path: &str) -> std::io::Result<Checksum> {
    let mut file = File::open(path)?;
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish()),
            read => hasher.update(&buffer[..read]),
        }
    }
}

/// Headers or fields given by name and value.
fn further(terms: &Terms) -> Result<Vec<Pair>, Failure> {
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    terms
        .headers
        .iter()
        .map(|header| {
            let pair = header.split_once(':');
            let pair = pair.map(|(name, value)| (name.trim(), value.trim()));
            let (name, value) = pair
                .filter(|(name, value)| {
                    !name.is_empty() && name.bytes().all(named) && !value.contains(char::is_control)
                })
                .ok_or_else(|| {
                    Failure::new(format!("`{}` is no header", header.escape_debug()))
                        .hint("write it as `--header 'cache-control: no-store'`")
                })?;
            Ok((name.to_ascii_lowercase(), value.to_owned()))
        })
        .collect()
}
