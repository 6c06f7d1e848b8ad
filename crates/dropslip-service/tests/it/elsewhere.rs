//! Texts of the configuration that stand elsewhere, and names that are nearly right.

use dropslip_service::{Config, ConfigError, Elsewhere, Given, Settings};

const REST: &str = "[storage]\nendpoint = \"http://localhost:9000\"\nregion = \"us-east-1\"\n\
    [presets.photo]\nbucket = \"uploads\"\nkey = \"{uuid}\"\naccept = [\"image/*\"]\nmaxSize = \"20 MiB\"\n";

const SECRET: &str = "two\nlines \"quoted\" \\ and \u{7f} ünd";

fn load(text: &str) -> Result<Settings, ConfigError> {
    let config = Config::parse_with(text, |elsewhere| match elsewhere {
        Elsewhere::Environment("ACCESS") => Ok("AKIAIOSFODNN7EXAMPLE".to_owned()),
        Elsewhere::File("keys/secret") => Ok("wJalrXUtnFEMI/K7MDENG".to_owned()),
        Elsewhere::Environment("KEY") => Ok("a-key-with-seventeen".to_owned()),
        Elsewhere::Environment("LINES") => Ok(SECRET.to_owned()),
        Elsewhere::Environment("BUCKET") => Ok("uploads".to_owned()),
        other => Err(format!("{other:?} is nowhere")),
    })?;
    config.check(Given::default())
}

fn with_keys(access: &str, secret: &str) -> String {
    let keys = format!("region = \"us-east-1\"\naccessKey = {access}\nsecretKey = {secret}");
    REST.replace("region = \"us-east-1\"", &keys)
}

#[test]
fn texts_that_stand_elsewhere() {
    let keys = with_keys("{ env = \"ACCESS\" }", "{file=\"keys/secret\"}");
    load(&keys).unwrap();
    load(&keys.replace("bucket = \"uploads\"", "bucket = { 'env' = 'BUCKET' }")).unwrap();
    let open = load(&keys).unwrap().is_open();
    let with_key =
        format!("{keys}[auth]\napiKeys = [{{ env = \"KEY\" }}, \"another-of-seventeen\"]\n");
    assert!(open && !load(&with_key).unwrap().is_open());
    let named = with_key.replace(
        "{ env = \"KEY\" }",
        "{ name = \"shop\", key = { env = \"KEY\" } }",
    );
    assert!(!load(&named).unwrap().is_open());
}

#[track_caller]
fn check(text: &str, words: &[&str]) {
    let error = load(text).expect_err(text).to_string();
    for word in words {
        assert!(error.contains(word), "`{word}` in {error}");
    }
    assert!(!error.contains("quoted"), "{error}");
}

#[test]
fn texts_that_are_nowhere() {
    check(
        &with_keys("{ env = \"ACCESS\" }", "{ env = \"SECRET\" }"),
        &["line 5, column 13: ", "Environment(\"SECRET\") is nowhere"],
    );
    check(
        &with_keys("\"a\"", "{ file = \"../secret\" }"),
        &["line 5", "File(\"../secret\") is nowhere"],
    );
    // Its lines stay one, so that the places behind stay right, and it is not shown.
    let lines = with_keys("\"a\"", "{ env = \"LINES\" }");
    check(&lines, &["`storage.secretKey`", "white space"]);
    check(
        &lines.replace("maxSize", "maxsize"),
        &["line 10, column 1", "did you mean `maxSize`?"],
    );
}

#[test]
fn tables_that_only_look_like_it() {
    for wrong in [
        "{ env = \"ACCESS\", file = \"x\" }",
        "{ env = 5 }",
        "{ Env = \"ACCESS\" }",
        "{}",
        "{ env = { env = \"ACCESS\" } }",
    ] {
        check(&with_keys("\"a\"", wrong), &["line 5"]);
    }
    // A preset may have that name.
    let preset = with_keys("\"a\"", "\"s\"").replace("[presets.photo]", "[presets.env]");
    load(&preset).unwrap();
    // Without somebody who reads there is no text.
    let error = Config::parse(&with_keys("\"a\"", "{ env = \"ACCESS\" }")).unwrap_err();
    assert!(error.to_string().contains("line 5"), "{error}");
}

#[test]
fn names_that_are_nearly_right() {
    let keys = with_keys("\"a\"", "\"s\"");
    for (right, wrong, meant) in [
        ("[presets.photo]", "[preset.photo]", "`presets`"),
        ("endpoint", "endpiont", "`endpoint`"),
        ("secretKey", "secret_key", "`secretKey`"),
        ("accept", "accepts", "`accept`"),
        (
            "[presets.photo]",
            "[presets.photo]\nmode = \"putt\"",
            "`put`",
        ),
        (
            "[presets.photo]",
            "[auth]\napi_keys = []\n[presets.photo]",
            "`apiKeys`",
        ),
        (
            "[presets.photo]",
            "[metrics]\ntokne = \"x\"\n[presets.photo]",
            "`token`",
        ),
    ] {
        check(&keys.replace(right, wrong), &["did you mean ", meant]);
    }
    check(
        &keys.replace("bucket", "zzzzz"),
        &["unknown field `zzzzz`, expected one of"],
    );
}
