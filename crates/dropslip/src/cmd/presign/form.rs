//! A presigned form, in whatever form it is printed.

use dropslip_sigv4::Timestamp;

use super::{Order, terms, text};
use crate::args::presign::{Output, Terms};
use crate::failure::Failure;

/// What is printed.
pub(super) struct Slip {
    url: String,
    /// In their order; the file comes after them.
    fields: Vec<(String, String)>,
    /// The beginning of the content type, if whoever sends adds the end. The field is
    /// not among the others then.
    open_type: Option<String>,
    expires_at: Timestamp,
}

/// Signs a form for somebody to send.
pub(super) fn sign(terms: &Terms, order: &Order) -> Result<Slip, Failure> {
    let (form, open_type) = terms::form(&order.bucket, &order.key, terms)?;
    let mut fields = form
        .sign(&order.signer, order.expires_s, order.now)
        .map_err(|e| Failure::new(e.to_string()))?;
    if open_type.is_some() {
        fields.retain(|(name, _)| name != TYPE);
    }
    Ok(Slip {
        url: order.endpoint.bucket(&order.bucket).url(),
        fields,
        open_type,
        expires_at: order.now.plus_s(order.expires_s),
    })
}

const TYPE: &str = "Content-Type";

impl Slip {
    pub(super) fn print(&self, output: &Output) -> String {
        match (output.curl, output.json, output.fetch) {
            (true, _, _) => self.curl(),
            (_, true, _) => self.json(),
            (_, _, true) => self.fetch(),
            _ => self.html(),
        }
    }

    /// A form to put into a page. An open content type is set when a file is chosen.
    fn html(&self) -> String {
        let mut lines = vec![format!(
            "<form action={} method=\"post\" enctype=\"multipart/form-data\" accept-charset=\"utf-8\">",
            text::attribute(&self.url)
        )];
        let hidden = |name: &str, value: &str| {
            let (name, value) = (text::attribute(name), text::attribute(value));
            format!("  <input type=\"hidden\" name={name} value={value}>")
        };
        lines.extend(self.fields.iter().map(|(name, value)| hidden(name, value)));
        let mut file = "  <input type=\"file\" name=\"file\" required".to_owned();
        if let Some(accept) = self.accept() {
            file.push_str(&format!(" accept={}", text::attribute(&accept)));
        }
        if self.open_type.is_some() {
            lines.push(hidden(TYPE, ""));
            file.push_str(&format!(
                " onchange=\"this.form.elements['{TYPE}'].value = this.files[0]?.type ?? ''\""
            ));
        }
        lines.push(format!("{file}>"));
        lines.push("  <button>Upload</button>".to_owned());
        lines.push("</form>".to_owned());
        lines.join("\n")
    }

    /// What the file dialog offers.
    fn accept(&self) -> Option<String> {
        match &self.open_type {
            Some(beginning) if beginning.is_empty() => None,
            Some(beginning) => beginning.ends_with('/').then(|| format!("{beginning}*")),
            None => {
                let (_, value) = self.fields.iter().find(|(name, _)| name == TYPE)?;
                Some(value.clone())
            }
        }
    }

    /// `--form-string` takes a value as it is, where `--form` would read files for `@` and `<`.
    fn curl(&self) -> String {
        let mut command = "curl --fail-with-body".to_owned();
        let open = self.open_type.as_ref().map(|_| (TYPE, "TYPE"));
        let fields = self.fields.iter();
        for (name, value) in fields
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(open)
        {
            let field = text::shell(&format!("{name}={value}"));
            command.push_str(&format!(" --form-string {field}"));
        }
        format!("{command} --form file=@FILE {}", text::shell(&self.url))
    }

    fn json(&self) -> String {
        let fields: serde_json::Map<_, _> = self
            .fields
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let mut slip = serde_json::json!({
            "method": "POST",
            "url": self.url,
            "fields": fields,
            "expiresAt": text::rfc3339(self.expires_at),
        });
        if let Some(beginning) = &self.open_type {
            slip["openFields"] = serde_json::json!({ TYPE: format!("{beginning}*") });
        }
        format!("{slip:#}")
    }

    fn fetch(&self) -> String {
        let append =
            |name: &str, value: &str| format!("form.append({}, {value})", text::json(name));
        let mut lines = vec!["const form = new FormData()".to_owned()];
        let fields = self.fields.iter();
        lines.extend(fields.map(|(name, value)| append(name, &text::json(value))));
        if self.open_type.is_some() {
            lines.push(append(TYPE, "file.type"));
        }
        lines.push(append("file", "file"));
        lines.push(format!(
            "await fetch({}, {{ method: 'POST', body: form }})",
            text::json(&self.url)
        ));
        lines.join("\n")
    }
}
