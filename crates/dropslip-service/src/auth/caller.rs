//! Who is calling, and what they may do: the proof that a call was let pass.
//!
//! A [`Caller`] is made by `auth` alone, so what needs one cannot be reached past the question. It may only narrow
//! what a preset allows, never widen it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::decide::Terms;
use crate::media_type::TypePattern;
use crate::problem::{Code, Problem, echo};

/// What a call is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Issue an upload.
    Create,
    /// Sign parts, or the same again.
    Parts,
    /// Ask for an upload's state.
    Read,
    /// Complete an upload.
    Complete,
    /// Abort an upload.
    Abort,
    /// Sign a download.
    Download,
    /// Send a file through the service.
    Proxy,
    /// List the presets.
    Presets,
}

impl Action {
    /// Its name, as the application is asked with it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Parts => "parts",
            Self::Read => "read",
            Self::Complete => "complete",
            Self::Abort => "abort",
            Self::Download => "download",
            Self::Proxy => "proxy",
            Self::Presets => "presets",
        }
    }

    /// Whether it begins something: its subject is then the one that is wished for, else the one that was issued for.
    const fn begins(self) -> bool {
        matches!(self, Self::Create | Self::Proxy)
    }
}

/// What a call is about, as far as it is known when the caller is asked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wished<'a> {
    /// The preset's name, as wished for or of the upload.
    pub(crate) preset: Option<&'a str>,
    /// The subject: of a new upload the one that the body names, else the one that the upload was issued for.
    pub(crate) subject: Option<&'a str>,
    /// The key of what exists already.
    pub(crate) key: Option<&'a str>,
    /// The file's name.
    pub(crate) file_name: Option<&'a str>,
    /// Its type.
    pub(crate) content_type: Option<&'a str>,
    /// Its size.
    pub(crate) size_bytes: Option<u64>,
    /// What the caller wants to have stored with it.
    pub(crate) metadata: Option<&'a BTreeMap<String, String>>,
}

/// Who was let pass.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    kind: CallerKind,
    /// For whom: a user, as the application names them.
    pub(crate) subject: Option<String>,
    presets: Allowed,
    /// What else is asked of their uploads.
    pub(crate) narrowed: Narrowed,
}

/// By which right somebody calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallerKind {
    /// Nothing is configured, and the call comes from this machine.
    Open,
    /// A back end, by the name of its key.
    ApiKey {
        /// Never the key itself.
        name: Arc<str>,
    },
    /// A token.
    Jwt,
    /// The application said yes.
    Forwarded,
}

impl fmt::Display for Caller {
    /// For the log: never a key or a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            CallerKind::Open => f.write_str("this machine"),
            CallerKind::ApiKey { name } => write!(f, "key {name}"),
            CallerKind::Jwt => f.write_str("token"),
            CallerKind::Forwarded => f.write_str("application"),
        }
    }
}

/// Which presets a caller may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// All of them.
    All,
    /// These.
    Only(Arc<[String]>),
}

/// Limits and values beyond those of the preset. The smaller limit wins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Narrowed {
    /// Largest size.
    pub(crate) size_bytes_max: Option<u64>,
    /// Types, of which one must accept besides one of the preset's.
    pub(crate) accept: Option<Vec<TypePattern>>,
    /// Metadata that the application sets; it replaces the caller's of the same name.
    pub(crate) metadata: Vec<(String, String)>,
    /// Further variables of key templates.
    pub(crate) key_parts: BTreeMap<String, String>,
}

impl Caller {
    /// Only what has asked may make one.
    pub(super) const fn new(
        kind: CallerKind,
        subject: Option<String>,
        presets: Allowed,
        narrowed: Narrowed,
    ) -> Self {
        Self {
            kind,
            subject,
            presets,
            narrowed,
        }
    }

    /// What the decision about an upload has to know of the caller.
    pub(crate) fn terms(&self) -> Terms<'_> {
        Terms {
            subject: self.subject.as_deref(),
            size_bytes_max: self.narrowed.size_bytes_max,
            accept: self.narrowed.accept.as_deref(),
            metadata: &self.narrowed.metadata,
            said: &self.narrowed.key_parts,
        }
    }

    /// Whether it speaks for all users: it may name a subject, and see to anybody's uploads.
    pub(crate) fn is_back_end(&self) -> bool {
        matches!(self.kind, CallerKind::Open | CallerKind::ApiKey { .. })
    }

    /// Whether it may use the preset, for lists that show only what may be used.
    pub(crate) fn may_use(&self, preset: &str) -> bool {
        match &self.presets {
            Allowed::All => true,
            Allowed::Only(presets) => presets.iter().any(|allowed| allowed == preset),
        }
    }

    /// Holds what is wished against what the caller may, and takes over the subject of an upload that begins.
    pub(super) fn check(mut self, action: Action, wished: &Wished<'_>) -> Result<Self, Problem> {
        if let Some(preset) = wished.preset
            && !self.may_use(preset)
        {
            let detail = format!("the caller may not use the preset {}", echo(preset));
            return Err(Problem::new(Code::PresetNotAllowed, detail));
        }
        let Some(subject) = wished.subject else {
            return Ok(self);
        };
        if self.is_back_end() {
            if action.begins() {
                self.subject = Some(subject.to_owned());
            }
            return Ok(self);
        }
        if self.subject.as_deref() == Some(subject) {
            return Ok(self);
        }
        let detail = if action.begins() {
            "the caller may not upload for another subject"
        } else {
            "the upload was issued for another subject"
        };
        Err(Problem::new(Code::Forbidden, detail))
    }
}
