//! Credentials, region and endpoint from where users keep them.
//!
//! In this order: flags, `DROPSLIP_*`, the standard `AWS_*` variables, AWS's
//! shared config files. A pair of keys is always taken from one place, unless
//! `--access-key` names the key whose secret the environment has.
//! Source: <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>.

use std::env;
use std::path::PathBuf;

use dropslip_sigv4::Credentials;
use ini::{Ini, ParseOption, Properties};

use crate::cmd::store::{DEV_ACCESS_KEY, DEV_SECRET_KEY};
use crate::failure::Failure;

/// The environment with the files that it points to.
#[derive(Debug)]
pub(crate) struct Environment {
    /// The profile that was named, if one was.
    profile: Option<String>,
    /// Whether it was named on the command line, and so goes before the variables.
    by_flag: bool,
    credentials: Option<Ini>,
    config: Option<Ini>,
}

/// A pair of keys as it was found.
pub(crate) struct Keys {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) session_token: Option<String>,
}

/// A pair of keys with the place where it was found, for a person.
pub(crate) struct FoundKeys {
    pub(crate) keys: Keys,
    pub(crate) place: String,
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
        Self::read_with_profile(None)
    }

    /// The same with the profile that `--profile` names, which goes before all variables.
    pub(crate) fn read_with_profile(profile: Option<&str>) -> Result<Self, Failure> {
        let named = || variable("AWS_PROFILE").or_else(|| variable("AWS_DEFAULT_PROFILE"));
        Ok(Self {
            profile: profile.map(str::to_owned).or_else(named),
            by_flag: profile.is_some(),
            credentials: shared_file("AWS_SHARED_CREDENTIALS_FILE", "credentials")?,
            config: shared_file("AWS_CONFIG_FILE", "config")?,
        })
    }

    /// The storage's keys, if there are any.
    pub(crate) fn keys(&self) -> Result<Option<Keys>, Failure> {
        if !self.by_flag {
            let ours = pair("DROPSLIP_ACCESS_KEY", "DROPSLIP_SECRET_KEY", None)?;
            let aws = || {
                let token = variable("AWS_SESSION_TOKEN");
                pair("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", token)
            };
            let found = match ours {
                Some(keys) => Some(keys),
                None => aws()?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        match (self.shared_keys(), &self.profile) {
            (Some(keys), _) => Ok(Some(keys)),
            (None, Some(profile)) if !self.has_profile() => Err(Failure::new(format!(
                "there is no profile `{profile}` in AWS's shared files"
            ))
            .hint("correct AWS_PROFILE or `--profile`, or leave it out")),
            // Roles, SSO and helper programs are AWS's own; its tool turns them into keys.
            (None, Some(profile)) => Err(Failure::new(format!(
                "the profile `{profile}` has no keys in AWS's shared files"
            ))
            .hint(format!(
                "eval \"$(aws configure export-credentials --format env --profile {profile})\"\n      \
                 (turns a role or an SSO login into keys for this shell; leave the profile out then)"
            ))),
            (None, None) => Ok(None),
        }
    }

    /// The secret of an access key that was named on the command line. A secret itself
    /// is not taken there: others on the machine could read it, and shells keep it.
    pub(crate) fn keys_of(&self, access_key: &str) -> Result<Keys, Failure> {
        if let Some(keys) = self.shared_keys()
            && keys.access_key == access_key
        {
            return Ok(keys);
        }
        // The secret of another key would sign what no storage takes.
        let same = |name| variable(name).is_none_or(|own| own == access_key);
        let ours = || {
            let secret = variable("DROPSLIP_SECRET_KEY").filter(|_| same("DROPSLIP_ACCESS_KEY"))?;
            Some((secret, None))
        };
        let aws = || {
            let secret = variable("AWS_SECRET_ACCESS_KEY").filter(|_| same("AWS_ACCESS_KEY_ID"))?;
            Some((secret, variable("AWS_SESSION_TOKEN")))
        };
        let (secret_key, session_token) = ours().or_else(aws).ok_or_else(|| {
            Failure::new(format!(
                "there is no secret for the access key `{access_key}`"
            ))
            .hint(format!(
                "export DROPSLIP_ACCESS_KEY={access_key} DROPSLIP_SECRET_KEY=…"
            ))
        })?;
        Ok(Keys {
            access_key: access_key.to_owned(),
            secret_key,
            session_token,
        })
    }

    /// Every pair of keys that is at hand, those first that [`Self::keys`] would take,
    /// and the development keys last. Half a pair is passed over.
    pub(crate) fn every_key(&self) -> Vec<FoundKeys> {
        let mut found = Vec::new();
        let mut push =
            |access_key: Option<String>, secret_key: Option<String>, token, place: String| {
                if let (Some(access_key), Some(secret_key)) = (access_key, secret_key) {
                    let keys = Keys {
                        access_key,
                        secret_key,
                        session_token: token,
                    };
                    found.push(FoundKeys { keys, place });
                }
            };
        for (access_key, secret_key, token) in [
            ("DROPSLIP_ACCESS_KEY", "DROPSLIP_SECRET_KEY", None),
            (
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                variable("AWS_SESSION_TOKEN"),
            ),
        ] {
            let place = format!("`{secret_key}`");
            push(variable(access_key), variable(secret_key), token, place);
        }
        for file in [&self.credentials, &self.config].into_iter().flatten() {
            for (name, section) in file.iter() {
                let value = |name: &str| section.get(name).map(str::to_owned);
                push(
                    value("aws_access_key_id"),
                    value("aws_secret_access_key"),
                    value("aws_session_token"),
                    format!("`[{}]` of AWS's shared files", name.unwrap_or_default()),
                );
            }
        }
        let (access_key, secret_key) = (DEV_ACCESS_KEY, DEV_SECRET_KEY);
        let place = "`dropslip dev`, which everybody knows".to_owned();
        push(
            Some(access_key.to_owned()),
            Some(secret_key.to_owned()),
            None,
            place,
        );
        found
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
        let ours = variable("DROPSLIP_ENDPOINT");
        let config = self.config.as_ref();
        let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .or_else(|| self.shared(config, "ignore_configured_endpoint_urls"));
        if ours.is_some() || ignored.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return ours;
        }
        variable("AWS_ENDPOINT_URL_S3")
            .or_else(|| variable("AWS_ENDPOINT_URL"))
            .or_else(|| self.service_endpoint())
            .or_else(|| self.shared(config, "endpoint_url"))
    }

    /// The address for S3 in the section of services that the profile names:
    ///
    /// ```ini
    /// [profile minio]
    /// services = local
    /// [services local]
    /// s3 =
    ///   endpoint_url = http://localhost:9000
    /// ```
    fn service_endpoint(&self) -> Option<String> {
        let config = self.config.as_ref()?;
        let services = self.shared(Some(config), "services")?;
        let section = config.section(Some(format!("services {services}")))?;
        let mut of_s3 = section
            .iter()
            .skip_while(|(name, _)| *name != "s3")
            .skip(1)
            .take_while(|(name, _)| is_indented(name));
        let (_, url) = of_s3.find(|(name, _)| name.trim() == "endpoint_url")?;
        (!url.is_empty()).then(|| url.to_owned())
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
        let found = self
            .sections(file?)
            .find_map(|section| value(section, name))?;
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

/// A value of the section itself. Some people indent all lines of a section.
fn value<'a>(section: &'a Properties, name: &str) -> Option<&'a str> {
    let all_indented = || section.iter().all(|(name, _)| is_indented(name));
    let found = section.get(name);
    found.or_else(|| {
        let mut lines = section.iter().filter(|_| all_indented());
        lines.find_map(|(indented, value)| (indented.trim() == name).then_some(value))
    })
}

fn is_indented(name: &str) -> bool {
    name.starts_with([' ', '\t'])
}

/// An environment variable that says something.
pub(crate) fn variable(name: &str) -> Option<String> {
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
    let options = ParseOption {
        enabled_escape: false,
        // What is indented belongs to the name above it.
        enabled_preserve_key_leading_whitespace: true,
        ..ParseOption::default()
    };
    // The parser's error would show the line, which may hold a secret.
    Ini::load_from_file_opt(&path, options)
        .map(Some)
        .map_err(|_| Failure::new(format!("cannot read `{}` as an INI file", path.display())))
}
