//! `dropslip.toml`: what it may say, and how it is refused.

use dropslip_service::{Config, ConfigErrorKind, DEV_TOML, Given, Settings};

use crate::app::{API_KEY, keys};

const STORAGE: &str = "[storage]\nendpoint = \"http://localhost:9000\"\nregion = \"us-east-1\"\n";
const PRESET: &str = "[presets.photo]\nbucket = \"uploads\"\nkey = \"{uuid}\"\naccept = [\"image/*\"]\nmaxSize = \"20 MiB\"\n";

fn load(text: &str) -> Result<Settings, dropslip_service::ConfigError> {
    Config::parse(text)?.check(Given {
        storage_keys: Some(keys()),
        ..Given::default()
    })
}

#[track_caller]
fn check_refused(text: &str, kind: ConfigErrorKind, words: &[&str]) {
    let error = load(text).expect_err(text);
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(
            error.to_string().contains(word),
            "`{word}` is not in: {error}"
        );
    }
}

/// The whole good file with one line of the preset added or, by name, replaced.
fn with_preset_line(line: &str) -> String {
    let name = format!("{} ", line.split('=').next().unwrap().trim());
    let kept: Vec<&str> = PRESET.lines().filter(|l| !l.starts_with(&name)).collect();
    format!("{STORAGE}{}\n{line}\n", kept.join("\n"))
}

#[track_caller]
fn check_preset(line: &str) -> Settings {
    load(&with_preset_line(line)).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[track_caller]
fn check_preset_refused(line: &str, field: &str, words: &[&str]) {
    let place = format!("`presets.photo.{field}`");
    let all: Vec<&str> = std::iter::once(place.as_str())
        .chain(words.iter().copied())
        .collect();
    check_refused(&with_preset_line(line), ConfigErrorKind::Preset, &all);
}

#[test]
fn the_smallest() {
    let settings = load(&format!("{STORAGE}{PRESET}")).unwrap();
    let preset = settings.presets().find("photo").unwrap();
    assert_eq!(
        (preset.size_bytes_min, preset.size_bytes_max),
        (0, 20 * 1024 * 1024)
    );
    assert_eq!(preset.expires_s, 900);
    assert!(settings.is_open() && !preset.is_public() && preset.acl.is_none());
}

#[test]
fn the_development_presets() {
    let config = Config::dev("http://127.0.0.1:1234", "http://localhost:1234", keys());
    let settings = config.check(Given::default()).unwrap();
    let shape: Vec<_> = settings
        .presets()
        .iter()
        .map(|p| (p.name.as_str(), p.size_bytes_max >> 20, p.is_public()))
        .collect();
    assert_eq!(
        shape,
        [
            ("photo", 20, true),
            ("video", 2048, false),
            ("file", 1024, false)
        ]
    );
    assert_eq!(settings.storage_origins(), ["http://127.0.0.1:1234"]);
    assert!(
        Config::parse(DEV_TOML)
            .unwrap()
            .check(Given::default())
            .is_err(),
        "the file itself has no keys"
    );
}

#[test]
fn presets_keep_their_order() {
    let names = ["zebra", "apple", "mango", "Banana", "0"];
    let presets: String = names
        .iter()
        .map(|name| PRESET.replace("photo", name))
        .collect();
    let settings = load(&format!("{STORAGE}{presets}")).unwrap();
    assert_eq!(
        settings
            .presets()
            .iter()
            .map(|preset| preset.name.as_str())
            .collect::<Vec<_>>(),
        names
    );
}

#[test]
fn sizes_and_durations() {
    let max = |line: &str| {
        check_preset(line)
            .presets()
            .find("photo")
            .unwrap()
            .size_bytes_max
    };
    assert_eq!(max("maxSize = \"20 MiB\""), 20 * 1024 * 1024);
    assert_eq!(max("maxSize = \"20 MB\""), 20_000_000);
    assert_eq!(max("maxSize = \"1.5KiB\""), 1536);
    assert_eq!(max("maxSize = 1000"), 1000);
    assert_eq!(max("maxSize = \"5 GiB\""), 5 * 1024 * 1024 * 1024);
    let expires = |line: &str| {
        check_preset(line)
            .presets()
            .find("photo")
            .unwrap()
            .expires_s
    };
    assert_eq!(expires("expires = \"1s\""), 1);
    assert_eq!(expires("expires = \"15m\""), 900);
    assert_eq!(expires("expires = \"1h 30m\""), 5400);
    assert_eq!(expires("expires = \"7d\""), 604_800);
}

#[test]
fn wrong_sizes() {
    check_preset_refused(
        "maxSize = 5368709121\nmode = \"put\"",
        "maxSize",
        &["5 GiB"],
    );
    check_preset_refused("maxSize = \"5121 GiB\"", "maxSize", &["5 TiB"]);
    check_preset_refused("minSize = \"21 MiB\"", "minSize", &["more than `maxSize`"]);
    for line in [
        "maxSize = \"lots\"",
        "maxSize = -1",
        "maxSize = 1.5",
        "maxSize = true",
        "minSize = \"\"",
    ] {
        check_refused(&with_preset_line(line), ConfigErrorKind::Syntax, &["line "]);
    }
}

#[test]
fn wrong_durations() {
    for line in [
        "expires = \"0s\"",
        "expires = \"7d 1s\"",
        "expires = \"1500ms\"",
        "expires = \"500ms\"",
        "expires = \"10y\"",
    ] {
        check_preset_refused(line, "expires", &["`1s` to `7d`"]);
    }
    check_preset_refused("expires = \"soon\"", "expires", &["such as `15m`"]);
    check_preset_refused("expires = \"-1m\"", "expires", &["such as `15m`"]);
    check_refused(
        &with_preset_line("expires = 900"),
        ConfigErrorKind::Syntax,
        &["line 9, column 11", "expected a string"],
    );
}

#[test]
fn wrong_fields_of_a_preset() {
    check_preset_refused(
        "bucket = \"Uploads\"",
        "bucket",
        &["`Uploads`", "lower-case"],
    );
    check_preset_refused("bucket = \"\"", "bucket", &["3 to 63"]);
    check_preset_refused("key = \"{name}\"", "key", &["{uuid}"]);
    check_preset_refused("key = \"{uuid}/{user}\"", "key", &["`{user}`", "`{date}`"]);
    check_preset_refused("accept = []", "accept", &["empty"]);
    check_preset_refused(
        "accept = [\"image/png\", \"jpeg\"]",
        "accept",
        &["`jpeg`", "image/*"],
    );
    check_preset_refused("acl = \"public\"", "acl", &["`public`", "public-read"]);
    check_preset_refused("cacheControl = \"\"", "cacheControl", &["ASCII"]);
    check_preset_refused("cacheControl = \"a\\nb\"", "cacheControl", &["ASCII"]);
    check_preset_refused(
        "contentDisposition = \"inline; filename=é\"",
        "contentDisposition",
        &["ASCII"],
    );
    check_preset_refused(
        "contentDisposition = \" inline\"",
        "contentDisposition",
        &["ASCII"],
    );
    let long = format!("cacheControl = \"{}\"", "x".repeat(257));
    check_preset_refused(&long, "cacheControl", &["256"]);
    check_preset(&long.replace("xx\"", "x\""));
}

#[test]
fn missing_fields_of_a_preset() {
    for field in ["bucket", "key", "accept", "maxSize"] {
        let kept: Vec<&str> = PRESET
            .lines()
            .filter(|line| !line.starts_with(field))
            .collect();
        let text = format!("{STORAGE}{}\n", kept.join("\n"));
        check_refused(
            &text,
            ConfigErrorKind::Preset,
            &[&format!("`presets.photo.{field}`"), "is missing"],
        );
    }
}

#[test]
fn wrong_names_of_presets() {
    for name in [
        "\"\"",
        "\"a b\"",
        "\"a/b\"",
        "\"é\"",
        "\"a.b\"",
        &"x".repeat(65),
    ] {
        let text = format!("{STORAGE}{}", PRESET.replace("photo", name));
        check_refused(
            &text,
            ConfigErrorKind::Preset,
            &["`presets`", "letters, digits"],
        );
    }
    load(&format!(
        "{STORAGE}{}",
        PRESET.replace("photo", &"x".repeat(64))
    ))
    .unwrap();
    check_refused(
        &format!("{STORAGE}[presets]\n"),
        ConfigErrorKind::Preset,
        &["empty"],
    );
    check_refused(
        &format!("{STORAGE}{PRESET}{PRESET}"),
        ConfigErrorKind::Syntax,
        &["line 9", "duplicate key"],
    );
}

#[test]
fn unknown_names_are_refused_with_their_place() {
    check_refused(
        &format!("{STORAGE}bukket = 1\n{PRESET}"),
        ConfigErrorKind::Syntax,
        &["line 4, column 1", "`bukket`", "`publicEndpoint`"],
    );
    check_refused(
        &with_preset_line("maxsize = 1"),
        ConfigErrorKind::Syntax,
        &["`maxsize`", "`maxSize`"],
    );
    check_refused(
        &format!("{STORAGE}{PRESET}[extra]\n"),
        ConfigErrorKind::Syntax,
        &["line 9", "`extra`"],
    );
    check_refused(
        &format!("{STORAGE}[auth]\napiKey = \"x\"\n{PRESET}"),
        ConfigErrorKind::Syntax,
        &["`apiKey`", "`apiKeys`"],
    );
}

#[test]
fn not_toml_or_not_whole() {
    check_refused("", ConfigErrorKind::Syntax, &["`presets`"]);
    check_refused(STORAGE, ConfigErrorKind::Syntax, &["`presets`"]);
    check_refused(PRESET, ConfigErrorKind::Syntax, &["`storage`"]);
    check_refused("storage = ", ConfigErrorKind::Syntax, &["line 1"]);
    check_refused("{}", ConfigErrorKind::Syntax, &["line 1"]);
    check_refused(
        &format!("{STORAGE}presets = 1"),
        ConfigErrorKind::Syntax,
        &["`presets`"],
    );
    check_refused(
        &format!("presets = 1\n{STORAGE}"),
        ConfigErrorKind::Syntax,
        &["line 1", "table of presets"],
    );
    check_refused(
        "# é\n[storage]\nendpoint = 'é' x\n",
        ConfigErrorKind::Syntax,
        &["line 3, column 16"],
    );
}

#[track_caller]
fn check_storage_refused(lines: &str, field: &str, words: &[&str]) {
    let place = format!("`storage.{field}`");
    let all: Vec<&str> = std::iter::once(place.as_str())
        .chain(words.iter().copied())
        .collect();
    check_refused(
        &format!("[storage]\n{lines}\n{PRESET}"),
        ConfigErrorKind::Storage,
        &all,
    );
}

#[test]
fn wrong_storage() {
    let region = "region = \"us-east-1\"";
    let endpoint = "endpoint = \"http://localhost:9000\"";
    for wrong in [
        "",
        "localhost:9000",
        "ftp://localhost",
        "http://user:pass@localhost",
        "http://localhost/?a=b",
    ] {
        check_storage_refused(
            &format!("endpoint = \"{wrong}\"\n{region}"),
            "endpoint",
            &[],
        );
        check_storage_refused(
            &format!("{endpoint}\npublicEndpoint = \"{wrong}\"\n{region}"),
            "publicEndpoint",
            &[],
        );
    }
    check_storage_refused(
        &format!("endpoint = \"http://127.0.0.1\"\naddressing = \"virtualHost\"\n{region}"),
        "endpoint",
        &["path"],
    );
    for wrong in ["", "us east 1", "us/east", "é"] {
        check_storage_refused(
            &format!("{endpoint}\nregion = \"{wrong}\""),
            "region",
            &["us-east-1"],
        );
    }
    let text = format!("[storage]\n{endpoint}\n{region}\naddressing = \"host\"\n{PRESET}");
    check_refused(&text, ConfigErrorKind::Syntax, &["line 4", "`virtualHost`"]);
}

#[test]
fn wrong_credentials() {
    let storage = "endpoint = \"http://localhost:9000\"\nregion = \"us-east-1\"";
    check_storage_refused(
        &format!("{storage}\naccessKey = \"a\""),
        "secretKey",
        &["missing"],
    );
    check_storage_refused(
        &format!("{storage}\nsecretKey = \"s\""),
        "accessKey",
        &["missing"],
    );
    check_storage_refused(
        &format!("{storage}\nsessionToken = \"t\""),
        "accessKey",
        &["missing"],
    );
    for wrong in ["", " s", "s\\n", "s t", "é"] {
        check_storage_refused(
            &format!("{storage}\naccessKey = \"{wrong}\"\nsecretKey = \"s\""),
            "accessKey",
            &["white space"],
        );
        check_storage_refused(
            &format!("{storage}\naccessKey = \"a\"\nsecretKey = \"{wrong}\""),
            "secretKey",
            &["white space"],
        );
    }
    check_storage_refused(
        &format!("{storage}\naccessKey = \"a/b\"\nsecretKey = \"s\""),
        "accessKey",
        &["`/`"],
    );
    let none = Config::parse(&format!("{STORAGE}{PRESET}"))
        .unwrap()
        .check(Given::default())
        .unwrap_err();
    assert!(
        none.to_string().contains("`storage.accessKey` is missing"),
        "{none}"
    );
}

#[test]
fn wrong_api_keys() {
    let check = |list: &str, words: &[&str]| {
        check_refused(
            &format!("{STORAGE}[auth]\napiKeys = [{list}]\n{PRESET}"),
            ConfigErrorKind::Auth,
            words,
        );
    };
    check("\"\"", &["number 1", "16 to 512"]);
    check("\"fifteen-letters\"", &["number 1"]);
    check(
        &format!("\"{API_KEY}\", \"with white space in it\""),
        &["number 2"],
    );
    check(&format!("\"{}\"", "x".repeat(513)), &["number 1"]);
    let settings = load(&format!(
        "{STORAGE}[auth]\napiKeys = [\"sixteen--letters\", \"{}\"]\n{PRESET}",
        "x".repeat(512)
    ));
    assert!(!settings.unwrap().is_open());
    let given = Given {
        storage_keys: Some(keys()),
        api_keys: vec![API_KEY.into()],
    };
    assert!(
        !Config::parse(&format!("{STORAGE}{PRESET}"))
            .unwrap()
            .check(given)
            .unwrap()
            .is_open()
    );
}

#[test]
fn sizes_that_are_none() {
    check_preset("maxSize = 4096");
    check_preset("maxSize = \"4 KiB\"");
    for line in [
        "maxSize = \"20 MX\"",
        "maxSize = \"\"",
        "maxSize = -1",
        "maxSize = true",
    ] {
        check_refused(
            &with_preset_line(line),
            ConfigErrorKind::Syntax,
            &["line", "size such as `20 MiB`"],
        );
    }
}

#[test]
fn origins_of_other_pages() {
    let with = |origin: &str| format!("{STORAGE}[cors]\nallowedOrigins = [\"{origin}\"]\n{PRESET}");
    for origin in [
        "*",
        "https://app.example",
        "http://localhost:*",
        "https://*.app.example:8443",
    ] {
        load(&with(origin)).unwrap_or_else(|error| panic!("{origin}: {error}"));
    }
    let refused = |origin: &str, why: &str| {
        check_refused(
            &with(origin),
            ConfigErrorKind::Cors,
            &["`cors.allowedOrigins`", origin, why],
        );
    };
    refused("https://app.example/", "slash");
    refused("https://app.example/upload", "scheme and a host");
    refused("https://", "scheme and a host");
    refused("app.example", "https://");
    refused("null", "https://");
    refused("https://App.example", "lower case");
    refused("https://*.*", "more than one");
    refused("", "https://");
}
