//! What holds for the manifests: reasons for dependencies, one place for versions
//! and lints, names that say where things are, a changelog that keeps up.

use serde_json::Value;

use super::File;

/// Crates whose folder has another name.
pub(super) fn misplaced(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let mut found = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let folder = manifest.replace('\\', "/");
        if folder.rsplit('/').nth(1) != Some(name) {
            found.push(format!("`{name}` lives in another folder: {folder}"));
        }
    }
    found
}

/// Dependencies of the workspace without a comment on the line above. Our own
/// crates need none.
pub(super) fn unexplained(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut above = "";
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
        } else if inside && line.contains('=') && !line.starts_with('#') {
            let (name, value) = line.split_once('=').unwrap_or_default();
            let explained = above.starts_with("# ") && above.ends_with('.');
            if !explained && !value.contains("path =") {
                found.push(format!(
                    "Cargo.toml: `{}` has no sentence above it",
                    name.trim()
                ));
            }
        }
        above = line;
    }
    found
}

/// Manifests of crates that have versions or lints of their own.
pub(super) fn not_inherited(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    let is_crate = |path: &str| path.starts_with("crates/") || path.starts_with("xtask/");
    for file in files {
        if !file.path.ends_with("/Cargo.toml") || !is_crate(&file.path) {
            continue;
        }
        if !file.text.contains("[lints]\nworkspace = true") {
            found.push(format!("{}: its lints are not the workspace's", file.path));
        }
        let mut inside = false;
        for line in file.text.lines() {
            if line.starts_with('[') {
                inside = line.ends_with("dependencies]");
            } else if inside && line.contains('=') && !line.starts_with('#') {
                let dense: String = line.split_whitespace().collect();
                if !dense.contains("workspace=true") {
                    found.push(format!("{}: `{line}` is not the workspace's", file.path));
                }
            }
        }
    }
    found
}

/// A version that the changelog does not know, unless it has what is unreleased.
pub(super) fn changelog(manifest: &str, changelog: &str) -> Vec<String> {
    let version = manifest
        .lines()
        .skip_while(|line| *line != "[workspace.package]")
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    let Some(version) = version else {
        return vec!["Cargo.toml: the workspace has no version".to_owned()];
    };
    let headings = || {
        changelog
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
    };
    let known = headings().any(|heading| {
        let name = heading.trim_start_matches('[');
        let name = name.split([' ', ']']).next().unwrap_or_default();
        name == version || name.eq_ignore_ascii_case("unreleased")
    });
    match known {
        true => Vec::new(),
        false => vec![format!(
            "CHANGELOG.md: no heading for {version} or what is unreleased"
        )],
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use serde_json::json;

    #[test]
    fn folders() {
        let check = |name: &str, path: &str, count: usize| {
            let metadata = json!({"packages": [{"name": name, "manifest_path": path}]});
            assert_eq!(misplaced(&metadata).len(), count, "{name} in {path}");
        };
        check("dropslip-s3", "/a/crates/dropslip-s3/Cargo.toml", 0);
        check("xtask", "C:\\a\\xtask\\Cargo.toml", 0);
        check("dropslip-s3", "/a/crates/s3/Cargo.toml", 1);
        check("dropslip-s3", "/a/dropslip-s3/src/Cargo.toml", 1);
        check("dropslip-s3", "Cargo.toml", 1);
    }

    #[test]
    fn reasons() {
        let check = |text: &str, expect: &[&str]| {
            assert_eq!(
                unexplained(&format!("[workspace.dependencies]\n{text}")),
                expect,
                "{text}"
            );
        };
        check("# JSON.\nserde_json = \"1\"\n", &[]);
        check("dropslip = { path = \"crates/dropslip\" }\n", &[]);
        check("[profile.dev]\ndebug = 1\n", &[]);
        let expect = ["Cargo.toml: `serde_json` has no sentence above it"];
        check("serde_json = \"1\"\n", &expect);
        check("# JSON.\n\nserde_json = \"1\"\n", &expect);
        check("# JSON.\nserde = \"1\"\nserde_json = \"1\"\n", &expect);
        check("#\nserde_json = { version = \"1\" }\n", &expect);
    }

    #[test]
    fn inheritance() {
        let path = "crates/a/Cargo.toml";
        let with = |text: &str| format!("[lints]\nworkspace = true\n\n[dependencies]\n{text}\n");
        check(not_inherited, path, &with("serde.workspace = true"), &[]);
        check(
            not_inherited,
            path,
            &with("a = { workspace = true, optional = true }"),
            &[],
        );
        check(
            not_inherited,
            "Cargo.toml",
            "[workspace.dependencies]\na = \"1\"",
            &[],
        );
        let own = "crates/a/Cargo.toml: `serde = \"1\"` is not the workspace's";
        check(not_inherited, path, &with("serde = \"1\""), &[own]);
        let dev = with("").replace("[dep", "[dev-dep") + "serde = \"1\"\n";
        check(not_inherited, path, &dev, &[own]);
        let lints = "crates/a/Cargo.toml: its lints are not the workspace's";
        check(not_inherited, path, "[package]\n", &[lints]);
        check(
            not_inherited,
            "xtask/Cargo.toml",
            "[lints]\n",
            &["xtask/Cargo.toml: its lints are not the workspace's"],
        );
    }

    #[test]
    fn changelogs() {
        let manifest = "[workspace.package]\nversion = \"0.1.0\"\n";
        let check = |text: &str, count: usize| {
            assert_eq!(changelog(manifest, text).len(), count, "{text}");
        };
        check("# Changelog\n\n## Unreleased\n", 0);
        check("## [Unreleased]\n", 0);
        check("## 0.1.0 (2026-01-01)\n", 0);
        check("## [0.1.0]\n", 0);
        check("", 1);
        check("## 0.1.1\n", 1);
        check("## 0.1.0-rc.1\n", 1);
        check("Unreleased\n", 1);
        assert_eq!(
            changelog("", "## Unreleased"),
            ["Cargo.toml: the workspace has no version"]
        );
    }
}
