//! Where things are: the repository's root, the build folder, the built binary.
//!
//! Found from cargo's own variables, so that it works from any folder and with
//! any `CARGO_TARGET_DIR`.

use std::env;
use std::path::{Path, PathBuf};

/// The folders that the steps work in.
#[derive(Debug)]
pub(crate) struct Repo {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Repo {
    /// The repository that this xtask belongs to.
    pub(crate) fn find() -> Result<Self, String> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .ok_or("CARGO_MANIFEST_DIR is not set: start this with `cargo xtask`")?;
        let root = Path::new(&manifest)
            .parent()
            .ok_or("xtask has no folder above it")?
            .to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The binary that `cargo build` makes.
    pub(crate) fn binary(&self) -> PathBuf {
        let name = format!("dropslip{}", env::consts::EXE_SUFFIX);
        self.target.join("debug").join(name)
    }

    /// The binary as it is released.
    pub(crate) fn release_binary(&self) -> PathBuf {
        let name = format!("dropslip{}", env::consts::EXE_SUFFIX);
        self.target.join("release").join(name)
    }

    pub(crate) fn client(&self) -> PathBuf {
        self.root.join("client")
    }

    pub(crate) fn recipes(&self) -> PathBuf {
        self.root.join("tests/recipes")
    }

    pub(crate) fn examples(&self) -> PathBuf {
        self.root.join("examples")
    }

    pub(crate) fn uppy(&self) -> PathBuf {
        self.root.join("tests/uppy")
    }
}
