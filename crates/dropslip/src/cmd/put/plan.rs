//! What is to be done: which files, where to, under which keys.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dropslip_put::{Description, Found, Item, Problem, S3Url, Service, Target, walk};
use dropslip_s3::client::Client;
use dropslip_sigv4::Signer;

use super::report::clean;
use crate::args::put::Put;
use crate::cmd::storage::Chosen;
use crate::environment::variable;
use crate::failure::Failure;

/// Where to.
#[derive(Clone, Debug)]
pub(super) enum To {
    S3(S3Url),
    Preset { service: String, name: String },
}

/// Files with their keys, and what cannot be sent.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) items: Vec<Item>,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<String>,
}

impl From<dropslip_put::PutError> for Failure {
    fn from(error: dropslip_put::PutError) -> Self {
        let failure = Self::new(clean(&error.to_string()));
        match error.advice() {
            Some(advice) => failure.hint(advice),
            None => failure,
        }
    }
}

fn is_s3(path: &OsStr) -> bool {
    path.as_encoded_bytes().starts_with(b"s3://")
}

/// The files that were named, without the place that they go to.
fn sources(args: &Put) -> &[std::ffi::OsString] {
    match args.paths.split_last() {
        Some((last, rest)) if args.service.preset.is_none() && is_s3(last) => rest,
        _ => &args.paths,
    }
}

/// Whether it is standard input that is sent.
pub(super) fn is_stdin(args: &Put) -> bool {
    sources(args).iter().any(|path| path == "-")
}

fn twice(sources: &[std::ffi::OsString]) -> Option<&OsStr> {
    let mut seen = std::collections::HashSet::new();
    sources
        .iter()
        .map(std::ffi::OsString::as_os_str)
        .find(|path| !seen.insert(*path))
}

impl To {
    /// The place that the arguments name.
    pub(super) fn of(args: &Put) -> Result<Self, Failure> {
        let sources = sources(args);
        if args.name.is_some() && !is_stdin(args) {
            return Err(
                Failure::new("`--name` is that of standard input, and `-` is not named")
                    .hint("the name of a file stands behind the place: `s3://BUCKET/NAME`"),
            );
        }
        if let Some(twice) = twice(sources) {
            return Err(Failure::new(format!(
                "`{}` is named twice",
                clean(&twice.to_string_lossy())
            )));
        }
        if let Some(misplaced) = sources.iter().find(|path| is_s3(path)) {
            let misplaced = misplaced.to_string_lossy();
            let message = format!("`{misplaced}` is no file");
            return Err(Failure::new(message).hint(
                "the place to upload to stands once, behind the files, and not with `--preset`",
            ));
        }
        if sources.is_empty() {
            return Err(
                Failure::new("no file is named").hint("dropslip put FILE… s3://BUCKET/PREFIX/")
            );
        }
        if sources.len() > 1 && sources.iter().any(|path| path == "-") {
            return Err(
                Failure::new("standard input goes alone").hint("give a command of its own for `-`")
            );
        }
        if let Some(name) = &args.service.preset {
            return Ok(Self::Preset {
                service: args.service.service.clone(),
                name: name.clone(),
            });
        }
        let last = args.paths.last().map(|last| last.to_string_lossy());
        let last = last.filter(|last| last.starts_with("s3://")).ok_or_else(|| {
            Failure::new("it is not said where to upload to")
                .hint("dropslip put FILE… s3://BUCKET/PREFIX/\n      dropslip put FILE… --preset NAME")
        })?;
        let url = S3Url::parse(&last)?;
        if !url.is_prefix() && sources.len() > 1 {
            return Err(
                Failure::new(format!("several files cannot have the one key `{last}`"))
                    .hint(format!("write a slash behind it: `{last}/`")),
            );
        }
        Ok(Self::S3(url))
    }

    /// The place, with all that is needed to go there.
    pub(super) fn target(&self, args: &Put) -> Result<Target, Failure> {
        match self {
            Self::S3(url) => s3(args, url).map(Target::S3),
            Self::Preset { service, name } => {
                let mut service = Service::new(service, name)?;
                if let Some(key) = api_key(args)? {
                    service = service.with_key(&key)?;
                }
                service.subject = args.service.subject.clone();
                service.content_type = args.object.content_type.clone();
                service.metadata = args.object.metadata.clone();
                Ok(Target::Service(service))
            }
        }
    }
}

/// The bucket that was named.
pub(super) fn s3(args: &Put, url: &S3Url) -> Result<dropslip_put::Storage, Failure> {
    let chosen = Chosen::from(&args.storage, &url.bucket)?;
    let signer = Arc::new(Signer::new(chosen.credentials, chosen.region, "s3"));
    let client = Client::new(chosen.endpoint, signer).map_err(|e| Failure::new(e.to_string()))?;
    let object = &args.object;
    let mut description = Description::default();
    description.content_type.clone_from(&object.content_type);
    description.cache_control.clone_from(&object.cache_control);
    description.acl.clone_from(&object.acl);
    description.if_none_match = object.if_none_match;
    for (name, value) in &object.metadata {
        description.add_metadata(name, value);
    }
    Ok(dropslip_put::Storage {
        client,
        bucket: url.bucket.clone(),
        description,
        algorithm: object.checksum.algorithm(),
        part_bytes: object.part_size.map(|size| size.as_u64()),
    })
}

/// The key of whoever asks a service. It is never an argument, which others on the machine could read.
pub(super) fn api_key(args: &Put) -> Result<Option<String>, Failure> {
    let Some(path) = &args.service.api_key_file else {
        return Ok(variable("DROPSLIP_API_KEY"));
    };
    let read = fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read `{}`: {error}", path.display())))?;
    Ok(Some(read.trim().to_owned()))
}

impl Plan {
    /// Finds the files, and gives each its key.
    pub(super) fn of(args: &Put, to: &To) -> Result<Self, Failure> {
        let mut plan = Self::default();
        let mut links = 0;
        for path in sources(args) {
            let path = PathBuf::from(path);
            let found = walk(&path, args.follow_links);
            let is_folder = path.is_dir();
            if let To::S3(url) = to
                && is_folder
                && !url.is_prefix()
            {
                let message = format!(
                    "`{}` is a folder, and a folder cannot have the one key `{}`",
                    clean(&path.display().to_string()),
                    url.rest
                );
                return Err(Failure::new(message).hint(format!(
                    "write a slash behind it: `s3://{}/{}/`",
                    url.bucket, url.rest
                )));
            }
            if is_folder && found.files.is_empty() && found.problems.is_empty() {
                plan.notes.push(format!(
                    "`{}` has no files",
                    clean(&path.display().to_string())
                ));
            }
            links += found.links_left_out;
            plan.problems.extend(found.problems);
            let below = if is_folder {
                name_of_folder(&path)
            } else {
                String::new()
            };
            for file in found.files {
                plan.add(file, &below, to);
            }
        }
        if links > 0 {
            plan.notes.push(left_out(links, args.follow_links));
        }
        plan.check_keys()?;
        Ok(plan)
    }

    fn add(&mut self, found: Found, below: &str, to: &To) {
        let name = found.source.path.display().to_string();
        let key = match to {
            To::Preset { .. } => None,
            To::S3(url) => match url.key(&format!("{below}{}", found.relative)) {
                Ok(key) => Some(key),
                Err(error) => {
                    let path = found.source.path;
                    return self.problems.push(Problem { path, error });
                }
            },
        };
        let source = found.source;
        self.items.push(Item { source, name, key });
    }

    /// Two files with one key would be one object.
    fn check_keys(&self) -> Result<(), Failure> {
        let mut seen = HashMap::with_capacity(self.items.len());
        for item in &self.items {
            let Some(key) = &item.key else { return Ok(()) };
            if let Some(other) = seen.insert(key.as_str(), &item.name) {
                let both = format!("`{other}` and `{}` would both be `{key}`", item.name);
                let message = clean(&both);
                return Err(Failure::new(message)
                    .hint("upload them to different prefixes, one command for each"));
            }
        }
        Ok(())
    }
}

fn left_out(links: usize, follows: bool) -> String {
    let what = match links {
        1 => "1 symbolic link was left out".to_owned(),
        links => format!("{links} symbolic links were left out"),
    };
    match follows {
        true => format!("{what}: they lead out of the folder, into themselves, or nowhere"),
        false => format!("{what}; `--follow-links` follows those that stay in the folder"),
    }
}

/// What keys of a folder's files begin with: its name and a slash, or nothing when it was named with a slash at its
/// end, or by a path without a name.
fn name_of_folder(path: &Path) -> String {
    let has_slash = path.as_os_str().as_encoded_bytes().ends_with(b"/");
    let name = path.components().next_back().and_then(|last| match last {
        std::path::Component::Normal(name) => name.to_str(),
        _ => None,
    });
    match name {
        Some(name) if !has_slash => format!("{name}/"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn args(words: &[&str]) -> Put {
        Put::try_parse_from([&["put"], words].concat()).unwrap()
    }

    #[test]
    fn folders_keep_their_names() {
        for (path, expect) in [
            ("photos", "photos/"),
            ("photos/", ""),
            ("a/photos", "photos/"),
            ("/tmp/photos", "photos/"),
            (".", ""),
            ("..", ""),
            ("../..", ""),
            ("/", ""),
        ] {
            assert_eq!(name_of_folder(Path::new(path)), expect, "{path}");
        }
    }

    #[test]
    fn where_to() {
        for right in [
            &["a", "s3://uploads"][..],
            &["a", "b", "s3://uploads/x/"],
            &["a", "s3://uploads/x"],
            &["a", "b", "--preset", "photo"],
            &["-", "s3://uploads/x"],
        ] {
            assert!(To::of(&args(right)).is_ok(), "{right:?}");
        }
        for (wrong, word) in [
            (&["a", "b"][..], "where to"),
            (&["s3://uploads/"], "no file is named"),
            (&["a", "s3://UP/"], "no place in a bucket"),
            (&["a", "b", "s3://uploads/x"], "several files"),
            (&["s3://uploads/a", "s3://uploads/b"], "is no file"),
            (&["a", "s3://uploads/", "--preset", "photo"], "is no file"),
            (&["-", "a", "s3://uploads/"], "alone"),
        ] {
            let failure = To::of(&args(wrong)).unwrap_err().to_string();
            assert!(failure.contains(word), "{wrong:?}: {failure}");
        }
    }
}
