//! Credentials, region and endpoint from where users keep them.
//!
//! In this order: flags, `DROPSLIP_*`, the standard `AWS_*` variables, AWS's
//! shared config files. A pair of keys is always taken from one place.

use std::env;
use std::path::PathBuf;

use dropslip_sigv4::Credentials;
use ini::{Ini, Properties};

use crate::failure::Failure;

/// The environment with the files that it points to.
#[derive(Debug)]
pub(crate) struct Environment {
    /// The profile that was named, if one was.
    profile: Option<String>,
    credentials: Option<Ini>,
    config: Option<Ini>,
}

/// A pair of keys as it was found.
pub(crate) struct Keys {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) session_token: Option<String>,
}

impl Keys {
    pub(crate) fn credentials(self) -> Credentials {
        let credentials = Credentials::new(self.access_key, self.secret_key);
        match self.session_token {
            Some(token) => credentials.with_session_token(token),
            None => credentials,
        }
    }
}

impl Environment {
    /// Reads the environment and AWS's shared files, as far as they exist.
    pub(crate) fn read() -> Result<Self, Failure> {
        Ok(Self {
            profile: variable("AWS_PROFILE"),
            credentials: shared_file("AWS_SHARED_CREDENTIALS_FILE", "credentials")?,
            config: shared_file("AWS_CONFIG_FILE", "config")?,
        })
    }

    /// The storage's keys, if there are any.
    pub(crate) fn keys(&self) -> Result<Option<Keys>, Failure> {
        let ours = pair("DROPSLIP_ACCESS_KEY", "DROPSLIP_SECRET_KEY", None)?;
        let aws = || {
            pair(
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                variable("AWS_SESSION_TOKEN"),
            )
        };
        let found = match ours {
            Some(keys) => Some(keys),
            None => aws()?,
        };
        match (found, &self.profile) {
            (Some(keys), _) => Ok(Some(keys)),
            (None, Some(profile)) if !self.has_profile() => Err(Failure::new(format!(
                "there is no profile `{profile}` in AWS's shared files"
            ))
            .hint("correct AWS_PROFILE, or unset it")),
            (None, _) => Ok(self.shared_keys()),
        }
    }

    /// The region, if one is set.
    pub(crate) fn region(&self) -> Option<String> {
        variable("DROPSLIP_REGION")
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .or_else(|| self.shared(self.config.as_ref(), "region"))
    }

    /// The storage's address, if one is set.
    pub(crate) fn endpoint(&self) -> Option<String> {
        variable("DROPSLIP_ENDPOINT")
            .or_else(|| variable("AWS_ENDPOINT_URL_S3"))
            .or_else(|| variable("AWS_ENDPOINT_URL"))
            .or_else(|| self.shared(self.config.as_ref(), "endpoint_url"))
    }

    fn shared_keys(&self) -> Option<Keys> {
        [self.credentials.as_ref(), self.config.as_ref()]
            .into_iter()
            .find_map(|file| {
                Some(Keys {
                    access_key: self.shared(file, "aws_access_key_id")?,
                    secret_key: self.shared(file, "aws_secret_access_key")?,
                    session_token: self.shared(file, "aws_session_token"),
                })
            })
    }

    fn has_profile(&self) -> bool {
        let files = [self.credentials.as_ref(), self.config.as_ref()];
        files
            .into_iter()
            .flatten()
            .any(|file| self.sections(file).next().is_some())
    }

    /// A value of the profile.
    fn shared(&self, file: Option<&Ini>, name: &str) -> Option<String> {
        let found = self.sections(file?).find_map(|section| section.get(name))?;
        (!found.is_empty()).then(|| found.to_owned())
    }

    /// What a file says of the profile; `config` writes `[profile name]`, `credentials` only `[name]`.
    fn sections<'a>(&self, file: &'a Ini) -> impl Iterator<Item = &'a Properties> {
        let profile = self.profile.as_deref().unwrap_or("default");
        let names = [profile.to_owned(), format!("profile {profile}")];
        names
            .into_iter()
            .filter_map(|name| file.section(Some(name)))
    }
}

/// An environment variable that says something.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn pair(
    access_key: &str,
    secret_key: &str,
    session_token: Option<String>,
) -> Result<Option<Keys>, Failure> {
    match (variable(access_key), variable(secret_key)) {
        (None, None) => Ok(None),
        (Some(access_key), Some(secret_key)) => Ok(Some(Keys {
            access_key,
            secret_key,
            session_token,
        })),
        (Some(_), None) => Err(Failure::new(format!(
            "`{access_key}` is set and `{secret_key}` is not"
        ))),
        (None, Some(_)) => Err(Failure::new(format!(
            "`{secret_key}` is set and `{access_key}` is not"
        ))),
    }
}

fn shared_file(variable_name: &str, file_name: &str) -> Result<Option<Ini>, Failure> {
    let named = variable(variable_name).map(PathBuf::from);
    let Some(path) = named.or_else(|| Some(env::home_dir()?.join(".aws").join(file_name))) else {
        return Ok(None);
    };
    if !path.is_file() {
        return Ok(None);
    }
    // The parser's error would show the line, which may hold a secret.
    Ini::load_from_file_noescape(&path)
        .map(Some)
        .map_err(|_| Failure::new(format!("cannot read `{}` as an INI file", path.display())))
}
