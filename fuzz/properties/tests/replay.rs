//! Replays the kept corpus: each input goes through its target once more.

use std::fs;
use std::path::{Path, PathBuf};

use properties::{TARGETS, run};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("the folder can be read").file_name())
        .map(|name| name.into_string().expect("names are ASCII"))
        .collect();
    names.sort();
    names
}

#[test]
fn the_corpus_holds() {
    for (target, _) in TARGETS {
        let folder = corpus().join(target);
        let inputs = names_in(&folder);
        assert!(!inputs.is_empty(), "{target} has no corpus");
        for input in inputs {
            let bytes = fs::read(folder.join(&input)).unwrap();
            // Printed for a test that fails: which input it was.
            println!("{target}/{input}");
            run(target, &bytes);
        }
    }
}

#[test]
fn every_target_has_a_driver_and_a_corpus() {
    let mut targets: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    targets.sort_unstable();
    assert_eq!(names_in(&corpus()), targets);
    let drivers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz_targets");
    let drivers: Vec<String> = names_in(&drivers)
        .iter()
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .collect();
    assert_eq!(drivers, targets);
    for target in targets {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz_targets");
        let text = fs::read_to_string(path.join(format!("{target}.rs"))).unwrap();
        assert!(
            text.contains(&format!("run({target:?}, ")),
            "{target}: {text}"
        );
    }
}

#[test]
fn arbitrary_bytes_are_inputs() {
    for (target, _) in TARGETS {
        for input in [
            &b""[..],
            b"\n",
            b"\xff\xfe\n:\n\n: \x00",
            &[b' '; 300],
            &[0xff; 64],
        ] {
            run(target, input);
        }
    }
}
