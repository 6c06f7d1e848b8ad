//! The `x-amz-*` headers, which version 2 signs by name, all of them.

use crate::refusal::Refusal;
use crate::request::{Request, is_secret, is_token};
use crate::v2::parameters::Parameters;

/// Names in lower case, sorted, each once; repeated headers joined by commas.
pub(super) struct AmzHeaders(Vec<(String, Vec<u8>)>);

impl AmzHeaders {
    /// Collects the headers. In a link, the parameters of such names count as headers:
    /// SDKs sign them as those and then move them to the query. The same said in both
    /// places is said once.
    ///
    /// A link has its time in `Expires`, and `x-amz-date` is no part of it.
    pub(super) fn collect(
        request: &Request<'_>,
        parameters: &Parameters<'_>,
        presigned: bool,
    ) -> Result<Self, Refusal> {
        let mut all = Self(Vec::new());
        for (name, value) in request.headers {
            let name = name.to_ascii_lowercase();
            if name.starts_with("x-amz-") && !(presigned && name == "x-amz-date") {
                all.add_header(name, &unfolded(value));
            }
        }
        if presigned {
            let headers = all.0.len();
            for (name, value) in parameters.amz_values() {
                if name != "x-amz-date" {
                    all.add_parameter(headers, name, value)?;
                }
            }
        }
        all.0.sort_unstable();
        Ok(all)
    }

    fn add_header(&mut self, name: String, value: &[u8]) {
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, values)) => {
                values.push(b',');
                values.extend_from_slice(value);
            }
            None => self.0.push((name, value.to_vec())),
        }
    }

    /// `headers` is how many names came from headers.
    fn add_parameter(
        &mut self,
        headers: usize,
        name: String,
        value: Vec<u8>,
    ) -> Result<(), Refusal> {
        // A line break, or a colon in a name, would be read as another header than it is.
        if !is_token(&name) || value.iter().any(u8::is_ascii_control) {
            return Err(Refusal::ParameterNotSigned { name });
        }
        let value = value.trim_ascii();
        let Some(at) = self.0.iter().position(|(other, _)| *other == name) else {
            self.0.push((name, value.to_vec()));
            return Ok(());
        };
        let header = &self.0[at].1;
        // A refusal may be logged, and a secret may not.
        if at >= headers || (header != value && is_secret(&name)) {
            return Err(Refusal::Repeated { name });
        }
        if header == value {
            return Ok(());
        }
        Err(Refusal::Conflict {
            name,
            header: String::from_utf8_lossy(header).into_owned(),
            query: String::from_utf8_lossy(value).into_owned(),
        })
    }

    /// The value of a header, folded lines made one.
    pub(super) fn value(&self, name: &str) -> Option<&[u8]> {
        let (_, value) = self.0.iter().find(|(other, _)| other == name)?;
        Some(value)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Writes `name:value`, one a line.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for (name, value) in &self.0 {
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
            out.extend_from_slice(value);
            out.push(b'\n');
        }
    }
}

/// A header's value without white space at its ends, and with one space for each
/// line break with the white space around it. Unlike in version 4, runs of spaces stay.
pub(super) fn unfolded(value: &[u8]) -> Vec<u8> {
    let lines = value
        .trim_ascii()
        .split(|byte| matches!(byte, b'\r' | b'\n'));
    let lines: Vec<&[u8]> = lines
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join(&b' ')
}
