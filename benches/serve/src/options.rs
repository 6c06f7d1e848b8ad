//! What is to be measured, from the command line, and where things are.

use std::path::PathBuf;

/// Whom to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    All,
    /// Ours and the limits.
    Ours,
    /// The limits. Ours is asked once, for its answer.
    Limit,
}

/// Where programs and data are.
#[derive(Clone, Debug)]
pub struct Places {
    /// The binary that is measured.
    pub dropslip: PathBuf,
    /// Another build of it, to see what a change did.
    pub beside: Option<PathBuf>,
    /// Where other servers are installed.
    pub peers: PathBuf,
    /// Configurations and logs.
    pub work: PathBuf,
}

impl Places {
    /// The npm packages; the scripts lie beside them, so that they find them.
    pub fn npm(&self) -> PathBuf {
        self.peers.join("serve-npm")
    }

    /// The Python environment.
    pub fn venv(&self) -> PathBuf {
        self.peers.join("serve-venv")
    }

    pub fn python(&self) -> PathBuf {
        self.venv().join("bin/python")
    }

    /// The peers' scripts and lists of packages, in the repository.
    pub fn scripts(&self) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers")
    }
}

/// The command line.
#[derive(Debug)]
pub struct Options {
    pub quick: bool,
    pub only: Only,
    pub places: Places,
}

impl Options {
    /// Reads `--dropslip BINARY --target FOLDER [--beside BINARY] [--quick] [--only ours|limit]`.
    pub fn parse(words: &[&str]) -> Result<Self, String> {
        let (mut dropslip, mut target, mut beside) = (None, None, None);
        let (mut quick, mut only) = (false, Only::All);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("`{word}` wants a value"));
            match *word {
                "--dropslip" => dropslip = Some(PathBuf::from(value()?)),
                "--target" => target = Some(PathBuf::from(value()?)),
                "--beside" => beside = Some(PathBuf::from(value()?)),
                "--quick" => quick = true,
                "--only" => {
                    only = match *value()? {
                        "ours" => Only::Ours,
                        "limit" => Only::Limit,
                        other => {
                            return Err(format!("`--only` takes `ours` or `limit`, not `{other}`"));
                        }
                    }
                }
                word => return Err(format!("unknown option `{word}`")),
            }
        }
        let target = target.ok_or("`--target FOLDER` is needed")?;
        Ok(Self {
            quick,
            only,
            places: Places {
                dropslip: dropslip.ok_or("`--dropslip BINARY` is needed")?,
                beside,
                peers: target.join("peers"),
                work: target.join("serve-work"),
            },
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
    fn options() {
        let options = parse("--dropslip d --target t").expect("it is complete");
        assert!(options.only == Only::All && !options.quick);
        let options = parse("--dropslip d --target t --quick --only ours --beside b");
        let options = options.expect("it is complete");
        assert!(options.quick && options.only == Only::Ours && options.places.beside.is_some());
        let options = parse("--dropslip d --target t --only limit").expect("it is complete");
        assert_eq!(options.only, Only::Limit);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for wrong in ["", "--dropslip d", "--target t", "--dropslip"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        for wrong in ["fast", "--only peers", "--only", "--large"] {
            let line = format!("--dropslip d --target t {wrong}");
            assert!(parse(&line).is_err(), "{line}");
        }
    }
}
