//! Which crate of ours may use which: the table of ARCHITECTURE.md.
//!
//! Dependencies for tests and builds count as well: a test that reaches over a
//! wall would let the code follow.

use serde_json::Value;

/// Crate, and those of ours that it may use. The store and the service never
/// use each other: they meet over HTTP only.
const MAY_USE: &[(&str, &[&str])] = &[
    ("dropslip-sigv4", &[]),
    ("dropslip-s3", &["dropslip-sigv4"]),
    ("dropslip-store", &["dropslip-sigv4", "dropslip-s3"]),
    ("dropslip-service", &["dropslip-sigv4", "dropslip-s3"]),
    ("dropslip-doctor", &["dropslip-sigv4", "dropslip-s3"]),
    ("dropslip-put", &["dropslip-sigv4", "dropslip-s3"]),
    (
        "dropslip",
        &[
            "dropslip-sigv4",
            "dropslip-s3",
            "dropslip-doctor",
            "dropslip-put",
            "dropslip-store",
            "dropslip-service",
        ],
    ),
    (
        "axum-app",
        &[
            "dropslip-sigv4",
            "dropslip-s3",
            "dropslip-store",
            "dropslip-service",
        ],
    ),
    (
        "properties",
        &["dropslip-sigv4", "dropslip-s3", "dropslip-store"],
    ),
    ("xtask", &[]),
];

/// Crates whose dependencies are exactly these (tests aside). `base64` and `sha1` are
/// what Signature Version 2 and policies of forms are written in.
const EXACTLY: &[(&str, &[&str])] = &[(
    "dropslip-sigv4",
    &["base64", "hmac", "sha1", "sha2", "subtle", "zeroize"],
)];

/// The only crate that may depend on it.
const ONLY: &[(&str, &str)] = &[("quick-xml", "dropslip-s3"), ("redb", "dropslip-store")];

/// What breaks the tables, from `cargo metadata`.
pub(super) fn broken(metadata: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let packages = metadata["packages"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    for package in packages {
        let name = text(package, "name");
        let Some((_, may_use)) = MAY_USE.iter().find(|(known, _)| *known == name) else {
            found.push(format!(
                "`{name}` is not in the table of xtask/src/tidy/walls.rs"
            ));
            continue;
        };
        let dependencies = package["dependencies"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let used = || {
            dependencies
                .iter()
                .map(|dependency| text(dependency, "name"))
        };
        for other in used() {
            let ours = MAY_USE.iter().any(|(known, _)| *known == other);
            if ours && !may_use.contains(&other) {
                found.push(format!("`{name}` must not use `{other}`"));
            }
            if let Some((_, only)) = ONLY
                .iter()
                .find(|(what, only)| *what == other && *only != name)
            {
                found.push(format!(
                    "`{name}` must not use `{other}`: only `{only}` does"
                ));
            }
        }
        if let Some((_, exactly)) = EXACTLY.iter().find(|(known, _)| *known == name) {
            let mut normal: Vec<&str> = dependencies
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| text(dependency, "name"))
                .collect();
            normal.sort_unstable();
            if normal != *exactly {
                found.push(format!(
                    "`{name}` must depend on exactly {exactly:?}, not {normal:?}"
                ));
            }
        }
    }
    for (name, _) in MAY_USE {
        if !packages
            .iter()
            .any(|package| text(package, "name") == *name)
        {
            found.push(format!("`{name}` is in the table and not in the workspace"));
        }
    }
    found
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A whole workspace as it should be, with one more dependency.
    fn check(user: &str, used: &str, kind: Option<&str>, expect: &[&str]) {
        let packages: Vec<Value> = MAY_USE
            .iter()
            .map(|(name, _)| {
                let exactly = EXACTLY.iter().find(|(known, _)| known == name);
                let mut dependencies: Vec<Value> = exactly
                    .map_or(&[][..], |(_, exactly)| exactly)
                    .iter()
                    .map(|name| json!({"name": name, "kind": null}))
                    .collect();
                if *name == user {
                    dependencies.push(json!({"name": used, "kind": kind}));
                }
                json!({"name": name, "dependencies": dependencies})
            })
            .collect();
        assert_eq!(
            broken(&json!({ "packages": packages })),
            expect,
            "{user} uses {used}"
        );
    }

    #[test]
    fn allows_the_table() {
        check("dropslip", "dropslip-store", None, &[]);
        check("dropslip-service", "dropslip-s3", None, &[]);
        check("dropslip-store", "redb", None, &[]);
        check("dropslip-sigv4", "proptest", Some("dev"), &[]);
        check("dropslip-store", "serde", None, &[]);
    }

    #[test]
    fn finds_a_broken_wall() {
        let wall = "`dropslip-store` must not use `dropslip-service`";
        check("dropslip-store", "dropslip-service", None, &[wall]);
        check("dropslip-store", "dropslip-service", Some("dev"), &[wall]);
        check("dropslip-store", "dropslip-service", Some("build"), &[wall]);
        let wall = "`dropslip-service` must not use `dropslip-store`";
        check("dropslip-service", "dropslip-store", Some("dev"), &[wall]);
        let wall = "`dropslip-s3` must not use `dropslip`";
        check("dropslip-s3", "dropslip", None, &[wall]);
        let only = "`dropslip-store` must not use `quick-xml`: only `dropslip-s3` does";
        check("dropslip-store", "quick-xml", None, &[only]);
        let exactly = "`dropslip-sigv4` must depend on exactly \
                       [\"base64\", \"hmac\", \"sha1\", \"sha2\", \"subtle\", \"zeroize\"], not \
                       [\"base64\", \"hmac\", \"log\", \"sha1\", \"sha2\", \"subtle\", \"zeroize\"]";
        check("dropslip-sigv4", "log", None, &[exactly]);
        check("dropslip-sigv4", "log", Some("build"), &[exactly]);
    }

    #[test]
    fn finds_crates_that_the_table_does_not_know() {
        let alone = json!({"packages": [{"name": "dropslip-common", "dependencies": []}]});
        let found = broken(&alone);
        assert_eq!(
            found[0],
            "`dropslip-common` is not in the table of xtask/src/tidy/walls.rs"
        );
        assert_eq!(
            found[1],
            "`dropslip-sigv4` is in the table and not in the workspace"
        );
        assert_eq!(found.len(), 1 + MAY_USE.len());
    }
}
