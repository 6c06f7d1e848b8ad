//! `dropslip config check`: a verdict, and an exit code.

use std::fs;
use std::path::Path;

use crate::process::dropslip;
use crate::serve::CONFIG;

/// Checks a configuration; gives exit code, data and talk.
fn check(
    folder: &Path,
    config: &str,
    more: &[&str],
    envs: &[(&str, &str)],
) -> (i32, String, String) {
    fs::write(folder.join("dropslip.toml"), config).unwrap();
    run(folder, more, envs)
}

fn run(folder: &Path, more: &[&str], envs: &[(&str, &str)]) -> (i32, String, String) {
    let args = [&["config", "check"], more].concat();
    let output = dropslip(folder, &args).envs(envs.iter().copied()).output();
    let output = output.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said, talk) = check(folder.path(), CONFIG, &[], &[]);
    assert_eq!(code, 0, "{talk}");
    assert_eq!(
        said,
        "`dropslip.toml` is right: storage at http://127.0.0.1:1, presets photo\n"
    );
    assert!(
        talk.starts_with("note: nobody is asked who they are"),
        "{talk}"
    );
    let key = [("DROPSLIP_API_KEYS", "correct-horse-battery")];
    let (code, said, talk) = check(folder.path(), CONFIG, &["--json"], &key);
    assert_eq!((code, talk.as_str()), (0, ""));
    let verdict: serde_json::Value = serde_json::from_str(&said).unwrap();
    let expect = serde_json::json!({
        "ok": true, "file": "dropslip.toml", "storages": ["http://127.0.0.1:1"], "presets": ["photo"], "open": false
    });
    assert_eq!(verdict, expect);
}

#[test]
fn a_wrong_one() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = CONFIG.replace("maxSize", "maxsize");
    let (code, said, talk) = check(folder.path(), &wrong, &[], &[]);
    assert_eq!((code, said.as_str()), (1, ""));
    assert!(talk.starts_with("error: `dropslip.toml`: line "), "{talk}");
    assert!(talk.contains("did you mean `maxSize`?"), "{talk}");
    let (code, said, talk) = check(folder.path(), &wrong, &["--json"], &[]);
    assert_eq!((code, talk.as_str()), (1, ""));
    let verdict: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(verdict["ok"], false);
    assert!(
        verdict["error"].as_str().unwrap().contains("maxSize"),
        "{said}"
    );
    let short = [("DROPSLIP_API_KEYS", "hunter2")];
    let (code, _, talk) = check(folder.path(), CONFIG, &[], &short);
    assert!(code == 1 && !talk.contains("hunter2"), "{talk}");
}

#[test]
fn none_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, talk) = run(folder.path(), &[], &[]);
    assert!(
        code == 2 && talk.contains("cannot read `dropslip.toml`"),
        "{talk}"
    );
    let (code, _, _) = run(folder.path(), &["--config", "/dev/zero"], &[]);
    assert_eq!(code, 2);
}

#[test]
fn secrets_in_the_environment_and_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let config = CONFIG
        .replace("\"AK1\"", "{ env = \"SHOP_ACCESS_KEY\" }")
        .replace("\"hunter2-hunter2\"", "{ file = \"keys/secret\" }");
    let given = [("SHOP_ACCESS_KEY", "AK1")];
    let (code, _, talk) = check(folder.path(), &config, &[], &[]);
    assert!(
        code == 1 && talk.contains("no variable `SHOP_ACCESS_KEY`"),
        "{talk}"
    );
    let (code, _, talk) = check(folder.path(), &config, &[], &given);
    assert!(code == 1 && talk.contains("keys/secret"), "{talk}");
    fs::create_dir(folder.path().join("keys")).unwrap();
    let secret = folder.path().join("keys/secret");
    for end in ["", "\n", "\r\n"] {
        fs::write(&secret, format!("hunter2-hunter2{end}")).unwrap();
        let (code, _, talk) = check(folder.path(), &config, &[], &given);
        assert_eq!(code, 0, "{talk}");
    }
    fs::write(&secret, "hunter2 hunter2\n\n").unwrap();
    let (code, _, talk) = check(folder.path(), &config, &[], &given);
    assert!(
        code == 1 && talk.contains("white space") && !talk.contains("hunter2"),
        "{talk}"
    );
    fs::write(&secret, "x".repeat(65 * 1024)).unwrap();
    let (code, _, talk) = check(folder.path(), &config, &[], &given);
    assert!(code == 1 && talk.contains("larger than 64 KiB"), "{talk}");
}

#[test]
fn the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let output = dropslip(folder.path(), &["config", "schema"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let committed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/dropslip.schema.json");
    assert!(
        output.stdout == fs::read(committed).unwrap(),
        "run the tests of `schema` of the service"
    );
}
