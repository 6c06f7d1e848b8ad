//! A bucket's event notifications: which events go where, what is sent, and what a receiver reads.
//!
//! The configuration and the messages are S3's
//! ([Event notifications](https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html)).
//! Where an ARN leads to is not known here.

mod check;
mod event;
mod message;
mod read;
#[cfg(test)]
mod read_tests;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use event::EventName;
pub use message::{
    EventMessage, EventObject, TestMessage, encode_key, event_message, test_message,
};

pub use read::{StoredObject, Told, ToldError, read};

use crate::error::Code;

/// Where the events of a bucket go, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Notification>", into = "Vec<Notification>")]
pub struct NotificationConfiguration(Vec<Notification>);

/// One destination and what goes there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its name, unique in the configuration; each message carries it.
    pub id: String,
    /// The kind of service that S3 would send to. It makes no difference here.
    pub kind: DestinationKind,
    /// Where to.
    pub arn: String,
    /// Names such as `s3:ObjectCreated:Put`, or with `*` at the end.
    pub events: Vec<String>,
    /// What keys begin with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// What keys end with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
}

/// The kinds of destination that S3 has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DestinationKind {
    /// `TopicConfiguration`.
    Topic,
    /// `QueueConfiguration`.
    Queue,
    /// `CloudFunctionConfiguration`.
    CloudFunction,
}

impl DestinationKind {
    /// Every kind, in S3's order.
    pub const ALL: [Self; 3] = [Self::Topic, Self::Queue, Self::CloudFunction];
}

/// Why destinations are no notification configuration, with the code that S3 answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationError {
    code: Code,
    message: String,
}

impl NotificationError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }

    /// S3's code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }
}

impl fmt::Display for NotificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NotificationError {}

impl NotificationConfiguration {
    /// Checks destinations against S3's limits.
    ///
    /// # Errors
    /// Names the first destination that is wrong and why.
    pub fn new(destinations: Vec<Notification>) -> Result<Self, NotificationError> {
        check::all(&destinations)?;
        Ok(Self(destinations))
    }

    /// The destinations, in order.
    #[must_use]
    pub fn destinations(&self) -> &[Notification] {
        &self.0
    }

    /// Whether nothing is sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where an event goes.
    pub fn of(&self, event: EventName, key: &str) -> impl Iterator<Item = &Notification> {
        self.0.iter().filter(move |destination| {
            let (prefix, suffix) = (&destination.prefix, &destination.suffix);
            prefix.as_ref().is_none_or(|prefix| key.starts_with(prefix))
                && suffix.as_ref().is_none_or(|suffix| key.ends_with(suffix))
                && destination
                    .events
                    .iter()
                    .any(|name| event.is_meant_by(name))
        })
    }
}

impl TryFrom<Vec<Notification>> for NotificationConfiguration {
    type Error = NotificationError;

    fn try_from(destinations: Vec<Notification>) -> Result<Self, NotificationError> {
        Self::new(destinations)
    }
}

impl From<NotificationConfiguration> for Vec<Notification> {
    fn from(configuration: NotificationConfiguration) -> Self {
        configuration.0
    }
}
