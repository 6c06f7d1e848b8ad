//! What S3 refuses of notification configurations.

use std::collections::HashSet;

use super::event::{is_known, share};
use super::{Notification, NotificationError};
use crate::error::Code;
use crate::limits::{ARN_LEN_MAX, KEY_LEN_MAX, NOTIFICATION_ID_LEN_MAX, NOTIFICATIONS_MAX};

pub(super) fn all(destinations: &[Notification]) -> Result<(), NotificationError> {
    if destinations.len() > NOTIFICATIONS_MAX {
        return Err(argument(format!(
            "there are more than {NOTIFICATIONS_MAX} notification configurations"
        )));
    }
    let mut ids = HashSet::new();
    for destination in destinations {
        one(destination)?;
        if !ids.insert(destination.id.as_str()) {
            let id = &destination.id;
            return Err(argument(format!(
                "two notification configurations have the Id `{id}`"
            )));
        }
    }
    for (index, one) in destinations.iter().enumerate() {
        if let Some(other) = destinations[..index].iter().find(|d| overlap(one, d)) {
            return Err(argument(format!(
                "configurations overlap: `{}` and `{}` share a common event type for the same keys",
                other.id, one.id
            )));
        }
    }
    Ok(())
}

fn one(destination: &Notification) -> Result<(), NotificationError> {
    if destination.id.chars().count() > NOTIFICATION_ID_LEN_MAX {
        return Err(argument(format!(
            "an Id is longer than {NOTIFICATION_ID_LEN_MAX} characters"
        )));
    }
    let arn = &destination.arn;
    let is_arn = arn.starts_with("arn:")
        && arn.split(':').count() >= 6
        && arn.len() <= ARN_LEN_MAX
        && arn.bytes().all(|b| b.is_ascii_graphic());
    if !is_arn {
        return Err(argument(
            "the ARN is not well formed: `arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME`",
        ));
    }
    if destination.events.is_empty() {
        let message = "a notification configuration has no `Event`";
        return Err(NotificationError::new(Code::MalformedXML, message));
    }
    if let Some(name) = destination.events.iter().find(|name| !is_known(name)) {
        let name = name.escape_debug();
        return Err(argument(format!(
            "the event `{name}` is not supported for notifications"
        )));
    }
    let texts = [&destination.prefix, &destination.suffix];
    if texts
        .into_iter()
        .flatten()
        .any(|text| text.len() > KEY_LEN_MAX)
    {
        return Err(argument(format!(
            "the value of a filter rule is longer than {KEY_LEN_MAX} bytes"
        )));
    }
    Ok(())
}

/// Whether an event of some key would go to both. S3 refuses that.
fn overlap(one: &Notification, other: &Notification) -> bool {
    let (a, b) = (text(&one.prefix), text(&other.prefix));
    let (x, y) = (text(&one.suffix), text(&other.suffix));
    let shares = one
        .events
        .iter()
        .any(|name| other.events.iter().any(|other| share(name, other)));
    shares && (a.starts_with(b) || b.starts_with(a)) && (x.ends_with(y) || y.ends_with(x))
}

fn text(part: &Option<String>) -> &str {
    part.as_deref().unwrap_or_default()
}

fn argument(message: impl Into<String>) -> NotificationError {
    NotificationError::new(Code::InvalidArgument, message)
}
