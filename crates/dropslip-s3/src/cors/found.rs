//! Rules as another storage has them.
//!
//! Storages take rules that S3 refuses, and add elements of their own. Whoever reads somebody else's rules has to
//! live with what is there: nothing fails because a rule is odd, and nothing is passed over in silence. The strict
//! checks are [`CorsConfiguration::new`](super::CorsConfiguration::new)'s, for what is written here.

use std::fmt;

use super::{CorsConfiguration, CorsRule};

/// The CORS rules of a bucket as a storage answered them, held against nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundCors {
    /// The rules, in their order. Origins are as they came, with any white space; other values without.
    pub rules: Vec<CorsRule>,
    /// What the rules have beyond these words. To write the rules again would lose it.
    pub not_kept: Vec<NotKept>,
}

/// Something in a rule that is not S3's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotKept {
    /// The rule that it stands in, from 0; `None` for what stands beside the rules.
    pub rule: Option<usize>,
    /// What it is, such as the name of an element.
    pub what: String,
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule {
            Some(rule) => write!(f, "rule {} has {}", rule + 1, self.what),
            None => write!(f, "beside the rules there is {}", self.what),
        }
    }
}

impl From<CorsConfiguration> for FoundCors {
    fn from(configuration: CorsConfiguration) -> Self {
        Self {
            rules: configuration.into(),
            not_kept: Vec::new(),
        }
    }
}
