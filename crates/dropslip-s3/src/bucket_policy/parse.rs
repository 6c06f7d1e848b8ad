//! Reading a policy.
//!
//! The messages are those that S3 gives; what they leave open is in the detail.

use super::action::{ActionSet, Level};
use super::condition::{Condition, Operator};
use super::key::ConditionKey;
use super::principal::{Principal, Principals};
use super::resource::{Resource, Resources};
use super::{BucketPolicy, MalformedPolicy, Statement};
use crate::json::Json;
use crate::limits::BUCKET_POLICY_BYTES_MAX;
use crate::name::BucketName;

type Result<T> = std::result::Result<T, MalformedPolicy>;

impl BucketPolicy {
    /// Reads the policy of a bucket.
    ///
    /// # Errors
    /// With S3's message and a detail that names the statement and the part of it.
    pub fn parse(text: &str, bucket: &BucketName) -> Result<Self> {
        let policy = Self::read(text)?;
        for (at, statement) in policy.statements.iter().enumerate() {
            if !statement.resources.are_of(bucket.as_str()) {
                let detail = format!("{}: a resource is of another bucket", policy.name_of(at));
                return Err(MalformedPolicy::new("Policy has invalid resource", detail));
            }
        }
        Ok(policy)
    }

    /// Reads a policy, of whatever bucket.
    pub(super) fn read(text: &str) -> Result<Self> {
        if text.len() > BUCKET_POLICY_BYTES_MAX {
            let detail = format!("{} of at most {BUCKET_POLICY_BYTES_MAX} bytes", text.len());
            let message = "Policy exceeds the maximum allowed document size.";
            return Err(MalformedPolicy::new(message, detail));
        }
        let not_json = "Policies must be valid JSON and the first byte must be '{'";
        if !text.starts_with('{') {
            return Err(MalformedPolicy::new(
                not_json,
                "it begins with something else",
            ));
        }
        let json: Json = serde_json::from_str(text)
            .map_err(|error| MalformedPolicy::new(not_json, error.to_string()))?;
        let mut members = Members::of(json, "the policy")?;
        let variables = match members.take("Version") {
            None => false,
            Some(Json::Text(version)) if version == "2008-10-17" => false,
            Some(Json::Text(version)) if version == "2012-10-17" => true,
            Some(other) => {
                let detail = format!("{other} is neither \"2012-10-17\" nor \"2008-10-17\"");
                let message = "The policy must contain a valid version string";
                return Err(MalformedPolicy::new(message, detail));
            }
        };
        let _id = members.text("Id")?;
        let statements = match members.take("Statement") {
            None => return Err(missing("Statement", "the policy")),
            Some(Json::List(list)) => list,
            Some(one) => vec![one],
        };
        members.end()?;
        if statements.is_empty() {
            let message = "Could not parse the policy: Statement is empty!";
            return Err(MalformedPolicy::new(message, "it has no statement"));
        }
        let statements = statements.into_iter().enumerate();
        let statements = statements.map(|(at, json)| statement(json, at, variables));
        let policy = Self {
            text: text.to_owned(),
            statements: statements.collect::<Result<_>>()?,
        };
        policy.check_sids()?;
        Ok(policy)
    }

    fn check_sids(&self) -> Result<()> {
        let sids = || self.statements.iter().filter_map(|s| s.sid.as_deref());
        for (at, sid) in sids().enumerate() {
            if sids().take(at).any(|before| before == sid) {
                let message = "Statement IDs (SID) in a single policy must be unique.";
                let detail = format!("`{}` is there twice", sid.escape_debug());
                return Err(MalformedPolicy::new(message, detail));
            }
        }
        Ok(())
    }
}

fn statement(json: Json, at: usize, variables: bool) -> Result<Statement> {
    let place = format!("statement {}", at + 1);
    let mut members = Members::of(json, &place)?;
    let sid = members.text("Sid")?;
    let allows = match members.take("Effect") {
        None => return Err(missing("Effect", &place)),
        Some(Json::Text(effect)) if effect == "Allow" => true,
        Some(Json::Text(effect)) if effect == "Deny" => false,
        Some(other) => {
            let text = plain(&other);
            let message = format!("Invalid effect: {text}");
            return Err(MalformedPolicy::new(
                message,
                format!("{place}: Allow or Deny"),
            ));
        }
    };
    let principals = match members.either("Principal", "NotPrincipal")? {
        (_, true) if allows => {
            let message = "Allow with NotPrincipal is not allowed";
            return Err(MalformedPolicy::new(message, place));
        }
        (json, all_but) => Principals {
            list: principals(json, &place)?,
            all_but,
        },
    };
    let (json, all_but) = members.either("Action", "NotAction")?;
    let actions = actions(json, &place)?;
    let (json, all_resources_but) = members.either("Resource", "NotResource")?;
    let resources = Resources {
        list: resources(json, &place, variables)?,
        all_but: all_resources_but,
    };
    let actions = if all_but {
        all_of(&actions).others()
    } else {
        check_apply(&actions, &resources, &place)?;
        all_of(&actions)
    };
    let conditions = match members.take("Condition") {
        None => Vec::new(),
        Some(json) => conditions(json, &place, variables)?,
    };
    let mut keys = conditions.iter().map(Condition::key);
    if let Some(key) = keys.find(|key| !key.applies_to(actions)) {
        let message =
            "Conditions do not apply to combination of actions and resources in statement";
        let detail = format!("{place}: only lists have `{}`", key.name());
        return Err(MalformedPolicy::new(message, detail));
    }
    members.end()?;
    Ok(Statement {
        sid,
        allows,
        principals,
        actions,
        resources,
        conditions,
    })
}

fn principals(json: Json, place: &str) -> Result<Vec<Principal>> {
    let invalid = |text: &str| {
        let detail = format!("{place}: `{}`", text.escape_debug());
        MalformedPolicy::new("Invalid principal in policy", detail)
    };
    let members = match json {
        Json::Text(text) if text == "*" => return Ok(vec![Principal::Everybody]),
        Json::Object(members) if !members.is_empty() => members,
        other => return Err(invalid(&plain(&other))),
    };
    let mut list = Vec::new();
    for (kind, json) in members {
        let texts = texts(json).ok_or_else(|| invalid(&kind))?;
        for text in texts {
            let principal = match kind.as_str() {
                "AWS" => Principal::parse_aws(&text),
                "CanonicalUser" => match Principal::parse_aws(&text) {
                    Some(id @ Principal::CanonicalId(_)) => Some(id),
                    _ => None,
                },
                "Service" | "Federated" if !text.is_empty() => Some(Principal::Nobody),
                _ => None,
            };
            list.push(principal.ok_or_else(|| invalid(&text))?);
        }
    }
    Ok(list)
}

fn actions(json: Json, place: &str) -> Result<Vec<ActionSet>> {
    let invalid = |text: &str| {
        let detail = format!("{place}: `{}` is no action of S3", text.escape_debug());
        MalformedPolicy::new("Policy has invalid action", detail)
    };
    let shown = plain(&json);
    let names = texts(json).ok_or_else(|| invalid(&shown))?;
    let sets = names.iter().map(|name| {
        let set = ActionSet::of_pattern(name);
        if set.is_empty() {
            Err(invalid(name))
        } else {
            Ok(set)
        }
    });
    sets.collect()
}

fn all_of(sets: &[ActionSet]) -> ActionSet {
    sets.iter()
        .copied()
        .fold(ActionSet::default(), ActionSet::with)
}

/// Each action must be able to be about one of the resources.
fn check_apply(actions: &[ActionSet], resources: &Resources, place: &str) -> Result<()> {
    let levels = [Level::Bucket, Level::Object];
    let applies = |set: &ActionSet| {
        let mut levels = levels.into_iter();
        levels.any(|level| set.has_level(level) && resources.can_be(level))
    };
    if actions.iter().all(applies) {
        return Ok(());
    }
    let message = "Action does not apply to any resource(s) in statement";
    let detail = format!(
        "{place}: actions on the bucket need `arn:aws:s3:::BUCKET`, actions on objects `arn:aws:s3:::BUCKET/*`"
    );
    Err(MalformedPolicy::new(message, detail))
}

fn resources(json: Json, place: &str, variables: bool) -> Result<Vec<Resource>> {
    let invalid = |text: &str| {
        let detail = format!(
            "{place}: `{}` is not of the form `arn:aws:s3:::BUCKET/KEY`",
            text.escape_debug()
        );
        MalformedPolicy::new("Policy has invalid resource", detail)
    };
    let shown = plain(&json);
    let names = texts(json).ok_or_else(|| invalid(&shown))?;
    let read = names
        .iter()
        .map(|name| Resource::parse(name, variables).ok_or_else(|| invalid(name)));
    read.collect()
}

fn conditions(json: Json, place: &str, variables: bool) -> Result<Vec<Condition>> {
    let wrong = |message: String, what: &str| {
        MalformedPolicy::new(message, format!("{place}: `{}`", what.escape_debug()))
    };
    let Json::Object(operators) = json else {
        return Err(wrong("Invalid policy syntax.".to_owned(), &plain(&json)));
    };
    let mut conditions = Vec::new();
    for (name, json) in operators {
        let operator = Operator::parse(&name)
            .ok_or_else(|| wrong(format!("Invalid Condition type : {name}"), &name))?;
        let Json::Object(keys) = json else {
            return Err(wrong("Invalid policy syntax.".to_owned(), &name));
        };
        for (key_name, json) in keys {
            let invalid_key = || wrong("Policy has an invalid condition key".to_owned(), &key_name);
            let key = ConditionKey::parse(&key_name).ok_or_else(invalid_key)?;
            let invalid_value =
                |text: &str| wrong(format!("Invalid value for condition {name}"), text);
            let shown = plain(&json);
            let texts = scalars(json).ok_or_else(|| invalid_value(&shown))?;
            let condition = Condition::new(operator, key, &texts, variables);
            conditions.push(condition.map_err(|text| invalid_value(&text))?);
        }
    }
    Ok(conditions)
}

/// The members of an object, each to be taken once.
struct Members<'a> {
    all: Vec<(String, Json)>,
    place: &'a str,
}

impl<'a> Members<'a> {
    fn of(json: Json, place: &'a str) -> Result<Self> {
        let Json::Object(all) = json else {
            let detail = format!("{place} is no object");
            return Err(MalformedPolicy::new("Invalid policy syntax.", detail));
        };
        for (at, (name, _)) in all.iter().enumerate() {
            if all[..at].iter().any(|(before, _)| before == name) {
                let detail = format!("{place} has two `{}`", name.escape_debug());
                return Err(MalformedPolicy::new("Invalid policy syntax.", detail));
            }
        }
        Ok(Self { all, place })
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        let at = self.all.iter().position(|(known, _)| known == name)?;
        Some(self.all.remove(at).1)
    }

    fn text(&mut self, name: &str) -> Result<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => {
                let detail = format!("{}: `{name}` is no text", self.place);
                Err(MalformedPolicy::new("Invalid policy syntax.", detail))
            }
        }
    }

    /// One of two members that exclude each other; whether it is the second.
    fn either(&mut self, name: &str, not: &str) -> Result<(Json, bool)> {
        match (self.take(name), self.take(not)) {
            (Some(json), None) => Ok((json, false)),
            (None, Some(json)) => Ok((json, true)),
            (None, None) => Err(missing(name, self.place)),
            (Some(_), Some(_)) => {
                let detail = format!("{} has both `{name}` and `{not}`", self.place);
                Err(MalformedPolicy::new("Invalid policy syntax.", detail))
            }
        }
    }

    fn end(self) -> Result<()> {
        match self.all.first() {
            None => Ok(()),
            Some((name, _)) => {
                let name = name.escape_debug();
                let detail = format!("{} has an unknown member `{name}`", self.place);
                Err(MalformedPolicy::new(
                    format!("Unknown field {name}"),
                    detail,
                ))
            }
        }
    }
}

fn missing(name: &str, place: &str) -> MalformedPolicy {
    let detail = format!("{place} has no `{name}`");
    MalformedPolicy::new(format!("Missing required field {name}"), detail)
}

/// A text or a list of them, at least one.
fn texts(json: Json) -> Option<Vec<String>> {
    let list = match json {
        Json::List(list) => list,
        one => vec![one],
    };
    let texts: Option<Vec<String>> = list
        .into_iter()
        .map(|json| match json {
            Json::Text(text) => Some(text),
            _ => None,
        })
        .collect();
    texts.filter(|texts| !texts.is_empty())
}

/// Texts, numbers and truths: one or a list of them, at least one.
fn scalars(json: Json) -> Option<Vec<String>> {
    let list = match json {
        Json::List(list) => list,
        one => vec![one],
    };
    let texts: Option<Vec<String>> = list
        .into_iter()
        .map(|json| match json {
            Json::Null | Json::List(_) | Json::Object(_) => None,
            scalar => Some(plain(&scalar)),
        })
        .collect();
    texts.filter(|texts| !texts.is_empty())
}

/// A value as it is shown: a text without its quotes.
fn plain(json: &Json) -> String {
    match json {
        Json::Text(text) => text.clone(),
        other => other.to_string(),
    }
}
