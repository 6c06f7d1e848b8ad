//! A form as it counts: names in lower case, equal names joined, `${filename}` replaced.
//!
//! The policy is checked against this form and the object is made from it, so what was
//! allowed is what is stored. The variable is replaced before the check, as S3 has it:
//! "All variables within the form are expanded prior to validating the POST policy."

use std::fmt;

use super::error::{PolicyError, PolicyErrorKind};
use crate::limits::{POST_FORM_BYTES_MAX, POST_FORM_FIELDS_MAX};
use crate::name::ObjectKey;

/// What stands for the name of the file.
pub(super) const VARIABLE: &str = "${filename}";

/// The fields of a form before its file.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    fields: Vec<Field>,
}

#[derive(Clone, PartialEq, Eq)]
struct Field {
    /// In lower case.
    name: String,
    name_sent: String,
    value: String,
}

impl Form {
    /// Reads the fields before the file, in their order, names in any case. `file_name` is
    /// the name that came with the file; of a path the last segment counts, after `/` or
    /// `\`, and without a name `${filename}` becomes empty ([HTML Form Fields]; S3 itself has been
    /// seen to leave the variable then). Fields of one name are joined by commas ([HTML forms],
    /// "multiple fields with the same name").
    ///
    /// [HTML Form Fields]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
    /// [HTML forms]: https://docs.aws.amazon.com/AmazonS3/latest/API/HTTPPOSTForms.html
    ///
    /// # Errors
    /// When a value is not UTF-8, or all together are more or larger than a form may be.
    pub fn read(fields: &[(&str, &[u8])], file_name: Option<&str>) -> Result<Self, PolicyError> {
        if fields.len() > POST_FORM_FIELDS_MAX {
            let count = fields.len();
            return Err(PolicyErrorKind::TooManyFields { count }.into());
        }
        let file_name = file_name.map_or("", last_segment);
        let mut form = Self { fields: Vec::new() };
        let mut bytes = 0;
        for (name_sent, value) in fields {
            let value = str::from_utf8(value).map_err(|_| PolicyErrorKind::FieldNotUtf8 {
                name: (*name_sent).to_owned(),
            })?;
            let name = name_sent.to_ascii_lowercase();
            // What was signed is not touched.
            let variables = match name.as_str() {
                "policy" => 0,
                _ => value.matches(VARIABLE).count(),
            };
            // The sum is known before anything grows.
            bytes += name.len() + value.len() + variables * file_name.len();
            if bytes > POST_FORM_BYTES_MAX {
                return Err(PolicyErrorKind::FormTooLong { bytes }.into());
            }
            let value = match variables {
                0 => value.to_owned(),
                _ => value.replace(VARIABLE, file_name),
            };
            form.add(name, name_sent, value);
        }
        Ok(form)
    }

    fn add(&mut self, name: String, name_sent: &str, value: String) {
        match self.fields.iter_mut().find(|field| field.name == name) {
            Some(field) => {
                field.value.push(',');
                field.value.push_str(&value);
            }
            None => self.fields.push(Field {
                name,
                name_sent: name_sent.to_owned(),
                value,
            }),
        }
    }

    /// The value of a field, whose name is given in lower case.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        Some(&field.value)
    }

    /// All fields, names in lower case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|field| (field.name.as_str(), field.value.as_str()))
    }

    /// The object's key.
    ///
    /// # Errors
    /// When the form has none, or one that is too long.
    pub fn key(&self) -> Result<ObjectKey, PolicyError> {
        let key = self.value("key").filter(|key| !key.is_empty());
        let key = key.ok_or(PolicyErrorKind::KeyMissing)?;
        ObjectKey::parse(key).map_err(|_| PolicyErrorKind::KeyTooLong.into())
    }

    /// The fields as they were named when sent, beside their names in lower case.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|field| (field.name.as_str(), field.name_sent.as_str()))
    }
}

/// Browsers of old sent whole paths.
fn last_segment(file_name: &str) -> &str {
    file_name.rsplit(['/', '\\']).next().unwrap_or(file_name)
}

/// A form holds a signature and perhaps a session token, so names alone show.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.names().map(|(_, sent)| sent))
            .finish()
    }
}
