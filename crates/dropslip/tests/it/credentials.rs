//! Where keys, region and endpoint are looked for.

use std::fs;
use std::path::Path;

use crate::process::{dropslip, failure};

/// `dropslip presign get s3://uploads/a` with these files, variables and arguments.
struct Case<'a> {
    config: &'a str,
    credentials: &'a str,
    envs: &'a [(&'a str, &'a str)],
    args: &'a [&'a str],
}

const CREDENTIALS: &str = "\
[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = secret/default+

[work]
aws_access_key_id = AKIDWORK
aws_secret_access_key = secret-work
aws_session_token = TOKENWORK
";

const CONFIG: &str = "\
[default]
region = eu-west-1

[profile work]
region = nl-ams
services = local
endpoint_url = http://localhost:1

[profile plain]
endpoint_url = http://localhost:2
ignore_configured_endpoint_urls = false

[profile sso]
sso_session = work
region = eu-west-1

[services local]
dynamodb =
  endpoint_url = http://localhost:3
s3 =
  max_attempts = 4
  endpoint_url = http://localhost:4
sts =
  endpoint_url = http://localhost:5
";

impl Case<'_> {
    fn write(&self, home: &Path) {
        fs::create_dir(home.join(".aws")).unwrap();
        fs::write(home.join(".aws/credentials"), self.credentials).unwrap();
        fs::write(home.join(".aws/config"), self.config).unwrap();
    }

    fn args(&self) -> Vec<&str> {
        [&["presign", "get", "s3://uploads/a"], self.args].concat()
    }

    /// The URL has all of these texts.
    #[track_caller]
    fn check(&self, expect: &[&str]) {
        let home = tempfile::tempdir().unwrap();
        self.write(home.path());
        let mut command = dropslip(home.path(), &self.args());
        let output = command.envs(self.envs.iter().copied()).output().unwrap();
        let url = String::from_utf8(output.stdout).unwrap();
        for part in expect {
            assert!(url.contains(part), "`{part}` in {url}{:?}", output.stderr);
        }
        let has_token = expect.iter().any(|part| part.contains("Security-Token"));
        assert_eq!(url.contains("X-Amz-Security-Token"), has_token, "{url}");
        assert!(output.status.success());
    }

    #[track_caller]
    fn check_wrong(&self, expect: &[&str]) {
        let home = tempfile::tempdir().unwrap();
        self.write(home.path());
        let mut command = dropslip(home.path(), &self.args());
        let (code, said) = failure(command.envs(self.envs.iter().copied()));
        assert_eq!(code, 2, "{said}");
        for part in expect {
            assert!(said.contains(part), "`{part}` in {said}");
        }
        for secret in ["secret/default+", "secret-work"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

fn case<'a>(envs: &'a [(&'a str, &'a str)], args: &'a [&'a str]) -> Case<'a> {
    Case {
        config: CONFIG,
        credentials: CREDENTIALS,
        envs,
        args,
    }
}

#[test]
fn shared_files() {
    let aws = "https://uploads.s3.eu-west-1.amazonaws.com/a?";
    let default = ["X-Amz-Credential=AKIDDEFAULT%2F", "%2Feu-west-1%2Fs3", aws];
    case(&[], &[]).check(&default);
    let work = [
        "X-Amz-Credential=AKIDWORK%2F",
        "%2Fnl-ams%2Fs3",
        "X-Amz-Security-Token=TOKENWORK",
        "http://localhost:4/uploads/a?",
    ];
    case(&[("AWS_PROFILE", "work")], &[]).check(&work);
    case(&[("AWS_DEFAULT_PROFILE", "work")], &[]).check(&work);
    case(&[], &["--profile", "work"]).check(&work);
    case(&[("AWS_PROFILE", "other")], &["--profile", "work"]).check(&work);
}

#[test]
fn variables_go_before_files_and_flags_before_variables() {
    let aws = [
        ("AWS_ACCESS_KEY_ID", "AKIDENV"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
    ];
    case(&aws, &[]).check(&["=AKIDENV%2F", "%2Feu-west-1%2F"]);
    let ours = [
        ("DROPSLIP_ACCESS_KEY", "AKIDOURS"),
        ("DROPSLIP_SECRET_KEY", "x"),
        ("AWS_SESSION_TOKEN", "TOKENENV"),
        ("DROPSLIP_REGION", "fr-par"),
        ("AWS_REGION", "us-west-2"),
    ];
    let both = [aws.as_slice(), ours.as_slice()].concat();
    // The token belongs to AWS's pair, which is not taken.
    case(&both, &[]).check(&["=AKIDOURS%2F", "%2Ffr-par%2F"]);
    let args = ["--profile", "work", "--region", "here"];
    case(&both, &args).check(&["=AKIDWORK%2F", "%2Fhere%2F", "-Security-Token=TOKENWORK"]);
    let token = [aws.as_slice(), &[("AWS_SESSION_TOKEN", "TOKENENV")]].concat();
    case(&token, &[]).check(&["=AKIDENV%2F", "X-Amz-Security-Token=TOKENENV"]);
    let args = ["--session-token", "TOKENFLAG"];
    case(&token, &args).check(&["=AKIDENV%2F", "X-Amz-Security-Token=TOKENFLAG"]);
}

#[test]
fn an_access_key_finds_its_secret() {
    let args = ["--access-key", "AKIDFLAG"];
    let secret = [("DROPSLIP_SECRET_KEY", "x")];
    case(&secret, &args).check(&["=AKIDFLAG%2F"]);
    let aws = [
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_SESSION_TOKEN", "TOKEN"),
    ];
    case(&aws, &args).check(&["=AKIDFLAG%2F", "X-Amz-Security-Token=TOKEN"]);
    let other = [aws.as_slice(), &[("AWS_ACCESS_KEY_ID", "AKIDOTHER")]].concat();
    case(&other, &args).check_wrong(&["there is no secret for the access key `AKIDFLAG`"]);
    let ours = [secret[0], ("DROPSLIP_ACCESS_KEY", "AKIDOTHER")];
    case(&ours, &args).check_wrong(&["there is no secret for the access key `AKIDFLAG`"]);
    case(&[], &["--access-key", "AKIDDEFAULT"]).check(&["=AKIDDEFAULT%2F"]);
    case(&[], &args).check_wrong(&[
        "there is no secret for the access key `AKIDFLAG`",
        "export DROPSLIP_ACCESS_KEY=AKIDFLAG DROPSLIP_SECRET_KEY=…",
    ]);
    let both = ["--access-key", "AKIDFLAG", "--profile", "work"];
    case(&secret, &both).check_wrong(&["cannot be used with"]);
}

#[test]
fn endpoints() {
    let work = ("AWS_PROFILE", "work");
    let token = "Security-Token";
    let s3 = ("AWS_ENDPOINT_URL_S3", "http://localhost:6");
    let all = ("AWS_ENDPOINT_URL", "http://localhost:7");
    let ours = ("DROPSLIP_ENDPOINT", "http://localhost:8");
    let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE");
    let flag = ["--endpoint", "http://localhost:9"];
    case(&[work, s3, all, ours], &flag).check(&["http://localhost:9/uploads/a", token]);
    case(&[work, s3, all, ours, ignore], &[]).check(&["http://localhost:8/uploads/a", token]);
    case(&[work, s3, all], &[]).check(&["http://localhost:6/uploads/a", token]);
    case(&[work, all], &[]).check(&["http://localhost:7/uploads/a", token]);
    case(&[work, all, ignore], &[]).check(&["https://uploads.s3.nl-ams.amazonaws.com/a", token]);
    let keys = [
        ("AWS_ACCESS_KEY_ID", "A"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_PROFILE", "plain"),
    ];
    case(&keys, &[]).check(&["http://localhost:2/uploads/a"]);
}

#[test]
fn profiles_without_keys() {
    case(&[("AWS_PROFILE", "none")], &[]).check_wrong(&["there is no profile `none`", "hint: "]);
    case(&[], &["--profile", "none"]).check_wrong(&["there is no profile `none`"]);
    case(&[("AWS_PROFILE", "sso")], &[]).check_wrong(&[
        "the profile `sso` has no keys",
        "aws configure export-credentials --format env --profile sso",
    ]);
    let half = [("AWS_ACCESS_KEY_ID", "A")];
    case(&half, &[])
        .check_wrong(&["`AWS_ACCESS_KEY_ID` is set and `AWS_SECRET_ACCESS_KEY` is not"]);
    let nothing = Case {
        config: "",
        credentials: "",
        envs: &[],
        args: &[],
    };
    nothing.check_wrong(&["there are no credentials", "hint: "]);
}

#[test]
fn files_as_people_write_them() {
    let indented = Case {
        config: "[default]\n  region = nl-ams\n",
        credentials: "[default]\n\taws_access_key_id=AKIDTAB\n\taws_secret_access_key=a=b/c+d\n",
        envs: &[],
        args: &[],
    };
    indented.check(&["=AKIDTAB%2F", "%2Fnl-ams%2F"]);
    let broken = Case {
        credentials: "[default\nsecret-work = x",
        ..indented
    };
    broken.check_wrong(&["cannot read", "credentials", "as an INI file"]);
}
