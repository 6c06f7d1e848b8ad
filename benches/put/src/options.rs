//! What is to be measured, from the command line.

use std::path::PathBuf;

const GB: u64 = 1_000_000_000;

/// The command line.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    pub quick: bool,
    pub only_ours: bool,
    pub has_small: bool,
    pub has_large: bool,
    /// Size of the large file.
    pub large_bytes: u64,
    /// Number of small files.
    pub small_count: u64,
    /// The binary that is measured.
    pub dropslip: PathBuf,
    /// Where other clients are installed.
    pub peers: PathBuf,
    /// Where files and the store's data lie.
    pub work: PathBuf,
}

impl Options {
    /// Reads `--dropslip BINARY --target FOLDER [--quick] [--only ours] [small] [large]`.
    pub fn parse(words: &[&str]) -> Result<Self, String> {
        let (mut dropslip, mut target) = (None, None);
        let (mut quick, mut only_ours) = (false, false);
        let (mut small, mut large) = (false, false);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("`{word}` wants a value"));
            match *word {
                "--dropslip" => dropslip = Some(PathBuf::from(value()?)),
                "--target" => target = Some(PathBuf::from(value()?)),
                "--quick" => quick = true,
                "--only" if *value()? == "ours" => only_ours = true,
                "small" => small = true,
                "large" => large = true,
                word => return Err(format!("unknown part or option `{word}`")),
            }
        }
        let is_all = !small && !large;
        let target = target.ok_or("`--target FOLDER` is needed")?;
        Ok(Self {
            quick,
            only_ours,
            has_small: small || is_all,
            has_large: large || is_all,
            large_bytes: if quick { GB / 2 } else { 5 * GB },
            small_count: if quick { 1000 } else { 10_000 },
            dropslip: dropslip.ok_or("`--dropslip BINARY` is needed")?,
            peers: target.join("peers"),
            work: target.join("work"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        Options::parse(&words)
    }

    #[test]
    fn parts_and_options() {
        let options = parse("--dropslip d --target t").expect("it is complete");
        assert!(options.has_small && options.has_large && !options.quick);
        let options = parse("--dropslip d --target t --quick --only ours large");
        let options = options.expect("it is complete");
        assert!(options.quick && options.only_ours && options.has_large && !options.has_small);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for wrong in ["", "--dropslip d", "--target t", "--dropslip"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        for wrong in ["medium", "--only peers", "--only"] {
            let line = format!("--dropslip d --target t {wrong}");
            assert!(parse(&line).is_err(), "{wrong}");
        }
    }
}
