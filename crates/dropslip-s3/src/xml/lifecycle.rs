//! The `<LifecycleConfiguration>` document.

use dropslip_sigv4::Timestamp;

use super::XmlError;
use super::tree::Element;
use super::write::Document;
use crate::error::Code;
use crate::lifecycle::{
    And, Expiration, Filter, LifecycleConfiguration, LifecycleError, LifecycleRule, Noncurrent,
    Scope,
};
use crate::limits::LIFECYCLE_BYTES_MAX;

/// Reads and checks a lifecycle configuration. `new_id` makes the ID of a rule that has none.
///
/// # Errors
/// With S3's code for what is wrong; `NotImplemented` for transitions, since there is
/// one storage class here.
pub fn read_lifecycle_configuration(
    bytes: &[u8],
    mut new_id: impl FnMut() -> String,
) -> Result<LifecycleConfiguration, LifecycleError> {
    let root = Element::read("LifecycleConfiguration", bytes, LIFECYCLE_BYTES_MAX)?;
    let rules = root
        .children(&["Rule"])?
        .iter()
        .enumerate()
        .map(|(index, element)| {
            rule(element, &mut new_id).map_err(|error| {
                let message = format!("lifecycle rule {}: {error}", index + 1);
                LifecycleError::new(error.code(), message)
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    LifecycleConfiguration::new(rules)
}

/// What is in a rule. Texts are taken as they are: a prefix may end with a space.
const RULE: [&str; 9] = [
    "ID",
    "Prefix",
    "Filter",
    "Status",
    "Expiration",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
    "Transition",
    "NoncurrentVersionTransition",
];

fn rule(
    rule: &Element,
    new_id: &mut impl FnMut() -> String,
) -> Result<LifecycleRule, LifecycleError> {
    rule.children(&RULE)?;
    no_transitions(rule)?;
    let enabled = match rule.required("Status")?.trim() {
        "Enabled" => true,
        "Disabled" => false,
        _ => return Err(malformed("`Status` is neither `Enabled` nor `Disabled`")),
    };
    let scope = match (rule.one("Prefix")?, only(rule, "Filter")?) {
        (Some(prefix), None) => Scope::Prefix(prefix.to_owned()),
        (None, Some(filter)) => Scope::Filter(filter_of(filter)?),
        (Some(_), Some(_)) => return Err(malformed("it has both a `Filter` and a `Prefix`")),
        (None, None) => return Err(malformed("it has no `Filter`")),
    };
    let id = rule.one("ID")?.filter(|id| !id.is_empty());
    let abort = only(rule, "AbortIncompleteMultipartUpload")?;
    let abort_uploads_days = abort.map(|abort| {
        abort.children(&["DaysAfterInitiation"])?;
        count(
            "DaysAfterInitiation",
            abort.required("DaysAfterInitiation")?,
        )
    });
    Ok(LifecycleRule {
        id: id.map_or_else(new_id, str::to_owned),
        enabled,
        scope,
        expiration: only(rule, "Expiration")?.map(expiration).transpose()?,
        noncurrent: only(rule, "NoncurrentVersionExpiration")?
            .map(noncurrent)
            .transpose()?,
        abort_uploads_days: abort_uploads_days.transpose()?,
    })
}

/// The only child of a name.
fn only<'a>(parent: &'a Element, name: &str) -> Result<Option<&'a Element>, LifecycleError> {
    let mut named = parent.children.iter().filter(|child| child.name == name);
    let first = named.next();
    match named.next() {
        None => Ok(first),
        Some(_) => Err(malformed(format!("there is more than one `{name}`"))),
    }
}

/// There is one storage class here, so nothing can move to another. What S3 would refuse
/// is refused as S3 does it.
fn no_transitions(rule: &Element) -> Result<(), LifecycleError> {
    let mut transitions = rule
        .children
        .iter()
        .filter(|child| child.name.ends_with("Transition"));
    let Some(transition) = transitions.next() else {
        return Ok(());
    };
    let name = &transition.name;
    if let Some(date) = transition.one("Date")?
        && midnight(date)? % (24 * 60 * 60) != 0
    {
        let message = format!("`Date` of the {name} must be at midnight GMT");
        return Err(LifecycleError::new(Code::InvalidArgument, message));
    }
    Err(LifecycleError::new(
        Code::NotImplemented,
        format!("`{name}` is not implemented: there is one storage class"),
    ))
}

const PREDICATES: [&str; 5] = [
    "Prefix",
    "Tag",
    "ObjectSizeGreaterThan",
    "ObjectSizeLessThan",
    "And",
];

fn filter_of(filter: &Element) -> Result<Filter, LifecycleError> {
    filter.children(&PREDICATES)?;
    let and = only(filter, "And")?.map(|and| {
        let known = PREDICATES.split_last().map_or(&[][..], |(_, known)| known);
        and.children(known)?;
        Ok::<_, LifecycleError>(And {
            prefix: and.one("Prefix")?.map(str::to_owned),
            tags: tags(and)?,
            size_greater_than: size(and, "ObjectSizeGreaterThan")?,
            size_less_than: size(and, "ObjectSizeLessThan")?,
        })
    });
    only(filter, "Tag")?;
    Ok(Filter {
        prefix: filter.one("Prefix")?.map(str::to_owned),
        tag: tags(filter)?.pop(),
        size_greater_than: size(filter, "ObjectSizeGreaterThan")?,
        size_less_than: size(filter, "ObjectSizeLessThan")?,
        and: and.transpose()?,
    })
}

fn tags(parent: &Element) -> Result<Vec<(String, String)>, LifecycleError> {
    let tags = parent.children.iter().filter(|child| child.name == "Tag");
    tags.map(|tag| {
        tag.children(&["Key", "Value"])?;
        let value = tag.one("Value")?.unwrap_or_default();
        Ok((tag.required("Key")?.to_owned(), value.to_owned()))
    })
    .collect()
}

fn expiration(element: &Element) -> Result<Expiration, LifecycleError> {
    const KINDS: [&str; 3] = ["Days", "Date", "ExpiredObjectDeleteMarker"];
    element.children(&KINDS)?;
    let [days, date, marker] = KINDS.map(|name| element.one(name));
    match (days?, date?, marker?) {
        (Some(text), None, None) => Ok(Expiration::Days(count("Days", text)?)),
        (None, Some(date), None) => Ok(Expiration::DateUnixS(midnight(date)?)),
        (None, None, Some(text)) => match text.trim() {
            "true" => Ok(Expiration::DeleteMarker(true)),
            "false" => Ok(Expiration::DeleteMarker(false)),
            _ => Err(malformed(
                "`ExpiredObjectDeleteMarker` is neither `true` nor `false`",
            )),
        },
        _ => Err(malformed(
            "`Expiration` has not exactly one of `Days`, `Date` and `ExpiredObjectDeleteMarker`",
        )),
    }
}

fn noncurrent(element: &Element) -> Result<Noncurrent, LifecycleError> {
    element.children(&["NoncurrentDays", "NewerNoncurrentVersions"])?;
    let kept = element.one("NewerNoncurrentVersions")?;
    Ok(Noncurrent {
        days: count("NoncurrentDays", element.required("NoncurrentDays")?)?,
        newer_kept: kept
            .map(|text| count("NewerNoncurrentVersions", text))
            .transpose()?,
    })
}

/// A count; one below zero becomes zero, which the check of the rule refuses.
fn count(name: &str, text: &str) -> Result<u32, LifecycleError> {
    let number: i64 = text
        .trim()
        .parse()
        .map_err(|_| malformed(format!("`{name}` is no integer")))?;
    u32::try_from(number.max(0))
        .ok()
        .filter(|days| *days <= i32::MAX.unsigned_abs())
        .ok_or_else(|| malformed(format!("`{name}` is too large")))
}

fn size(parent: &Element, name: &str) -> Result<Option<u64>, LifecycleError> {
    let Some(text) = parent.one(name)? else {
        return Ok(None);
    };
    let number: i64 = text
        .trim()
        .parse()
        .map_err(|_| malformed(format!("`{name}` is no integer")))?;
    let size = u64::try_from(number).map_err(|_| {
        let message = format!("`{name}` must not be negative");
        LifecycleError::new(Code::InvalidRequest, message)
    })?;
    Ok(Some(size))
}

/// A date of ISO 8601 in UTC, such as `2030-01-01T00:00:00.000Z` or `2030-01-01`, in
/// seconds since 1970. The check of the rule wants midnight.
fn midnight(text: &str) -> Result<i64, LifecycleError> {
    let no_date =
        || malformed("`Date` is no date of ISO 8601 in UTC, such as `2030-01-01T00:00:00Z`");
    let text = text.trim();
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let time = time
        .strip_suffix('Z')
        .or_else(|| time.strip_suffix("+00:00"))
        .ok_or_else(no_date)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let is_shaped = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(b, s)| match s {
                b'0' => b.is_ascii_digit(),
                _ => b == s,
            })
    };
    let has_fraction = fraction.len() <= 9 && fraction.bytes().all(|b| b.is_ascii_digit());
    if !is_shaped(date, "0000-00-00") || !is_shaped(time, "00:00:00") || !has_fraction {
        return Err(no_date());
    }
    let basic = format!("{}T{}Z", date.replace('-', ""), time.replace(':', ""));
    let seconds = Timestamp::parse_basic(&basic)
        .map_err(|_| no_date())?
        .unix_s();
    // A part of a second is no midnight either.
    let is_whole = fraction.bytes().all(|b| b == b'0');
    Ok(seconds + i64::from(!is_whole))
}

impl From<XmlError> for LifecycleError {
    fn from(error: XmlError) -> Self {
        Self::malformed(error.to_string())
    }
}

fn malformed(message: impl Into<String>) -> LifecycleError {
    LifecycleError::malformed(message)
}

/// Writes a lifecycle configuration.
#[must_use]
pub fn lifecycle_configuration(configuration: &LifecycleConfiguration) -> String {
    let mut document = Document::new("LifecycleConfiguration");
    for rule in configuration.rules() {
        document.element("Rule", |document| write_rule(document, rule));
    }
    document.finish("LifecycleConfiguration")
}

fn write_rule(document: &mut Document, rule: &LifecycleRule) {
    document.text("ID", &rule.id);
    match &rule.scope {
        Scope::Prefix(prefix) => document.text("Prefix", prefix),
        Scope::Filter(filter) => {
            document.element("Filter", |document| write_filter(document, filter));
        }
    }
    document.text("Status", if rule.enabled { "Enabled" } else { "Disabled" });
    if let Some(expiration) = rule.expiration {
        document.element("Expiration", |document| match expiration {
            Expiration::Days(days) => document.text("Days", &days.to_string()),
            Expiration::DateUnixS(date) => document.text("Date", &iso_8601(date)),
            Expiration::DeleteMarker(goes) => {
                document.text("ExpiredObjectDeleteMarker", &goes.to_string());
            }
        });
    }
    if let Some(noncurrent) = rule.noncurrent {
        document.element("NoncurrentVersionExpiration", |document| {
            document.text("NoncurrentDays", &noncurrent.days.to_string());
            let kept = noncurrent.newer_kept.map(|kept| kept.to_string());
            document.text_if("NewerNoncurrentVersions", kept.as_deref());
        });
    }
    if let Some(days) = rule.abort_uploads_days {
        document.element("AbortIncompleteMultipartUpload", |document| {
            document.text("DaysAfterInitiation", &days.to_string());
        });
    }
}

fn write_filter(document: &mut Document, filter: &Filter) {
    document.text_if("Prefix", filter.prefix.as_deref());
    if let Some(tag) = &filter.tag {
        write_tag(document, tag);
    }
    write_sizes(document, filter.size_greater_than, filter.size_less_than);
    if let Some(and) = &filter.and {
        document.element("And", |document| {
            document.text_if("Prefix", and.prefix.as_deref());
            and.tags.iter().for_each(|tag| write_tag(document, tag));
            write_sizes(document, and.size_greater_than, and.size_less_than);
        });
    }
}

fn write_tag(document: &mut Document, (key, value): &(String, String)) {
    document.element("Tag", |document| {
        document.text("Key", key);
        document.text("Value", value);
    });
}

fn write_sizes(document: &mut Document, greater: Option<u64>, less: Option<u64>) {
    let text = |bytes: Option<u64>| bytes.map(|bytes| bytes.to_string());
    document.text_if("ObjectSizeGreaterThan", text(greater).as_deref());
    document.text_if("ObjectSizeLessThan", text(less).as_deref());
}

/// `2030-01-01T00:00:00.000Z`, as S3 writes it.
fn iso_8601(unix_s: i64) -> String {
    let basic = Timestamp::from_unix_s(unix_s).to_string();
    let part = |from: usize, to: usize| basic.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}T{}:{}:{}.000Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(9, 11),
        part(11, 13),
        part(13, 15)
    )
}
