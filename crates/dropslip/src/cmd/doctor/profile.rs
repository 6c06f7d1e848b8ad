//! What a storage takes, as a file that a service's `profile = { file = "…" }` reads.

use dropslip_doctor::{Can, Case};

/// The file's text.
pub(super) fn of(case: &Case, can: &Can, base: Option<&str>) -> String {
    let mut text = format!(
        "# What `dropslip doctor` found that {} takes.\n# In dropslip.toml: [storage] profile = {{ file = \"THIS FILE\" }}\nname = {}\n",
        case.endpoint.origin(),
        quoted(case.endpoint.host_name()),
    );
    if let Some(base) = base {
        text.push_str(&format!("base = {}\n", quoted(base)));
    }
    let flags = [
        ("post", can.post),
        ("acl", can.acl),
        ("singleUsePut", can.single_use_put),
        ("singleUseComplete", can.single_use_complete),
        ("signedLength", can.signed_length),
        ("partChecksums", can.part_checksums),
    ];
    for (name, value) in flags {
        match value {
            Some(value) => text.push_str(&format!("{name} = {value}\n")),
            None => text.push_str(&format!("# {name} could not be tried\n")),
        }
    }
    if let Some(checksums) = &can.checksums {
        let names: Vec<String> = checksums.iter().map(|name| quoted(name)).collect();
        text.push_str(&format!("checksums = [{}]\n", names.join(", ")));
    }
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_default())
}
