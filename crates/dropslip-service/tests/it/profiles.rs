//! What presets ask of their storage, and what is refused at start because it could not be held.

use std::path::Path;

use dropslip_service::preset::Mode;
use dropslip_service::profile::{Profile, checksum_name};
use dropslip_service::{Config, ConfigError, Elsewhere, Given, Settings};
use serde_json::{Value, json};

use crate::app::keys;

fn load(storage: &str, preset: &str) -> Result<Settings, ConfigError> {
    let text = format!(
        "{storage}\n[presets.it]\nbucket = \"uploads\"\nkey = \"{{uuid}}\"\naccept = [\"*/*\"]\n{preset}\n"
    );
    Config::parse(&text)?.check(Given {
        storage_keys: Some(keys()),
        ..Given::default()
    })
}

fn storage(profile: &str) -> String {
    format!(
        "[storage]\nendpoint = \"http://localhost:9000\"\nregion = \"us-east-1\"\nprofile = \"{profile}\""
    )
}

#[track_caller]
fn check(profile: &str, preset: &str) -> Settings {
    load(&storage(profile), preset).unwrap_or_else(|error| panic!("{profile}: {preset}: {error}"))
}

#[track_caller]
fn check_refused(storage: &str, preset: &str, words: &[&str]) {
    let error = load(storage, preset).expect_err(preset).to_string();
    for word in words {
        assert!(error.contains(word), "`{word}` is not in: {error}");
    }
}

#[test]
fn what_a_storage_cannot_hold() {
    let refused = |profile: &str, preset: &str, field: &str| {
        let preset = format!("maxSize = \"1 GiB\"\n{preset}");
        let place = format!("`presets.it.{field}`");
        check_refused(
            &storage(profile),
            &preset,
            &[&place, profile, "storage.can"],
        );
    };
    refused("r2", "mode = \"post\"", "mode");
    refused("r2", "acl = \"public-read\"", "acl");
    refused("backblaze", "singleUse = true", "singleUse");
    refused("backblaze", "checksum = \"sha256\"", "checksum");
    refused("ceph", "checksum = \"crc64nvme\"", "checksum");
    refused("garage", "singleUse = true", "singleUse");
    refused("localstack", "acl = \"public-read\"", "acl");
    refused(
        "ceph",
        "mode = \"multipart\"\nsingleUse = true",
        "singleUse",
    );
    refused(
        "ceph",
        "partSize = \"8 MiB\"\nsingleUse = true",
        "singleUse",
    );
    refused("ceph", "multipartAbove = 1\nsingleUse = true", "singleUse");
    check_refused(
        &storage("ceph"),
        "maxSize = \"6 GiB\"\nsingleUse = true",
        &["`presets.it.singleUse`", "ceph"],
    );
    check(
        "minio",
        "maxSize = \"1 GiB\"\nmode = \"auto\"\nsingleUse = true\nchecksum = \"crc64nvme\"",
    );
    check("r2", "maxSize = \"1 GiB\"\nacl = \"private\"");
    check("seaweedfs", "maxSize = \"1 GiB\"\nchecksum = \"sha256\"");
    refused(
        "seaweedfs",
        "mode = \"multipart\"\nchecksum = \"sha256\"",
        "checksum",
    );
    let can = format!(
        "{}\ncan = {{ post = true, checksums = [\"sha256\"] }}",
        storage("r2")
    );
    load(&can, "maxSize = 1\nmode = \"post\"\nchecksum = \"sha256\"").unwrap();
    check_refused(
        &can,
        "maxSize = 1\nchecksum = \"crc32\"",
        &["`presets.it.checksum`", "sha256"],
    );
    let can = format!("{}\ncan = {{ checksums = [\"md5\"] }}", storage("r2"));
    check_refused(
        &can,
        "maxSize = 1",
        &["`storage.can.checksums`", "`md5`", "`crc64nvme`"],
    );
    check_refused(
        &storage("gcs"),
        "maxSize = 1",
        &["`storage.profile`", "`gcs`", "`scaleway`"],
    );
}

/// A storage whose profile stands in a file of this text.
fn from_file(profile: &str, preset: &str) -> Result<Settings, ConfigError> {
    let text = format!(
        "[storage]\nendpoint = \"http://localhost:9000\"\nregion = \"us-east-1\"\n\
         profile = {{ file = \"storage.profile.toml\" }}\n\
         [presets.it]\nbucket = \"uploads\"\nkey = \"{{uuid}}\"\naccept = [\"*/*\"]\n{preset}\n"
    );
    let config = Config::parse_with(&text, |elsewhere| {
        assert_eq!(elsewhere, Elsewhere::File("storage.profile.toml"));
        Ok(profile.to_owned())
    });
    config?.check(Given {
        storage_keys: Some(keys()),
        ..Given::default()
    })
}

#[test]
fn a_profile_from_a_file() {
    let check = |profile: &str, preset: &str| {
        from_file(profile, preset).unwrap_or_else(|error| panic!("{profile}: {preset}: {error}"));
    };
    let refused = |profile: &str, preset: &str, words: &[&str]| {
        let error = from_file(profile, preset).expect_err(profile).to_string();
        for word in words {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    };
    let found = "# What doctor found.\nname = \"our \\\"old\\\" box\"\nbase = \"r2\"\npost = true\n\
                 checksums = [\"crc32\"]\nsingleUsePut = false\nequalParts = false";
    let small = "maxSize = 1";
    check(found, "maxSize = 1\nmode = \"post\"");
    check(found, "maxSize = 1\nchecksum = \"crc32\"");
    // From its base, r2.
    refused(
        found,
        "maxSize = 1\nacl = \"public-read\"",
        &["`presets.it.acl`", "our \\\"old\\\" box"],
    );
    refused(
        found,
        "maxSize = 1\nsingleUse = true",
        &["`presets.it.singleUse`"],
    );
    refused(
        found,
        "maxSize = 1\nchecksum = \"sha256\"",
        &["`presets.it.checksum`", "crc32"],
    );
    check("post = false", "maxSize = 1\nsingleUse = true");
    refused(
        "post = false",
        "maxSize = 1\nmode = \"post\"",
        &["`generic`"],
    );
    // What `storage.can` says stands above the file.
    let can = "maxSize = 1\nmode = \"post\"\n[storage.can]\npost = true";
    check("post = false", can);

    let wrong = |profile: &str, words: &[&str]| {
        let words = [&["`storage.profile` "], words].concat();
        refused(profile, small, &words);
    };
    wrong(
        "post = true\nsingleUsPut = true",
        &["line 2, column 1", "did you mean `singleUsePut`?"],
    );
    wrong("post = 1", &["line 1, column 8", "boolean"]);
    wrong("post = ", &["line 1"]);
    wrong("base = \"gcs\"", &["`base`", "`gcs`", "`scaleway`"]);
    wrong(
        "checksums = [\"md5\"]",
        &["`checksums`", "`md5`", "`crc64nvme`"],
    );
    wrong("[storage]\npost = true", &["unknown field `storage`"]);
    wrong("", &["is ``", "`generic`"]);
    check("# Nothing is different.", small);
}

/// What a profile says other than doctor found, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    // Forms are taken, only that nobody looks at their signatures: enough for the tests that these are for.
    ("localstack", "post"),
    ("moto", "post"),
    ("s3rver", "post"),
];

/// `cargo xtask storages` writes what is read here.
#[test]
fn what_was_found_is_what_profiles_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/storages");
    let mut contradictions = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let found = std::fs::read_to_string(&path).unwrap();
        let found: Value = serde_json::from_str(&found).unwrap();
        let profile = Profile::named(&name).unwrap();
        let checksums: Vec<_> = profile
            .checksums
            .iter()
            .copied()
            .map(checksum_name)
            .collect();
        let said = json!({
            "acl": profile.acl,
            "checksums": checksums,
            "post": profile.post,
            "partChecksums": profile.part_checksums,
            "signedLength": profile.signed_length,
            "singleUseComplete": profile.single_use_complete,
            "singleUsePut": profile.single_use_put,
        });
        for (key, said) in said.as_object().unwrap() {
            // What could not be found out is not offered.
            let nothing = json!(false);
            let found = found["can"].get(key).unwrap_or(&nothing);
            let is_exception = EXCEPTIONS.contains(&(name.as_str(), key.as_str()));
            if (found != said) != is_exception {
                contradictions.push(format!(
                    "{name}: `{key}` is {said}, and was found to be {found}"
                ));
            }
        }
    }
    assert!(contradictions.is_empty(), "{contradictions:#?}");
}

#[test]
fn the_reference_names_every_profile() {
    let schema = Config::schema();
    let about = &schema["$defs"]["StorageConfig"]["properties"]["profile"]["description"];
    for name in Profile::names() {
        assert!(
            about.as_str().unwrap().contains(&format!("`{name}`")),
            "{name}"
        );
    }
}

#[test]
fn the_endpoint_shows_the_profile() {
    let at = |host: &str| format!("[storage]\nendpoint = \"https://{host}\"\nregion = \"auto\"");
    check_refused(
        &at("x.r2.cloudflarestorage.com"),
        "maxSize = 1\nmode = \"post\"",
        &["`r2`"],
    );
    load(&at("s3.nl-ams.scw.cloud"), "maxSize = 1\nmode = \"post\"").unwrap();
    check_refused(
        &at("s3.us-west-004.backblazeb2.com"),
        "maxSize = 1\nsingleUse = true",
        &["`backblaze`"],
    );
    for host in [
        "s3.eu-west-1.amazonaws.com",
        "storage.example",
        "amazonaws.com.example",
    ] {
        load(&at(host), "maxSize = 1\nsingleUse = true\nmode = \"auto\"").unwrap();
    }
}

#[test]
fn modes_that_do_not_fit() {
    let refused = |preset: &str, words: &[&str]| check_refused(&storage("aws"), preset, words);
    let six = "maxSize = \"6 GiB\"";
    refused(
        &format!("{six}\nmode = \"put\""),
        &["`presets.it.maxSize`", "5 GiB", "auto"],
    );
    refused(
        &format!("{six}\nmode = \"post\""),
        &["`presets.it.maxSize`", "one form"],
    );
    check("aws", &format!("{six}\nmode = \"auto\""));
    refused("maxSize = \"6 TiB\"\nmode = \"multipart\"", &["5 TiB"]);
    refused(
        "maxSize = 1\nmode = \"put\"\nmultipartAbove = 1",
        &["`presets.it.multipartAbove`", "auto"],
    );
    refused(
        "maxSize = 1\nmode = \"put\"\npartSize = \"5 MiB\"",
        &["`presets.it.partSize`", "multipart"],
    );
    refused(
        "maxSize = 1\nmode = \"auto\"\npartSize = \"4 MiB\"",
        &["`presets.it.partSize`", "5 MiB to 5 GiB"],
    );
    refused(
        "maxSize = 1\nmode = \"post\"\nsingleUse = true",
        &["`presets.it.singleUse`", "form"],
    );
    refused("maxSize = 1\nmode = \"tus\"", &["line 10", "`multipart`"]);
    refused(
        "maxSize = 1\nchecksum = \"md5\"",
        &["`presets.it.checksum`", "`md5`", "`sha256`"],
    );
    refused(
        "maxSize = 1\nmetadata = [\"Album\"]",
        &["`presets.it.metadata`", "`Album`"],
    );
    refused("maxSize = 1\nmetadata = [\"\"]", &["`presets.it.metadata`"]);
    let many: Vec<String> = (0..33).map(|at| format!("\"m{at}\"")).collect();
    refused(
        &format!("maxSize = 1\nmetadata = [{}]", many.join(", ")),
        &["32"],
    );
    refused("maxSize = 1\nunfinished = \"delete\"", &["`remove`"]);
}

#[test]
fn parts_are_large_enough() {
    const MIB: u64 = 1024 * 1024;
    let settings = check(
        "aws",
        "maxSize = \"5 TiB\"\nmode = \"auto\"\nmultipartAbove = \"100 MiB\"",
    );
    let preset = settings.presets().find("it").unwrap();
    let parts = |size: u64| match preset.mode(size) {
        Mode::Multipart { part_bytes } => part_bytes,
        mode => panic!("{mode:?}"),
    };
    assert_eq!(preset.mode(100 * MIB), Mode::Put);
    assert_eq!(parts(100 * MIB + 1), 16 * MIB);
    assert_eq!(parts(160_000 * MIB), 16 * MIB);
    assert_eq!(parts(160_000 * MIB + 1), 17 * MIB);
    assert_eq!(parts(5 << 40), 525 * MIB);
    assert!((5_u64 << 40).div_ceil(525 * MIB) <= 10_000);
    let settings = check(
        "aws",
        "maxSize = \"1 GiB\"\nmode = \"multipart\"\npartSize = \"5 MiB\"",
    );
    let preset = settings.presets().find("it").unwrap();
    assert_eq!(
        preset.mode(1),
        Mode::Multipart {
            part_bytes: 5 * MIB
        }
    );
    assert_eq!(preset.mode(0), Mode::Put, "an empty file has no part");
    let settings = check("moto", "maxSize = \"1 GiB\"\nmode = \"auto\"");
    let preset = settings.presets().find("it").unwrap();
    assert_eq!(
        preset.mode(1),
        Mode::Post,
        "a signed length is not held there"
    );
}

#[test]
fn auto_is_the_default_and_never_gives_up_single_use() {
    let of = |profile: &str, preset: &str, size: u64| {
        let settings = check(profile, &format!("maxSize = \"1 GiB\"\n{preset}"));
        settings.presets().find("it").unwrap().mode(size)
    };
    let parts = Mode::Multipart {
        part_bytes: 16 * 1024 * 1024,
    };
    let above = 64 * 1024 * 1024;
    assert_eq!(of("aws", "", above), Mode::Put);
    assert_eq!(of("aws", "", above + 1), parts);
    assert_eq!(of("aws", "singleUse = true", above + 1), parts);
    assert_eq!(of("ceph", "", above + 1), parts);
    assert_eq!(of("ceph", "singleUse = true", 1 << 30), Mode::Put);
    assert_eq!(
        of("ceph", "singleUse = true\nmode = \"auto\"", 1 << 30),
        Mode::Put
    );
    assert_eq!(of("moto", "", 1), Mode::Post);
    assert_eq!(of("moto", "singleUse = true", 1), Mode::Put);
    assert_eq!(of("moto", "singleUse = true", 1 << 30), parts);
}

#[test]
fn several_storages() {
    let named = |name: &str| {
        format!("[storages.{name}]\nendpoint = \"http://{name}.example\"\nregion = \"us-east-1\"\n")
    };
    let two = format!("{}{}", named("one"), named("two"));
    load(&two, "maxSize = 1\nstorage = \"two\"").unwrap();
    load(&named("one"), "maxSize = 1").unwrap();
    load(&format!("{}\n{two}", storage("aws")), "maxSize = 1").unwrap();
    load(
        &format!("{}\n{two}", storage("aws")),
        "maxSize = 1\nstorage = \"default\"",
    )
    .unwrap();
    check_refused(
        &two,
        "maxSize = 1",
        &["`presets.it.storage`", "missing", "`one`, `two`"],
    );
    check_refused(
        &two,
        "maxSize = 1\nstorage = \"three\"",
        &["`three`", "`one`, `two`"],
    );
    check_refused("", "maxSize = 1", &["`storage`"]);
    let twice = format!("{}\n{}", storage("aws"), named("default"));
    check_refused(&twice, "maxSize = 1", &["`storages.default`"]);
    check_refused(
        &named("x").replace("storages.x", "storages.\"a b\""),
        "maxSize = 1",
        &["`storages", "letters, digits"],
    );
    let wrong = named("one").replace("http:", "ftp:");
    check_refused(&wrong, "maxSize = 1", &["`storages.one.endpoint`"]);
    let short = format!("{}\n[service]\nsecret = \"short\"", storage("aws"));
    check_refused(
        &short,
        "maxSize = 1",
        &["`service.secret`", "32", "openssl rand"],
    );
    let right = format!(
        "{}\n[service]\nsecret = \"{}\"",
        storage("aws"),
        "x".repeat(32)
    );
    load(&right, "maxSize = 1").unwrap();
}
