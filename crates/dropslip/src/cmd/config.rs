//! `dropslip config`: what can be known about a configuration without serving it.

use std::path::Path;
use std::process::ExitCode;

use dropslip_service::{Config, Settings};
use serde_json::json;

use super::serve;
use crate::args::{self, ConfigCommand};
use crate::failure::Failure;
use crate::terminal;

/// Runs the sub-command.
pub(crate) fn run(args: args::Config) -> Result<ExitCode, Failure> {
    match args.command {
        ConfigCommand::Check {
            config,
            api_keys,
            json,
        } => check(&config, &api_keys, json),
        ConfigCommand::Schema => {
            terminal::data(&format!("{:#}", Config::schema()));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(path: &Path, api_keys: &[String], as_json: bool) -> Result<ExitCode, Failure> {
    // A file that cannot be read is trouble; one that is wrong is a plain no.
    let settings = serve::read(path).and_then(|_| {
        serve::settings_of(path, api_keys).map_err(|mut wrong| {
            wrong.exit_code = 1;
            wrong
        })
    });
    if as_json {
        return Ok(tell(path, settings));
    }
    let settings = settings?;
    let presets: Vec<&str> = names(&settings);
    terminal::data(&format!(
        "`{}` is right: storage at {}, presets {}",
        path.display(),
        settings.storage_origins().join(", "),
        presets.join(", ")
    ));
    if settings.is_open() {
        terminal::talk(
            "note: nobody is asked who they are, so `dropslip serve` answers this machine only",
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(path: &Path, settings: Result<Settings, Failure>) -> ExitCode {
    let file = path.display().to_string();
    let (verdict, code) = match &settings {
        Ok(settings) => (
            json!({
                "ok": true,
                "file": file,
                "storages": settings.storage_origins(),
                "presets": names(settings),
                "open": settings.is_open(),
            }),
            0,
        ),
        Err(failure) => (
            json!({
                "ok": false,
                "file": file,
                "error": failure.message(),
                "hint": failure.advice(),
            }),
            failure.exit_code,
        ),
    };
    terminal::data(&verdict.to_string());
    ExitCode::from(code)
}

fn names(settings: &Settings) -> Vec<&str> {
    let presets = settings.presets().iter();
    presets.map(|preset| preset.name.as_str()).collect()
}
