//! Where the operator lets events go. No request names a URL: the store would fetch for
//! strangers what only it can reach.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// A URL that takes events, given by the operator.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The ARN that leads to it; none for every ARN that leads nowhere else.
    pub arn: Option<String>,
    url: Url,
}

impl FromStr for Webhook {
    type Err = String;

    /// Reads `URL`, or `ARN=URL`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (arn, url) = match text.split_once('=') {
            Some((arn, url)) if arn.starts_with("arn:") => (Some(arn), url),
            _ => (None, text),
        };
        let parsed = Url::parse(url).map_err(|error| format!("no URL: {error}"))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err("the URL begins with `http://` or `https://`".to_owned());
        }
        Ok(Self {
            arn: arn.map(str::to_owned),
            url: parsed,
        })
    }
}

impl fmt::Debug for Webhook {
    /// Without the URL: it may have a password, or be a secret by itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Webhook");
        shown.field("arn", &self.arn).finish_non_exhaustive()
    }
}

/// All of them.
#[derive(Default)]
pub(super) struct Webhooks {
    by_arn: HashMap<String, Url>,
    other: Option<Url>,
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").finish_non_exhaustive()
    }
}

impl Webhooks {
    pub(super) fn new(webhooks: Vec<Webhook>) -> Self {
        let mut all = Self::default();
        for Webhook { arn, url } in webhooks {
            match arn {
                Some(arn) => drop(all.by_arn.insert(arn, url)),
                None => all.other = Some(url),
            }
        }
        all
    }

    /// Where an ARN leads to.
    pub(super) fn url(&self, arn: &str) -> Option<&Url> {
        self.by_arn.get(arn).or(self.other.as_ref())
    }

    pub(super) fn are_none(&self) -> bool {
        self.by_arn.is_empty() && self.other.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_leads_to_its_own_url_or_to_the_other_one() {
        let all = [
            "http://127.0.0.1:1/a",
            "arn:aws:sqs:::q=https://h.example/?x=y",
        ];
        let webhooks = Webhooks::new(all.iter().map(|text| text.parse().unwrap()).collect());
        let url = |arn| webhooks.url(arn).map(Url::as_str);
        assert_eq!(url("arn:aws:sqs:::q"), Some("https://h.example/?x=y"));
        assert_eq!(url("arn:aws:sns:::t"), Some("http://127.0.0.1:1/a"));
        let one = Webhooks::new(vec![all[1].parse().unwrap()]);
        assert_eq!(one.url("arn:aws:sns:::t"), None);
        assert!(!one.are_none() && Webhooks::default().are_none());
    }

    #[test]
    fn what_is_no_webhook() {
        for wrong in [
            "",
            "127.0.0.1:3000",
            "/events",
            "file:///etc/passwd",
            "arn:aws:sqs:::q",
            "arn:aws:sqs:::q=",
            "http://",
        ] {
            assert!(wrong.parse::<Webhook>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_url_is_not_shown() {
        let text = "arn:a=https://user:secret-one@hooks.example/secret-two?t=secret-three";
        let webhook: Webhook = text.parse().unwrap();
        let shown = format!("{webhook:?} {:?}", Webhooks::new(vec![webhook.clone()]));
        assert!(
            shown.contains("arn:a") && !shown.contains("secret"),
            "{shown}"
        );
    }
}
