//! What to change when a policy does not allow a form.
//!
//! S3 names the condition and leaves the rest to be found out. What people get wrong
//! is mostly one of a dozen things, and the form tells which.

use super::error::{PolicyError, PolicyErrorKind};
use super::form::VARIABLE;

impl PolicyError {
    /// What is different, and what to do about it; in our words, for people.
    ///
    /// It holds what the form says, so it is for whoever sent it. Session tokens are left out.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        use PolicyErrorKind as Kind;
        Some(match self.kind() {
            Kind::NotBase64 => "`policy` is the base64 text of the document, with `+` and `/`, \
                                and with `=` at its end where its length asks for it"
                .to_owned(),
            Kind::NotJson => "strings and names stand in double quotes, and no comma stands \
                              before `]` or `}`"
                .to_owned(),
            Kind::Unexpected { .. } => {
                "a policy has `expiration` and `conditions`, each once and in lower case".to_owned()
            }
            Kind::Expiration { .. } | Kind::ExpirationMissing => {
                "write `expiration` in UTC, such as `2013-05-24T00:00:00.000Z`".to_owned()
            }
            Kind::Condition { what, .. } if what.ends_with("value must be a string.") => {
                "values are in double quotes, numbers among them: `\"201\"`".to_owned()
            }
            Kind::FormTooLong { .. } => {
                "the file's field must be called `file`: under another name it counts as \
                 one of the fields before it"
                    .to_owned()
            }
            Kind::KeyMissing => {
                "put `key` before the file: fields after it are not read".to_owned()
            }
            Kind::Expired { until, now } => {
                format!("the policy held until `{until}`, it is `{now}`; sign a new one")
            }
            Kind::ConditionFailed {
                condition,
                field,
                got,
            } => of_condition(condition, field.as_deref(), got.as_deref()),
            Kind::ExtraFields { names } => of_extra_fields(names),
            Kind::TooSmall { size, min } => {
                format!("the file has {size} bytes, the policy takes {min} at least")
            }
            Kind::TooLarge { max, .. } => {
                format!("the file has more than the {max} bytes that the policy takes")
            }
            _ => return None,
        })
    }
}

fn of_condition(condition: &str, field: Option<&str>, got: Option<&str>) -> String {
    match (field, got) {
        (None, _) => "no form can meet this condition: a field's name begins with `$`, and a \
                      size is a whole number"
            .to_owned(),
        (Some(field), _) if condition.contains(VARIABLE) => format!(
            "`{VARIABLE}` is replaced before conditions are looked at; sign \
             `[\"starts-with\", \"${field}\", …]` with the text before it"
        ),
        (Some(field), None) => format!(
            "the form has no field `{field}`; send one, before the file, even where any value will do"
        ),
        (Some("bucket"), Some(got)) => {
            format!("the form went to the bucket `{got}`, or names it")
        }
        (Some(field), Some(got)) => {
            format!("the form says `{}` for `{field}`", got.escape_debug())
        }
    }
}

fn of_extra_fields(names: &[String]) -> String {
    if names.iter().any(|name| name == "bucket") {
        return "a policy names its bucket; sign `{\"bucket\": …}`".to_owned();
    }
    let first = names.first().map_or("", String::as_str);
    format!(
        "a condition must be about each field; sign `[\"starts-with\", \"${first}\", \"\"]` for any \
         value, or leave the field out"
    )
}
