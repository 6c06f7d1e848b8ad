//! Transcripts of the command line: each file of `tests/cmd` is run and compared.

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
