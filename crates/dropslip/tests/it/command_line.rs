//! Transcripts of the command line: each file of `tests/cmd` is run and compared.

use crate::process::dropslip;

#[test]
fn transcripts() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
    ];
    let cases = trycmd::TestCases::new();
    for (name, value) in keys {
        cases.env(name, value);
    }
    cases
        .env("HOME", "no-such-folder")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .case("tests/cmd/*.md");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_told() {
    let home = tempfile::tempdir().unwrap();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = dropslip(home.path(), &["config", "schema"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write standard output"));
}

/// As in `dropslip … 2>&1 | head -1`.
#[test]
fn work_goes_on_when_nobody_listens() {
    let home = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = dropslip(
        home.path(),
        &["config", "check", "--config", "missing.toml"],
    );
    let status = command.stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(2));
}
