//! The `<NotificationConfiguration>` document.

use super::XmlError;
use super::tree::Element;
use super::write::Document;
use crate::error::Code;
use crate::limits::XML_BYTES_MAX;
use crate::notification::{
    DestinationKind, Notification, NotificationConfiguration, NotificationError,
};

/// Reads and checks a notification configuration. `new_id` makes the Id of a destination
/// that has none.
///
/// # Errors
/// With S3's code for what is wrong.
pub fn read_notification_configuration(
    bytes: &[u8],
    mut new_id: impl FnMut() -> String,
) -> Result<NotificationConfiguration, NotificationError> {
    let root = Element::read("NotificationConfiguration", bytes, XML_BYTES_MAX)?;
    let kinds = DestinationKind::ALL.map(|kind| names(kind).0);
    let [topic, queue, function] = kinds;
    let bridge = "EventBridgeConfiguration";
    let mut destinations = Vec::new();
    for element in root.children(&[topic, queue, function, bridge])? {
        let kind = DestinationKind::ALL
            .into_iter()
            .find(|kind| names(*kind).0 == element.name);
        let Some(kind) = kind else {
            let message = format!("`{bridge}` is not implemented");
            return Err(NotificationError::new(Code::NotImplemented, message));
        };
        destinations.push(destination(kind, element, &mut new_id)?);
    }
    NotificationConfiguration::new(destinations)
}

fn destination(
    kind: DestinationKind,
    element: &Element,
    new_id: &mut impl FnMut() -> String,
) -> Result<Notification, NotificationError> {
    let (_, inner) = names(kind);
    let children = element.children(&["Id", inner, "Event", "Filter"])?;
    let named = |name: &'static str| children.iter().filter(move |child| child.name == name);
    let events = named("Event").map(|event| Ok(event.text()?.trim().to_owned()));
    let id = element.one("Id")?.filter(|id| !id.is_empty());
    let mut destination = Notification {
        id: id.map_or_else(new_id, str::to_owned),
        kind,
        arn: element.required(inner)?.trim().to_owned(),
        events: events.collect::<Result<_, XmlError>>()?,
        prefix: None,
        suffix: None,
    };
    for filter in named("Filter") {
        for key in filter.children(&["S3Key"])? {
            for rule in key.children(&["FilterRule"])? {
                add_rule(&mut destination, rule)?;
            }
        }
    }
    Ok(destination)
}

/// Values are taken as they are: a suffix may begin with a space.
fn add_rule(destination: &mut Notification, rule: &Element) -> Result<(), NotificationError> {
    rule.children(&["Name", "Value"])?;
    let name = rule.required("Name")?.trim().to_ascii_lowercase();
    let value = rule.one("Value")?.unwrap_or_default();
    let place = match name.as_str() {
        "prefix" => &mut destination.prefix,
        "suffix" => &mut destination.suffix,
        _ => {
            return Err(argument(
                "the name of a filter rule must be either prefix or suffix",
            ));
        }
    };
    match place.replace(value.to_owned()) {
        None => Ok(()),
        Some(_) => Err(argument(
            "cannot give more than one prefix or suffix rule in a filter",
        )),
    }
}

/// Writes a notification configuration.
#[must_use]
pub fn notification_configuration(configuration: &NotificationConfiguration) -> String {
    let mut document = Document::new("NotificationConfiguration");
    for destination in configuration.destinations() {
        let (outer, inner) = names(destination.kind);
        document.element(outer, |document| {
            document.text("Id", &destination.id);
            document.text(inner, &destination.arn);
            for event in &destination.events {
                document.text("Event", event);
            }
            let rules = [
                ("Prefix", &destination.prefix),
                ("Suffix", &destination.suffix),
            ];
            if rules.iter().any(|(_, value)| value.is_some()) {
                document.element("Filter", |document| {
                    document.element("S3Key", |document| {
                        for (name, value) in rules {
                            write_rule(document, name, value.as_deref());
                        }
                    });
                });
            }
        });
    }
    document.finish("NotificationConfiguration")
}

fn write_rule(document: &mut Document, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        document.element("FilterRule", |document| {
            document.text("Name", name);
            document.text("Value", value);
        });
    }
}

/// The names of the outer element and of that which holds the ARN.
fn names(kind: DestinationKind) -> (&'static str, &'static str) {
    match kind {
        DestinationKind::Topic => ("TopicConfiguration", "Topic"),
        DestinationKind::Queue => ("QueueConfiguration", "Queue"),
        DestinationKind::CloudFunction => ("CloudFunctionConfiguration", "CloudFunction"),
    }
}

impl From<XmlError> for NotificationError {
    fn from(error: XmlError) -> Self {
        Self::new(Code::MalformedXML, error.to_string())
    }
}

fn argument(message: &str) -> NotificationError {
    NotificationError::new(Code::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(inner: &str) -> String {
        format!(
            "<NotificationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{inner}</NotificationConfiguration>"
        )
    }

    fn queue(more: &str) -> String {
        format!(
            "<QueueConfiguration><Id>q</Id><Queue>arn:aws:sqs:us-east-1:1:q</Queue>\
             <Event>s3:ObjectCreated:*</Event>{more}</QueueConfiguration>"
        )
    }

    fn filter(rules: &[(&str, &str)]) -> String {
        let rules = rules.iter().map(|(name, value)| {
            format!("<FilterRule><Name>{name}</Name><Value>{value}</Value></FilterRule>")
        });
        let rules: String = rules.collect();
        format!("<Filter><S3Key>{rules}</S3Key></Filter>")
    }

    #[track_caller]
    fn check(inner: &str, code: Code, part: &str) {
        let text = document(inner);
        let error = read_notification_configuration(text.as_bytes(), String::new);
        let error = error.expect_err(inner);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(part), "`{part}` in {error}");
    }

    #[test]
    fn what_is_put_comes_back() {
        let topic = "<TopicConfiguration><Id>t</Id><Topic>arn:aws:sns:us-east-1:1:t</Topic>\
             <Event>s3:ObjectRemoved:*</Event><Event>s3:ObjectTagging:Put</Event></TopicConfiguration>";
        let function = "<CloudFunctionConfiguration><Id>f</Id><CloudFunction>arn:aws:lambda:us-east-1:1:function:f</CloudFunction>\
             <Event>s3:ObjectAcl:Put</Event></CloudFunctionConfiguration>";
        let filtered = queue(&filter(&[("Prefix", "in/"), ("Suffix", ".jpg")]));
        let text = document(&format!("{topic}{filtered}{function}"));
        let read = read_notification_configuration(text.as_bytes(), String::new).unwrap();
        let written = notification_configuration(&read);
        assert!(written.ends_with(&text), "{written}\n{text}");
        let none = read_notification_configuration(document("").as_bytes(), String::new).unwrap();
        assert!(none.is_empty());
        assert!(notification_configuration(&none).ends_with(&document("")));
    }

    #[test]
    fn ids_are_made_and_names_are_read_as_people_write_them() {
        let text = document(&queue(&filter(&[("prefix", "a")])).replace("<Id>q</Id>", ""));
        let read = read_notification_configuration(text.as_bytes(), || "new".to_owned()).unwrap();
        let [destination] = read.destinations() else {
            panic!("one destination")
        };
        assert_eq!(
            (destination.id.as_str(), destination.prefix.as_deref()),
            ("new", Some("a"))
        );
    }

    #[test]
    fn wrong_documents() {
        let malformed = |inner: &str, part: &str| check(inner, Code::MalformedXML, part);
        malformed("<Queue>q</Queue>", "Queue");
        malformed("<QueueConfiguration></QueueConfiguration>", "`Queue`");
        malformed(&queue("<Topic>arn:aws:sns:::t</Topic>"), "`Topic`");
        malformed(&queue("<Events>x</Events>"), "Events");
        malformed(
            &queue("").replace("<Event>s3:ObjectCreated:*</Event>", ""),
            "no `Event`",
        );
        let argument = |inner: &str, part: &str| check(inner, Code::InvalidArgument, part);
        argument(&queue(&filter(&[("Infix", "a")])), "prefix or suffix");
        argument(
            &queue(&filter(&[("Prefix", "a"), ("prefix", "b")])),
            "more than one",
        );
        argument(&format!("{}{}", queue(""), queue("")), "Id `q`");
        check(
            "<EventBridgeConfiguration/>",
            Code::NotImplemented,
            "EventBridge",
        );
        for text in [
            "",
            "{}",
            "<NotificationConfiguration>",
            "<CORSConfiguration/>",
        ] {
            let error = read_notification_configuration(text.as_bytes(), String::new);
            assert_eq!(error.unwrap_err().code(), Code::MalformedXML);
        }
    }
}
