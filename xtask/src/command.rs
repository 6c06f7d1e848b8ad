//! Other programs: started, awaited, and named in full when they fail.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::say;

/// A command in a folder, without standard input.
pub(crate) fn command(program: impl AsRef<OsStr>, args: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).stdin(Stdio::null());
    forget_cargo(&mut command);
    command
}

/// Takes away what cargo said of this program. The build script of `ring` asks cargo to run it again when these change,
/// so a build from here and one by hand would each undo the other's, down to the last crate.
pub(crate) fn forget_cargo(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
}

/// Runs it with its output on ours; an exit code other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let shown = shown(command);
    say::line(&format!("$ {shown}"));
    let status = command
        .status()
        .map_err(|error| format!("`{shown}` did not start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{shown}` failed: {status}"))
    }
}

/// Whether it starts and exits with 0; its output is not shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What it prints on stdout, trimmed; nothing when it does not start or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The first file of that name in the folders of PATH.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .find(|file| file.is_file())
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut shown = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        shown.push(' ');
        shown.push_str(&argument.to_string_lossy());
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command() {
        let here = Path::new(".");
        assert_eq!(
            run(&mut command("git", &["--version"], here)).map_err(|_| ()),
            Ok(())
        );
        let failure = run(&mut command("git", &["no-such-command"], here)).unwrap_err();
        assert!(
            failure.starts_with("`git no-such-command` failed: "),
            "{failure}"
        );
        let missing = run(&mut command("no-such-program", &["a b"], here)).unwrap_err();
        assert!(
            missing.starts_with("`no-such-program a b` did not start"),
            "{missing}"
        );
    }

    #[test]
    fn output_is_only_that_of_success() {
        let here = Path::new(".");
        assert!(output(&mut command("git", &["--version"], here)).is_some());
        assert_eq!(
            output(&mut command("git", &["no-such-command"], here)),
            None
        );
        assert_eq!(output(&mut command("no-such-program", &[], here)), None);
        assert!(!succeeds(&mut command("git", &["no-such-command"], here)));
    }

    #[test]
    fn finds_programs_in_path() {
        assert!(which("cargo").is_some());
        assert_eq!(which("no-such-program"), None);
    }
}
