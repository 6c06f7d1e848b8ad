//! A preflight for each page and each request that it will send.

use dropslip_s3::client;
use dropslip_s3::cors::preflight::allows_origin;
use dropslip_s3::cors::{Answered, Asked, Judged, Mismatch, preflight};

use super::{Rules, apply};
use crate::ask::Reply;
use crate::case::Way;
use crate::checks::tried::{self, Tried};
use crate::finding::{Because, Check, Finding, because};
use crate::ground::{Ground, Order};

/// What each page may send, in order. What the rules lack for several requests of a page is told once.
pub(super) async fn check(ground: &Ground<'_>, rules: &Rules, origins: &[String]) -> Vec<Finding> {
    let mut found = Vec::new();
    for origin in origins {
        let mut lacks: Vec<Lack> = Vec::new();
        for way in &ground.case.ways {
            let headers = way.headers.iter().map(String::as_str).collect();
            let asked = Asked {
                origin,
                method: way.method,
                headers,
            };
            let step = Step {
                ground,
                rules,
                way,
                asked,
            };
            match step.check().await {
                Ok(finding) => found.push(finding.about(format!("{origin}, {}", step.shown()))),
                Err(lack) => match lacks.iter_mut().find(|known| known.text == lack.text) {
                    Some(known) => known.ways.extend(lack.ways),
                    None => lacks.push(lack),
                },
            }
        }
        found.extend(lacks.into_iter().map(|lack| lack.told(ground, origin)));
    }
    found
}

/// Something that the bucket's rules lack.
struct Lack {
    code: &'static str,
    text: String,
    /// What to change, in words.
    change: Option<String>,
    /// What was seen.
    seen: String,
    ways: Vec<Way>,
}

impl Lack {
    fn told(self, ground: &Ground<'_>, origin: &str) -> Finding {
        let command = apply(ground.case, &[origin], &self.ways);
        let fix = match self.change {
            Some(change) => format!("{change}\n{command}"),
            None => command,
        };
        let asked: Vec<String> = self.ways.iter().map(shown).collect();
        let because = because(self.code, self.text, fix);
        Finding::no(Check::CorsPreflight, self.seen, because)
            .about(format!("{origin}, {}", asked.join("; ")))
    }
}

/// A request in words: `PUT with content-type`.
fn shown(way: &Way) -> String {
    match way.headers.is_empty() {
        true => way.method.to_owned(),
        false => format!("{} with {}", way.method, way.headers.join(", ")),
    }
}

/// A preflight and what is known of it.
struct Step<'a> {
    ground: &'a Ground<'a>,
    rules: &'a Rules,
    way: &'a Way,
    asked: Asked<'a>,
}

impl Step<'_> {
    /// What was found, or what the rules lack.
    async fn check(&self) -> Result<Finding, Lack> {
        match self.is_simple() {
            true => self.simple().await,
            false => self.preflight().await,
        }
    }

    fn shown(&self) -> String {
        shown(self.way)
    }

    /// Browsers send a form without asking, and keep the answer from the page if it does not let it in.
    fn is_simple(&self) -> bool {
        self.asked.method == "POST" && self.asked.headers.is_empty()
    }

    async fn simple(&self) -> Result<Finding, Lack> {
        let check = Check::CorsPreflight;
        let target = self.ground.public.bucket(self.ground.bucket());
        let order = Order {
            headers: &[("origin", self.asked.origin)],
            ..Order::new("POST", &target)
        };
        let answered = match tried::stranger(self.ground, order).await {
            Ok(reply) => answered(&reply),
            Err(why) => return Ok(Finding::skipped(check, why)),
        };
        if allows_origin(self.asked.origin, &answered) {
            return Ok(Finding::yes(
                check,
                "sent without asking, and its answer can be read",
            ));
        }
        // Many storages leave the headers out where they refuse, as they do here, so the rules have to say it.
        let Rules::Known(found) = self.rules else {
            return Ok(Finding::skipped(
                check,
                "a form is sent without asking; whether its answer can be read, only an answer to a right one shows",
            ));
        };
        match found.explain(&self.asked).mismatches.first() {
            None => Ok(Finding::yes(
                check,
                "sent without asking, and a rule allows it",
            )),
            Some(mismatch) => Err(self.of_rule(mismatch, &answered)),
        }
    }

    async fn preflight(&self) -> Result<Finding, Lack> {
        let check = Check::CorsPreflight;
        let reply = match self.ask(&self.asked).await {
            Ok(reply) => reply,
            Err(why) => return Ok(Finding::skipped(check, why)),
        };
        let answered = answered(&reply);
        let because = match preflight::judge(&self.asked, &answered) {
            Judged::Allowed => {
                return Ok(Finding::yes(check, format!("allowed, for {}", self.way.of)));
            }
            Judged::Failing => {
                let why = format!("the storage failed: {}", reply.shown());
                return Ok(Finding::skipped(check, why));
            }
            Judged::Redirected => redirected(&reply),
            judged => self.why(&judged, &answered).await?,
        };
        Ok(Finding::no(check, answered.shown(), because))
    }

    /// Asks, and again where the storage is busy.
    async fn ask(&self, asked: &Asked<'_>) -> Tried<Reply> {
        let key = self.ground.scratch.unwritten();
        let target = self.ground.public.object(self.ground.bucket(), &key);
        let names = asked.headers_text();
        let mut headers = vec![("access-control-request-method", asked.method)];
        headers.extend(
            names
                .as_deref()
                .map(|names| ("access-control-request-headers", names)),
        );
        headers.push(("origin", asked.origin));
        let order = Order {
            headers: &headers,
            ..Order::new("OPTIONS", &target)
        };
        tried::stranger(self.ground, order).await
    }

    /// Why a page is kept out: by its rules, or by what stands before the storage.
    async fn why(&self, judged: &Judged<'_>, answered: &Answered) -> Result<Because, Lack> {
        if let Rules::Known(found) = self.rules {
            return match found.explain(&self.asked).mismatches.first() {
                Some(mismatch) => Err(self.of_rule(mismatch, answered)),
                None => Ok(between(answered)),
            };
        }
        if matches!(self.rules, Rules::NotOffered(_)) {
            return Ok(because(
                "no_cors",
                "this storage knows no CORS rules, and lets no page in by itself",
                "put a proxy before it that answers OPTIONS and adds `access-control-allow-origin` to every answer (nginx: add_header \
                 … always), or let the files go through the service: PUT /v1/proxy/{preset}/{fileName}",
            ));
        }
        let is_twice = answered.allow_origin.as_deref().is_some_and(is_twice);
        Err(match judged {
            Judged::OtherOrigin if is_twice => return Ok(between(answered)),
            Judged::OtherMethod => {
                let (origin, method) = (self.asked.origin, self.asked.method);
                let text = format!("pages of `{origin}` may not {method}");
                self.lack("method_missing", text, answered)
            }
            Judged::OtherHeaders(names) => self.lacking(names, answered),
            _ => self.narrow(answered).await,
        })
    }

    /// Which part is missing, found by asking for less.
    async fn narrow(&self, answered: &Answered) -> Lack {
        let (origin, method) = (self.asked.origin, self.asked.method);
        if self.asked.headers.is_empty() || !self.may(method, &[]).await {
            for other in ["GET", "PUT", "POST", "DELETE", "HEAD"] {
                if other != method && self.may(other, &[]).await {
                    let text = format!("pages of `{origin}` may {other} and not {method}");
                    return self.lack("method_missing", text, answered);
                }
            }
            let text = format!("no rule lets pages of `{origin}` in");
            return self.lack("origin_missing", text, answered);
        }
        let mut missing = Vec::new();
        for name in &self.asked.headers {
            if !self.may(method, &[name]).await {
                missing.push(*name);
            }
        }
        let missing = if missing.is_empty() {
            &self.asked.headers
        } else {
            &missing
        };
        self.lacking(missing, answered)
    }

    async fn may(&self, method: &str, headers: &[&str]) -> bool {
        let asked = Asked {
            origin: self.asked.origin,
            method,
            headers: headers.to_vec(),
        };
        let reply = self.ask(&asked).await;
        reply.is_ok_and(|reply| preflight::judge(&asked, &answered(&reply)) == Judged::Allowed)
    }

    fn lacking(&self, names: &[&str], answered: &Answered) -> Lack {
        let (origin, method) = (self.asked.origin, self.asked.method);
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let text = format!(
            "pages of `{origin}` may {method} and not send {}",
            names.join(", ")
        );
        self.lack("header_missing", text, answered)
    }

    fn of_rule(&self, mismatch: &Mismatch, answered: &Answered) -> Lack {
        Lack {
            change: Some(mismatch.change()),
            ..self.lack(mismatch.cause.code(), mismatch.to_string(), answered)
        }
    }

    fn lack(&self, code: &'static str, text: String, answered: &Answered) -> Lack {
        Lack {
            code,
            text,
            change: None,
            seen: answered.shown(),
            ways: vec![self.way.clone()],
        }
    }
}

/// Whether a header came more than once.
fn is_twice(value: &str) -> bool {
    value.contains(',')
}

/// The rules allow it, and yet it is refused.
fn between(answered: &Answered) -> Because {
    let allowed = answered.allow_origin.as_deref().unwrap_or_default();
    if is_twice(allowed) {
        return because(
            "header_twice",
            format!(
                "`access-control-allow-origin` comes twice (`{}`): from the storage and from a proxy before it",
                crate::ask::clean(allowed)
            ),
            "let one of them answer: remove the header from the proxy's configuration (nginx: add_header Access-Control-Allow-Origin)",
        );
    }
    because(
        "proxy_answers_preflight",
        "a rule of the bucket allows it, and something before the storage answers in its place",
        "let the proxy or CDN pass OPTIONS on with `origin`, `access-control-request-method` and \
         `access-control-request-headers`, and the answer's `access-control-…` back",
    )
}

fn redirected(reply: &Reply) -> Because {
    let location = reply.header("location").unwrap_or_default();
    because(
        "redirects",
        format!(
            "the preflight is sent on to `{}`; browsers follow none",
            crate::ask::clean(&location)
        ),
        "write the endpoint as the address that answers itself (https instead of http, the bucket's own region)",
    )
}

/// An answer, as far as browsers judge by it.
pub(super) fn answered(reply: &Reply) -> Answered {
    Answered {
        code: (!reply.code().is_empty()).then(|| reply.code().to_owned()),
        ..client::answered(reply.status, &reply.headers)
    }
}
