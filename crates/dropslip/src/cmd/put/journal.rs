//! Where the journal of a command is kept, and by what it is found again.

use std::env;
use std::path::PathBuf;
use std::time::SystemTime;

use dropslip_put::{Journal, Target, caller_of, prune};

use super::plan::{self, To};
use crate::args::put::Put;
use crate::environment::variable;
use crate::failure::Failure;
use crate::terminal;

/// Opens it. Where none can be kept, that is said, and the upload goes on without.
pub(super) async fn open(args: &Put, to: &To, target: &Target) -> Result<Option<Journal>, Failure> {
    let Some(folder) = folder() else {
        return Ok(None);
    };
    let key = plan::api_key(args)?;
    let about = about(args, to, key.as_deref());
    let about: Vec<&[u8]> = about.iter().map(Vec::as_slice).collect();
    prune(&folder, SystemTime::now());
    let mut journal = match Journal::open(&folder, &about) {
        Ok(Ok(journal)) => journal,
        Ok(Err(_)) => {
            return Err(Failure::new("the same command is running already")
                .hint("wait until it has ended, or end it; then this one goes on where it was"));
        }
        Err(error) => {
            if !args.quiet {
                terminal::talk(&format!(
                    "warning: {error}; an upload that is interrupted begins anew"
                ));
            }
            return Ok(None);
        }
    };
    if args.no_resume {
        let past = journal.forget()?;
        dropslip_put::abandon(target, &past).await;
    }
    Ok(Some(journal))
}

/// The folder of the user's state (XDG Base Directory Specification).
fn folder() -> Option<PathBuf> {
    let named = variable("XDG_STATE_HOME").map(PathBuf::from);
    let state = named
        .filter(|path| path.is_absolute())
        .or_else(|| Some(env::home_dir()?.join(".local").join("state")))?;
    Some(state.join("dropslip").join("put"))
}

/// All that makes one command another one: where to, which files, what is stored with them.
fn about(args: &Put, to: &To, key: Option<&str>) -> Vec<Vec<u8>> {
    let text = |text: String| text.into_bytes();
    let mut about = match to {
        To::S3(url) => vec![
            text(format!("s3://{}/{}", url.bucket, url.rest)),
            text(endpoint(args)),
        ],
        To::Preset { service, name } => vec![
            text(format!("preset {name}")),
            text(service.clone()),
            text(args.service.subject.clone().unwrap_or_default()),
            // What one application has stored is not another's.
            text(key.map(caller_of).unwrap_or_default()),
        ],
    };
    let object = &args.object;
    about.push(text(format!(
        "{:?} {:?} {:?} {:?} {} {:?} {}",
        object.content_type,
        object.metadata,
        object.cache_control,
        object.acl,
        object.if_none_match,
        object.checksum,
        args.follow_links,
    )));
    for path in &args.paths {
        // The same name in another folder is another file. A slash at the end stays.
        let absolute = std::path::absolute(path).map(PathBuf::into_os_string);
        about.push(
            absolute
                .unwrap_or_else(|_| path.clone())
                .into_encoded_bytes(),
        );
        about.push(
            path.as_encoded_bytes()
                .last()
                .copied()
                .into_iter()
                .collect(),
        );
    }
    about
}

/// The storage that is meant, as far as it is named; a wrong one is told later.
fn endpoint(args: &Put) -> String {
    let environment = || {
        let read =
            crate::environment::Environment::read_with_profile(args.storage.profile.as_deref());
        read.ok()?.endpoint()
    };
    args.storage
        .endpoint
        .clone()
        .or_else(environment)
        .unwrap_or_default()
}
