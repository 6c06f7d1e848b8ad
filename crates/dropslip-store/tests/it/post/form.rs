//! Makes forms, signed and not, and sends them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_sigv4::Timestamp;

use crate::support::{Answer, Fixture, now, signer};

const BOUNDARY: &str = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
pub(crate) const TYPE: &str = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW";

/// A form with a file. The conditions of its policy are those of [`Form::new`] and whatever is added.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) fields: Vec<(String, String)>,
    /// Conditions of the policy, as JSON.
    conditions: Vec<String>,
    expiration: String,
    file_name: Option<String>,
    pub(crate) file: Vec<u8>,
}

impl Form {
    /// A form for this key in the bucket `photos`, whose policy allows just that.
    pub(crate) fn new(key: &str, file: impl AsRef<[u8]>) -> Self {
        let form = Self {
            fields: Vec::new(),
            conditions: vec![r#"{"bucket": "photos"}"#.to_owned()],
            expiration: rfc3339(now().plus_s(600)),
            file_name: Some("a.txt".to_owned()),
            file: file.as_ref().to_vec(),
        };
        form.field("key", key)
    }

    /// A field that the policy allows to have any value.
    pub(crate) fn field(self, name: &str, value: &str) -> Self {
        self.condition(&format!(r#"["starts-with", "${name}", ""]"#))
            .extra(name, value)
    }

    /// A field that the policy does not name.
    pub(crate) fn extra(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn condition(mut self, json: &str) -> Self {
        self.conditions.push(json.to_owned());
        self
    }

    pub(crate) fn expires(mut self, at: &str) -> Self {
        at.clone_into(&mut self.expiration);
        self
    }

    pub(crate) fn file_name(mut self, name: Option<&str>) -> Self {
        self.file_name = name.map(str::to_owned);
        self
    }

    fn policy(&self, signed: &[(&'static str, String)]) -> String {
        let mut conditions = self.conditions.clone();
        let exact = |(name, value): &(&str, String)| format!(r#"{{"{name}": "{value}"}}"#);
        conditions.extend(signed.iter().map(exact));
        let (expiration, conditions) = (&self.expiration, conditions.join(", "));
        let json = format!(r#"{{"expiration": "{expiration}", "conditions": [{conditions}]}}"#);
        BASE64.encode(json)
    }

    /// Signs the policy.
    pub(crate) fn signed(mut self) -> Self {
        let at = now();
        let policy = self.policy(&signer().post_fields(at).unwrap());
        let signed = signer().sign_post(&policy, at).unwrap();
        let fields = signed.fields.into_iter();
        self.fields
            .extend(fields.map(|(name, value)| (name.to_owned(), value)));
        self
    }

    /// Signs another text than that of its policy.
    pub(crate) fn signed_policy(mut self, policy: &str) -> Self {
        let signed = signer().sign_post(policy, now()).unwrap();
        let fields = signed.fields.into_iter();
        self.fields
            .extend(fields.map(|(name, value)| (name.to_owned(), value)));
        self
    }

    /// Changes the value of a field that is there.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(sent, _)| sent == name);
        value.clone_into(&mut field.expect("it is there").1);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(sent, _)| sent != name);
        self
    }

    /// The body, as browsers write it.
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            let head =
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(value.as_bytes());
            body.extend_from_slice(b"\r\n");
        }
        let file_name = self.file_name.as_ref();
        let file_name = file_name.map_or_else(String::new, |name| format!("; filename=\"{name}\""));
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"{file_name}\r\n\
             Content-Type: text/x-of-the-part\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&self.file);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        body
    }

    pub(crate) async fn send(&self, store: &Fixture) -> Answer {
        send_body(store, &self.body()).await
    }
}

pub(crate) async fn send_body(store: &Fixture, body: &[u8]) -> Answer {
    store
        .send("POST", "/photos", &[("content-type", TYPE)], body)
        .await
}

/// `2013-05-24T00:00:00Z`
pub(crate) fn rfc3339(time: Timestamp) -> String {
    let basic = time.to_string();
    let part = |from: usize, to: usize| &basic[from..to];
    format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(9, 11),
        part(11, 13),
        part(13, 15)
    )
}
