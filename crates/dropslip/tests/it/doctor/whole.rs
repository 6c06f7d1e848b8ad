//! The walk as a whole: healthy stores, configurations, profiles, what remains.

use crate::doctor::{ORIGIN, Patient, Report};
use crate::meddler::{self, Message, Requests};
use crate::process::dropslip;
use crate::storage::Storage;

#[test]
fn a_healthy_store_is_blamed_for_nothing() {
    let patient = Patient::new();
    let report = patient.examine(&[]);
    report.blames(&[]);
    assert_eq!(report.ids("skipped"), [].into());
    // Neither is to be had of an IP address.
    assert_eq!(report.ids("not-offered"), ["tls", "virtual-host"].into());
    // Nothing remains of it.
    let storage = Storage::of(patient.store.s3());
    assert_eq!(storage.names(), (Vec::new(), Vec::new()));
}

#[test]
fn what_is_missing_is_put_right() {
    let patient = Patient::new();
    let other = "https://other.example";
    let endpoint = format!("http://{}", patient.store.s3());
    let home = patient.folder.path();
    let args = ["s3://uploads", "--endpoint", &endpoint, "--origin", other];
    let before = Report::of(home, &args);
    assert_eq!(before.exit_code, Some(1));
    let fixed = Report::of(home, &[&args[..], &["--fix"]].concat());
    assert_eq!(fixed.exit_code, Some(0), "{}\n{:#}", fixed.talk, fixed.said);
    assert!(
        fixed.talk.contains(&format!("+   AllowedOrigin {other}")) || fixed.talk.contains(other),
        "{}",
        fixed.talk
    );
    // Nothing is left to do, for those pages and for the ones that were allowed before.
    assert_eq!(Report::of(home, &args).exit_code, Some(0));
    let args = ["s3://uploads", "--endpoint", &endpoint, "--origin", ORIGIN];
    assert_eq!(Report::of(home, &args).exit_code, Some(0));
}

#[test]
fn what_a_configuration_wants() {
    let patient = Patient::new();
    let config = |preset: &str| {
        let text = format!(
            "[storage]\nendpoint = \"http://{}\"\nregion = \"us-east-1\"\naccessKey = \"dropslip\"\nsecretKey = \"dropslip-dev-secret\"\n\
             [cors]\nallowedOrigins = [\"{ORIGIN}\"]\n[database]\nurl = \"none\"\n[presets.photo]\nbucket = \"uploads\"\nkey = \"{{uuid}}\"\naccept = [\"image/*\"]\n\
             maxSize = \"1 GiB\"\n{preset}\n",
            patient.store.s3()
        );
        std::fs::write(patient.folder.path().join("dropslip.toml"), text).unwrap();
    };
    config("singleUse = true\nchecksum = \"sha256\"");
    // It stands where it is looked for.
    let report = Report::of(patient.folder.path(), &[]);
    assert_eq!(
        report.exit_code,
        Some(0),
        "{}\n{:#}",
        report.talk,
        report.said
    );
    let about = report.check("cors-preflight")["about"].as_str().unwrap();
    assert_eq!(
        about,
        format!("{ORIGIN}, PUT with content-type, if-none-match, x-amz-checksum-sha256")
    );
    // The service sweeps, so that no rule has to.
    assert_eq!(report.check("lifecycle")["answer"], "yes");
    // What is not offered, and wanted.
    let meddle = Requests(|request: &mut Message| {
        let has_checksum = request.header("x-amz-checksum-sha256").is_some();
        has_checksum.then(|| Message::error("501 Not Implemented", "NotImplemented", ""))
    });
    let path = patient.folder.path().join("dropslip.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let before = patient.store.s3().to_string();
    let address = meddler::start(patient.store.s3(), meddle);
    std::fs::write(&path, text.replace(&before, &address.to_string())).unwrap();
    let report = Report::of(patient.folder.path(), &[]);
    report.blames(&["checksum-sha256 needed"]);
    let text = report.check("checksum-sha256")["cause"]["text"]
        .as_str()
        .unwrap();
    assert!(text.contains("the preset `photo`"), "{text}");
}

#[test]
fn a_profile_is_written_that_a_service_reads() {
    let patient = Patient::new();
    let path = patient.folder.path().join("storage.profile.toml");
    patient.examine(&["--write-profile", &path.display().to_string()]);
    let config = format!(
        "[storage]\nendpoint = \"http://{}\"\nregion = \"us-east-1\"\naccessKey = \"a\"\nsecretKey = \"b\"\n\
         profile = {{ file = \"storage.profile.toml\" }}\n[presets.photo]\nbucket = \"uploads\"\nkey = \"{{uuid}}\"\n\
         accept = [\"image/*\"]\nmaxSize = \"1 MiB\"\nacl = \"public-read\"\nsingleUse = true\nchecksum = \"crc64nvme\"\n",
        patient.store.s3()
    );
    let home = patient.folder.path();
    std::fs::write(home.join("dropslip.toml"), config).unwrap();
    let check = || dropslip(home, &["config", "check"]).output().unwrap();
    assert!(
        check().status.success(),
        "{}",
        String::from_utf8_lossy(&check().stderr)
    );
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("acl = true"), "{text}");
    std::fs::write(&path, text.replace("acl = true", "acl = false")).unwrap();
    assert!(!check().status.success());
}

#[test]
fn wrong_arguments() {
    let home = tempfile::tempdir().unwrap();
    for (args, part) in [
        (&[][..], "nothing to examine"),
        (&["s3://UP"], "no bucket"),
        (
            &["s3://uploads", "--origin", "https://app.example/"],
            "slash",
        ),
        (&["s3://uploads", "--endpoint", "ftp://a"], "http"),
        (&["--config", "missing.toml"], "missing.toml"),
    ] {
        let report = Report::of(home.path(), args);
        assert_eq!(report.exit_code, Some(2), "{}", report.talk);
        assert!(report.talk.contains(part), "{}", report.talk);
    }
}

/// It removes what it wrote also when a signal ends it.
#[cfg(unix)]
#[test]
fn an_interrupted_walk_cleans_up() {
    use std::process::{Command, Stdio};
    use std::sync::mpsc;

    let patient = Patient::new();
    let (sender, reached) = mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    // Parts have begun by then; what comes next never ends by itself.
    let slow = Requests(move |request: &mut Message| {
        if request.path().contains("partNumber=") {
            let _ = sender.lock().unwrap().send(());
            std::thread::sleep(std::time::Duration::from_secs(5));
        }
        None
    });
    let endpoint = format!("http://{}", meddler::start(patient.store.s3(), slow));
    let mut doctor = dropslip(
        patient.folder.path(),
        &["doctor", "s3://uploads", "--endpoint", &endpoint],
    )
    .env("DROPSLIP_ACCESS_KEY", "dropslip")
    .env("DROPSLIP_SECRET_KEY", "dropslip-dev-secret")
    .stdout(Stdio::null())
    .stderr(Stdio::null())
    .spawn()
    .unwrap();
    reached.recv().unwrap();
    assert!(
        Command::new("kill")
            .args(["-INT", &doctor.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(doctor.wait().unwrap().code(), Some(2));
    Storage::of(patient.store.s3())
        .until(|(objects, uploads)| objects.is_empty() && uploads.is_empty());
}
