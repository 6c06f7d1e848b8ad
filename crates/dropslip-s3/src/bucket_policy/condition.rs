//! One condition of a statement: an operator, a key and values.
//!
//! Source: [Condition operators](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html)
//! and [keys with several values](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html).

use std::cmp::Ordering;
use std::net::IpAddr;

use super::evaluate::Values;
use super::key::ConditionKey;
use super::pattern::{Pattern, Syntax};
use super::value::{Network, number, seconds, truth};

/// How values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text { like: bool, fold: bool },
    Number(Compared),
    Date(Compared),
    Bool,
    Ip,
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compared {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Compared {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// What a key with several values must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    Plain,
    Any,
    All,
}

/// An operator such as `ForAnyValue:StringNotLikeIfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    kind: Kind,
    negated: bool,
    quantity: Quantity,
    if_exists: bool,
}

const TEXT: Kind = Kind::Text {
    like: false,
    fold: false,
};
const FOLDED: Kind = Kind::Text {
    like: false,
    fold: true,
};
const LIKE: Kind = Kind::Text {
    like: true,
    fold: false,
};

/// Every operator, and whether it holds where its values do not.
const OPERATORS: &[(&str, Kind, bool)] = &[
    ("StringEquals", TEXT, false),
    ("StringNotEquals", TEXT, true),
    ("StringEqualsIgnoreCase", FOLDED, false),
    ("StringNotEqualsIgnoreCase", FOLDED, true),
    ("StringLike", LIKE, false),
    ("StringNotLike", LIKE, true),
    ("NumericEquals", Kind::Number(Compared::Equal), false),
    ("NumericNotEquals", Kind::Number(Compared::Equal), true),
    ("NumericLessThan", Kind::Number(Compared::Less), false),
    (
        "NumericLessThanEquals",
        Kind::Number(Compared::LessOrEqual),
        false,
    ),
    ("NumericGreaterThan", Kind::Number(Compared::Greater), false),
    (
        "NumericGreaterThanEquals",
        Kind::Number(Compared::GreaterOrEqual),
        false,
    ),
    ("DateEquals", Kind::Date(Compared::Equal), false),
    ("DateNotEquals", Kind::Date(Compared::Equal), true),
    ("DateLessThan", Kind::Date(Compared::Less), false),
    (
        "DateLessThanEquals",
        Kind::Date(Compared::LessOrEqual),
        false,
    ),
    ("DateGreaterThan", Kind::Date(Compared::Greater), false),
    (
        "DateGreaterThanEquals",
        Kind::Date(Compared::GreaterOrEqual),
        false,
    ),
    ("Bool", Kind::Bool, false),
    ("BinaryEquals", TEXT, false),
    ("IpAddress", Kind::Ip, false),
    ("NotIpAddress", Kind::Ip, true),
    ("ArnEquals", LIKE, false),
    ("ArnLike", LIKE, false),
    ("ArnNotEquals", LIKE, true),
    ("ArnNotLike", LIKE, true),
    ("Null", Kind::Null, false),
];

impl Operator {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (quantity, rest) = match text.split_once(':') {
            Some(("ForAnyValue", rest)) => (Quantity::Any, rest),
            Some(("ForAllValues", rest)) => (Quantity::All, rest),
            Some(_) => return None,
            None => (Quantity::Plain, text),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let (_, kind, negated) = OPERATORS.iter().find(|(known, ..)| *known == name)?;
        let is_null = *kind == Kind::Null;
        if is_null && (if_exists || quantity != Quantity::Plain) {
            return None;
        }
        Some(Self {
            kind: *kind,
            negated: *negated,
            quantity,
            if_exists,
        })
    }
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(Pattern),
    Number(f64),
    Seconds(i64),
    Truth(bool),
    Network(Network),
}

impl Value {
    fn parse(kind: Kind, text: &str, variables: bool) -> Option<Self> {
        match kind {
            Kind::Text { like: wild, .. } => {
                let pattern = Pattern::parse(text, Syntax { wild, variables }).ok()?;
                Some(Self::Text(pattern))
            }
            Kind::Number(_) => number(text).map(Self::Number),
            Kind::Date(_) => seconds(text).map(Self::Seconds),
            Kind::Bool | Kind::Null => truth(text).map(Self::Truth),
            Kind::Ip => Network::parse(text).map(Self::Network),
        }
    }

    /// Whether what a request has is so. What is not of the kind is not so.
    fn holds(&self, kind: Kind, got: &str, values: Values<'_>) -> bool {
        match (self, kind) {
            (Self::Text(pattern), Kind::Text { fold: true, .. }) => {
                pattern.fits_ignoring_case(got, values)
            }
            (Self::Text(pattern), _) => pattern.fits(got, values),
            (Self::Number(wanted), Kind::Number(compared)) => number(got)
                .and_then(|got| got.partial_cmp(wanted))
                .is_some_and(|order| compared.holds(order)),
            (Self::Seconds(wanted), Kind::Date(compared)) => {
                seconds(got).is_some_and(|got| compared.holds(got.cmp(wanted)))
            }
            (Self::Truth(wanted), _) => truth(got) == Some(*wanted),
            (Self::Network(network), _) => {
                let address = got.parse::<IpAddr>();
                address.is_ok_and(|address| network.has(address))
            }
            _ => false,
        }
    }

    fn is_fixed(&self) -> bool {
        match self {
            Self::Text(pattern) => pattern.is_fixed(),
            Self::Network(network) => network.is_narrow(),
            Self::Number(_) | Self::Seconds(_) | Self::Truth(_) => false,
        }
    }
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    operator: Operator,
    key: ConditionKey,
    values: Vec<Value>,
}

impl Condition {
    /// Puts a condition together. The error is the value that the operator cannot compare.
    pub(super) fn new(
        operator: Operator,
        key: ConditionKey,
        texts: &[String],
        variables: bool,
    ) -> Result<Self, String> {
        let values = texts
            .iter()
            .map(|text| Value::parse(operator.kind, text, variables).ok_or_else(|| text.clone()));
        Ok(Self {
            operator,
            key,
            values: values.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn key(&self) -> &ConditionKey {
        &self.key
    }

    /// Whether it holds for a request.
    pub(super) fn holds(&self, values: Values<'_>) -> bool {
        let Operator {
            kind,
            negated,
            quantity,
            if_exists,
        } = self.operator;
        let got = values(&self.key).filter(|got| !got.is_empty());
        if kind == Kind::Null {
            let absent = Value::Truth(got.is_none());
            return self.values.contains(&absent);
        }
        let Some(got) = got else {
            return if_exists
                || match quantity {
                    Quantity::Plain => negated,
                    Quantity::Any => false,
                    Quantity::All => true,
                };
        };
        let is_one = |got: &String| {
            let mut wanted = self.values.iter();
            wanted.any(|wanted| wanted.holds(kind, got, values))
        };
        match quantity {
            Quantity::Plain => got.iter().any(is_one) != negated,
            Quantity::Any => got.iter().any(|got| is_one(got) != negated),
            Quantity::All => got.iter().all(|got| is_one(got) != negated),
        }
    }

    /// Whether it says who may come, and nothing open: then an allowance for everybody
    /// is none for the public.
    pub(super) fn fixes_who(&self) -> bool {
        let Operator {
            kind,
            negated,
            quantity,
            if_exists,
        } = self.operator;
        let is_kind = matches!(kind, Kind::Text { .. } | Kind::Ip);
        let is_strict = !negated && !if_exists && quantity != Quantity::All;
        is_kind && is_strict && self.key.fixes_who() && self.values.iter().all(Value::is_fixed)
    }
}
