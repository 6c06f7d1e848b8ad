//! A preflight for each page and each request that it will send.

use dropslip_s3::client;
use dropslip_s3::cors::preflight::allows_origin;
use dropslip_s3::cors::{Answered, Asked, Judged, Mismatch, preflight};

use super::Rules;
use crate::ask::Reply;
use crate::case::Way;
use crate::checks::tried::{self, Tried};
use crate::finding::{Because, Check, Finding, because};
use crate::ground::{Ground, Order};

/// One finding for each page and request, in order.
pub(super) async fn check(ground: &Ground<'_>, rules: &Rules, origins: &[String]) -> Vec<Finding> {
    let mut found = Vec::new();
    for origin in origins {
        for way in &ground.case.ways {
            let asked = Asked {
                origin,
                method: way.method,
                headers: way.headers.iter().map(String::as_str).collect(),
            };
            found.push(
                Step {
                    ground,
                    rules,
                    way,
                    asked,
                }
                .check()
                .await,
            );
        }
    }
    found
}

/// A preflight and what is known of it.
struct Step<'a> {
    ground: &'a Ground<'a>,
    rules: &'a Rules,
    way: &'a Way,
    asked: Asked<'a>,
}

impl Step<'_> {
    async fn check(&self) -> Finding {
        let about = match self.asked.headers.is_empty() {
            true => format!("{}, {}", self.asked.origin, self.asked.method),
            false => format!(
                "{}, {} with {}",
                self.asked.origin,
                self.asked.method,
                self.asked.headers.join(", ")
            ),
        };
        let finding = match self.is_simple() {
            true => self.simple().await,
            false => self.preflight().await,
        };
        finding.about(about)
    }

    /// Browsers send a form without asking, and keep the answer from the page if it does not let it in.
    fn is_simple(&self) -> bool {
        self.asked.method == "POST" && self.asked.headers.is_empty()
    }

    async fn simple(&self) -> Finding {
        let target = self.ground.public.bucket(self.ground.bucket());
        let order = Order {
            headers: &[("origin", self.asked.origin)],
            ..Order::new("POST", &target)
        };
        let sent = tried::stranger(self.ground, order).await;
        let answered = match sent {
            Ok(reply) => answered(&reply),
            Err(why) => return Finding::skipped(Check::CorsPreflight, why),
        };
        if allows_origin(self.asked.origin, &answered) {
            return Finding::yes(
                Check::CorsPreflight,
                "sent without asking, and its answer can be read",
            );
        }
        // Many storages leave the headers out where they refuse, as they do here, so the rules have to say it.
        let Rules::Known(found) = self.rules else {
            return Finding::skipped(
                Check::CorsPreflight,
                "a form is sent without asking; whether its answer can be read, only an answer to a right one shows",
            );
        };
        match found.explain(&self.asked).mismatches.first() {
            None => Finding::yes(
                Check::CorsPreflight,
                "sent without asking, and a rule allows it",
            ),
            Some(mismatch) => Finding::no(
                Check::CorsPreflight,
                answered.shown(),
                self.of_rule(mismatch),
            ),
        }
    }

    async fn preflight(&self) -> Finding {
        let (reply, answered) = match self.ask(&self.asked).await {
            Ok(reply) => {
                let answered = answered(&reply);
                (reply, answered)
            }
            Err(why) => return Finding::skipped(Check::CorsPreflight, why),
        };
        let judged = preflight::judge(&self.asked, &answered);
        if judged == Judged::Allowed {
            return Finding::yes(
                Check::CorsPreflight,
                format!("allowed, for {}", self.way.of),
            );
        }
        let because = match judged {
            Judged::Failing => {
                return Finding::skipped(
                    Check::CorsPreflight,
                    format!("the storage failed: {}", reply.shown()),
                );
            }
            Judged::Redirected => redirected(&reply),
            judged => self.why(&judged, &answered).await,
        };
        Finding::no(Check::CorsPreflight, answered.shown(), because)
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
    async fn why(&self, judged: &Judged<'_>, answered: &Answered) -> Because {
        if let Rules::Known(found) = self.rules {
            return match found.explain(&self.asked).mismatches.first() {
                Some(mismatch) => self.of_rule(mismatch),
                None => self.between(answered),
            };
        }
        if matches!(self.rules, Rules::NotOffered(_)) {
            return because(
                "no_cors",
                "this storage knows no CORS rules, and lets no page in by itself",
                "put a proxy before it that answers OPTIONS and adds `access-control-allow-origin` to every answer (nginx: add_header \
                 … always), or let the files go through the service: PUT /v1/proxy/{preset}/{fileName}",
            );
        }
        let (origin, method) = (self.asked.origin, self.asked.method);
        match judged {
            Judged::OtherMethod => self.missing(
                "method_missing",
                format!("pages of `{origin}` may not {method}"),
            ),
            Judged::OtherHeaders(names) => self.lacking(names),
            Judged::OtherOrigin
                if answered
                    .allow_origin
                    .as_deref()
                    .is_some_and(|allowed| allowed.contains(',')) =>
            {
                self.between(answered)
            }
            _ => self.narrow().await,
        }
    }

    /// Which part is missing, found by asking for less.
    async fn narrow(&self) -> Because {
        let (origin, method) = (self.asked.origin, self.asked.method);
        if self.asked.headers.is_empty() || !self.may(method, &[]).await {
            for other in ["GET", "PUT", "POST", "DELETE", "HEAD"] {
                if other != method && self.may(other, &[]).await {
                    return self.missing(
                        "method_missing",
                        format!("pages of `{origin}` may {other} and not {method}"),
                    );
                }
            }
            return self.missing(
                "origin_missing",
                format!("no rule lets pages of `{origin}` in"),
            );
        }
        let mut missing = Vec::new();
        for name in &self.asked.headers {
            if !self.may(method, &[name]).await {
                missing.push(*name);
            }
        }
        self.lacking(if missing.is_empty() {
            &self.asked.headers
        } else {
            &missing
        })
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

    fn lacking(&self, names: &[&str]) -> Because {
        let (origin, method) = (self.asked.origin, self.asked.method);
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let text = format!(
            "pages of `{origin}` may {method} and not send {}",
            names.join(", ")
        );
        self.missing("header_missing", text)
    }

    fn missing(&self, code: &'static str, text: String) -> Because {
        because(code, text, self.apply())
    }

    fn of_rule(&self, mismatch: &Mismatch) -> Because {
        let fix = format!("{}\n{}", mismatch.change(), self.apply());
        because(mismatch.cause.code(), mismatch.to_string(), fix)
    }

    /// The rules allow it, and yet it is refused.
    fn between(&self, answered: &Answered) -> Because {
        let allowed = answered.allow_origin.as_deref().unwrap_or_default();
        if allowed.contains(',') {
            return because(
                "header_twice",
                format!(
                    "`access-control-allow-origin` comes twice (`{allowed}`): from the storage and from a proxy before it"
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

    /// The command that adds what is missing.
    fn apply(&self) -> String {
        super::apply(
            self.ground.case,
            &[self.asked.origin],
            std::slice::from_ref(self.way),
        )
    }
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
