//! Texts of the configuration that stand elsewhere: in a variable, or in a file beside it.

use std::env::{self, VarError};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use dropslip_service::Elsewhere;

use crate::limits::SECRET_BYTES_MAX;

/// Reads one. Paths begin at the folder of the configuration.
pub(crate) fn read(folder: &Path, elsewhere: Elsewhere<'_>) -> Result<String, String> {
    match elsewhere {
        Elsewhere::Environment(name) => variable(name),
        Elsewhere::File(path) => file(&folder.join(path)),
    }
}

fn variable(name: &str) -> Result<String, String> {
    let shown = name.escape_debug();
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(format!("`{shown}` is no name of a variable"));
    }
    env::var(name).map_err(|error| match error {
        VarError::NotPresent => format!("the environment has no variable `{shown}`"),
        VarError::NotUnicode(_) => format!("the variable `{shown}` is not text"),
    })
}

/// Without the end of its last line, which editors and `echo` add.
fn file(path: &Path) -> Result<String, String> {
    let cannot = |why: &dyn std::fmt::Display| format!("cannot read `{}`: {why}", path.display());
    let file = File::open(path).map_err(|e| cannot(&e))?;
    let mut text = String::new();
    file.take(SECRET_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|e| cannot(&e))?;
    if text.len() as u64 > SECRET_BYTES_MAX {
        return Err(cannot(&"it is larger than 64 KiB"));
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    Ok(line.to_owned())
}
