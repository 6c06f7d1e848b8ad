//! What is to be measured, from the command line.

use std::path::PathBuf;

use crate::servers::Places;

/// A part of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Objects of 4 KiB.
    Small,
    /// One stream of 256 MiB.
    Stream,
    /// Memory with many uploads.
    Memory,
    /// A million objects.
    Large,
}

const PARTS: [(&str, Part); 4] = [
    ("small", Part::Small),
    ("stream", Part::Stream),
    ("memory", Part::Memory),
    ("large", Part::Large),
];

/// The command line.
#[derive(Debug)]
pub struct Options {
    pub quick: bool,
    pub only_ours: bool,
    parts: Vec<Part>,
    pub places: Places,
}

impl Options {
    /// Reads `--dropslip BINARY --target FOLDER [--beside BINARY] [--quick] [--only ours] [--large]
    /// [PART]…`.
    pub fn parse(words: &[&str]) -> Result<Self, String> {
        let (mut dropslip, mut target, mut beside) = (None, None, None);
        let (mut quick, mut only_ours, mut large) = (false, false, false);
        let mut parts = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("`{word}` wants a value"));
            match *word {
                "--dropslip" => dropslip = Some(PathBuf::from(value()?)),
                "--target" => target = Some(PathBuf::from(value()?)),
                "--beside" => beside = Some(PathBuf::from(value()?)),
                "--quick" => quick = true,
                "--large" => large = true,
                "--only" if *value()? == "ours" => only_ours = true,
                word => {
                    let part = PARTS.iter().find(|(name, _)| *name == word);
                    parts.push(part.ok_or(format!("unknown part or option `{word}`"))?.1);
                }
            }
        }
        if parts.is_empty() {
            parts = vec![Part::Small, Part::Stream, Part::Memory];
        }
        if large && !parts.contains(&Part::Large) {
            parts.push(Part::Large);
        }
        let target = target.ok_or("`--target FOLDER` is needed")?;
        Ok(Self {
            quick,
            only_ours,
            parts,
            places: Places {
                beside,
                dropslip: dropslip.ok_or("`--dropslip BINARY` is needed")?,
                peers: target.join("peers"),
                work: target.join("work"),
            },
        })
    }

    pub fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
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
        assert!(options.has(Part::Small) && !options.has(Part::Large) && !options.quick);
        let options = parse("--dropslip d --target t --quick --only ours stream --large");
        let options = options.expect("it is complete");
        assert!(options.quick && options.only_ours && options.has(Part::Large));
        assert!(options.has(Part::Stream) && !options.has(Part::Small));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for wrong in ["", "--dropslip d", "--target t", "--dropslip"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        for wrong in ["fast", "--only peers", "--only", "--slow"] {
            assert!(
                parse(&format!("--dropslip d --target t {wrong}")).is_err(),
                "{wrong}"
            );
        }
    }
}
