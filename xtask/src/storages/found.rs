//! What the doctor found at one storage: the part that does not change from run to run.

use serde_json::{Map, Value, json};

/// Steps that say something of this machine and of how the storage was started, and nothing of the storage.
const OF_THE_MACHINE: &[&str] = &["address", "tls", "clock", "public"];

/// How a step ended, the worst first: a step may be made more than once.
const ANSWERS: &[&str] = &["no", "not-offered", "yes", "skipped"];

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) id: String,
    pub(super) title: String,
    /// One of [`ANSWERS`].
    pub(super) answer: String,
    /// The code of the cause of a no.
    pub(super) cause: Option<String>,
}

/// What was found at one storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) version: String,
    /// In the doctor's order.
    pub(super) steps: Vec<Step>,
    /// What `storage.can` of a service would say.
    pub(super) can: Map<String, Value>,
}

impl Found {
    /// Reads what `dropslip doctor --json` printed.
    pub(super) fn read(version: &str, printed: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(printed).map_err(|error| error.to_string())?;
        let report = value["reports"].get(0).ok_or("no report")?;
        let mut steps: Vec<Step> = Vec::new();
        for check in list(&report["checks"]) {
            let step = Step::of(check)?;
            if OF_THE_MACHINE.contains(&step.id.as_str()) {
                continue;
            }
            match steps.iter_mut().find(|other| other.id == step.id) {
                Some(other) if step.weight() < other.weight() => *other = step,
                Some(_) => {}
                None => steps.push(step),
            }
        }
        Ok(Self {
            version: version.to_owned(),
            steps,
            can: report["can"].as_object().cloned().unwrap_or_default(),
        })
    }

    /// Adds what a service did with the storage: lines of a name, an answer and a title, with tabs between.
    pub(super) fn with_served(mut self, printed: &str) -> Result<Self, String> {
        let before = self.steps.len();
        for line in printed.lines() {
            let [id, answer, title] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err(format!("`{line}` has no three columns"));
            };
            self.steps.push(Step::of(
                &json!({"id": id, "answer": answer, "title": title}),
            )?);
        }
        match self.steps.len() > before {
            true => Ok(self),
            false => Err("it printed nothing".to_owned()),
        }
    }

    /// Reads what [`Found::to_json`] gave.
    pub(super) fn from_json(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Ok(Self {
            version: text_of(&value["version"])?,
            steps: list(&value["checks"])
                .iter()
                .map(Step::of)
                .collect::<Result<_, _>>()?,
            can: value["can"].as_object().cloned().ok_or("no `can`")?,
        })
    }

    /// The text of its file.
    pub(super) fn to_json(&self) -> String {
        let steps: Vec<String> = self
            .steps
            .iter()
            .map(|step| format!("    {}", step.to_json()))
            .collect();
        let (version, can) = (json!(self.version), json!(self.can));
        // A line for each step, so that a change shows which.
        let steps = steps.join(",\n");
        format!(
            "{{\n  \"version\": {version},\n  \"can\": {can},\n  \"checks\": [\n{steps}\n  ]\n}}\n"
        )
    }

    /// One line: how many steps ended how.
    pub(super) fn summary(&self) -> String {
        let count = |answer: &str| {
            self.steps
                .iter()
                .filter(|step| step.answer == answer)
                .count()
        };
        let counts = ["yes", "no", "not-offered", "skipped"];
        let counts = counts.map(|answer| format!("{} {}", count(answer), answer.replace('-', " ")));
        format!("{}: {}", self.version, counts.join(", "))
    }

    /// The step of that name.
    pub(super) fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// In what another run differs.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for step in &other.steps {
            let was = self.step(&step.id);
            if was != Some(step) {
                let was = was.map_or("missing", |step| step.answer.as_str());
                found.push(format!("`{}` was {was} and is {}", step.id, step.answer));
            }
        }
        for step in &self.steps {
            if other.step(&step.id).is_none() {
                found.push(format!("`{}` is missing", step.id));
            }
        }
        if self.version != other.version {
            found.push(format!(
                "version {} and not {}",
                other.version, self.version
            ));
        }
        if self.can != other.can {
            found.push("`can` is another".to_owned());
        }
        found
    }
}

impl Step {
    /// Reads the doctor's object, or that of a file.
    fn of(value: &Value) -> Result<Self, String> {
        let answer = text_of(&value["answer"])?;
        if !ANSWERS.contains(&answer.as_str()) {
            return Err(format!("`{answer}` is no answer"));
        }
        let cause = value["cause"]["code"].as_str().or(value["cause"].as_str());
        Ok(Self {
            id: text_of(&value["id"])?,
            title: text_of(&value["title"])?,
            answer,
            cause: cause.map(str::to_owned),
        })
    }

    fn to_json(&self) -> Value {
        let mut value = json!({"id": self.id, "title": self.title, "answer": self.answer});
        if let Some(cause) = &self.cause {
            value["cause"] = json!(cause);
        }
        value
    }

    fn weight(&self) -> Option<usize> {
        ANSWERS.iter().position(|answer| *answer == self.answer)
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text_of(value: &Value) -> Result<String, String> {
    let text = value
        .as_str()
        .ok_or_else(|| format!("`{value}` is no text"))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = r#"{"reports": [{"storage": {}, "can": {"post": true}, "checks": [
        {"id": "tls", "title": "TLS", "answer": "not-offered", "detail": "", "cause": null},
        {"id": "put", "title": "Presigned PUT", "answer": "yes", "detail": "4 ms", "cause": null},
        {"id": "cors", "title": "Preflight", "answer": "yes", "about": "PUT", "cause": null},
        {"id": "cors", "title": "Preflight", "answer": "no", "about": "GET", "cause": {"code": "x", "text": ""}},
        {"id": "cors", "title": "Preflight", "answer": "skipped", "about": "POST", "cause": null}]}]}"#;

    #[test]
    fn keeps_what_does_not_change() {
        let found = Found::read("1.2", PRINTED).unwrap();
        assert_eq!(
            found.summary(),
            "1.2: 1 yes, 1 no, 0 not offered, 0 skipped"
        );
        assert_eq!(found.step("cors").unwrap().cause.as_deref(), Some("x"));
        assert_eq!(found.step("tls"), None);
        assert_eq!(Found::from_json(&found.to_json()), Ok(found));
    }

    #[test]
    fn what_a_service_did() {
        let found = Found::read("1", PRINTED).unwrap();
        let served = found
            .clone()
            .with_served("serve-put\tyes\ta PUT\nserve-post\tno\ta form\n");
        let served = served.unwrap();
        assert_eq!(served.step("serve-put").unwrap().title, "a PUT");
        assert_eq!(served.summary(), "1: 2 yes, 2 no, 0 not offered, 0 skipped");
        for wrong in ["", "serve-put yes", "serve-put\tperhaps\ta PUT"] {
            assert!(found.clone().with_served(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tells_differences() {
        let found = Found::read("1.2", PRINTED).unwrap();
        assert!(found.differences(&found).is_empty());
        let other = Found::read(
            "1.3",
            &PRINTED.replace("\"yes\", \"detail\"", "\"no\", \"detail\""),
        );
        let mut other = other.unwrap();
        other.steps.remove(1);
        other.can.clear();
        assert_eq!(
            found.differences(&other),
            [
                "`put` was yes and is no",
                "`cors` is missing",
                "version 1.3 and not 1.2",
                "`can` is another"
            ]
        );
    }

    #[test]
    fn refuses_what_the_doctor_does_not_print() {
        for wrong in [
            "",
            "{}",
            r#"{"reports": []}"#,
            &PRINTED.replace("skipped", "perhaps"),
        ] {
            assert!(Found::read("1", wrong).is_err(), "{wrong}");
            assert!(Found::from_json(wrong).is_err(), "{wrong}");
        }
    }
}
