//! Makes JSON Web Tokens as issuers do, and as attackers do. The keys were made for these tests alone.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dropslip_service::{Config, ConfigError, Given};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use crate::app::{Answer, App, PRESETS, START, keys};

pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A key that an issuer signs with.
#[derive(Clone, Copy)]
pub(crate) struct Issuer {
    pub(crate) alg: &'static str,
    algorithm: Algorithm,
    private: &'static str,
    pub(crate) public: &'static str,
}

macro_rules! issuer {
    ($alg:literal, $algorithm:ident, $name:literal) => {
        Issuer {
            alg: $alg,
            algorithm: Algorithm::$algorithm,
            private: include_str!(concat!("jwt_keys/", $name, ".pem")),
            public: include_str!(concat!("jwt_keys/", $name, ".pub.pem")),
        }
    };
}

pub(crate) const RSA_ONE: Issuer = issuer!("RS256", RS256, "rsa_one");
pub(crate) const RSA_TWO: Issuer = issuer!("RS256", RS256, "rsa_two");
pub(crate) const RSA_SMALL: Issuer = issuer!("RS256", RS256, "rsa_small");
pub(crate) const P256: Issuer = issuer!("ES256", ES256, "p256");
pub(crate) const P384: Issuer = issuer!("ES384", ES384, "p384");
pub(crate) const ED25519: Issuer = issuer!("EdDSA", EdDSA, "ed25519");
pub(crate) const SHARED: Issuer = Issuer {
    alg: "HS256",
    algorithm: Algorithm::HS256,
    private: SECRET,
    public: SECRET,
};

impl Issuer {
    fn key(self) -> EncodingKey {
        let bytes = self.private.as_bytes();
        match self.algorithm {
            Algorithm::HS256 => EncodingKey::from_secret(bytes),
            Algorithm::RS256 => EncodingKey::from_rsa_pem(bytes).unwrap(),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(bytes).unwrap(),
            _ => EncodingKey::from_ec_pem(bytes).unwrap(),
        }
    }

    /// Signs whatever header and claims these are.
    pub(crate) fn sign(self, header: &str, claims: &str) -> String {
        sign(header, claims, &self.key(), self.algorithm)
    }

    /// Signs claims with the usual header.
    pub(crate) fn token(self, claims: &Value) -> String {
        let header = json!({"alg": self.alg, "typ": "JWT"});
        self.sign(&header.to_string(), &claims.to_string())
    }

    /// The same with the id of the key.
    pub(crate) fn token_of(self, id: &str, claims: &Value) -> String {
        let header = json!({"alg": self.alg, "kid": id});
        self.sign(&header.to_string(), &claims.to_string())
    }

    /// Its public key, as key sets have it.
    pub(crate) fn jwk(self, id: &str) -> Value {
        let mut jwk =
            serde_json::to_value(Jwk::from_encoding_key(&self.key(), self.algorithm).unwrap())
                .unwrap();
        jwk["kid"] = json!(id);
        jwk["use"] = json!("sig");
        jwk
    }

    /// `[auth.jwt]` with its key.
    pub(crate) fn config(self, more: &str) -> String {
        let field = if self.alg == "HS256" {
            "secret"
        } else {
            "publicKey"
        };
        format!(
            "[auth.jwt]\n{field} = '''{}'''\n{CHECKED}\n{more}",
            self.public
        )
    }
}

pub(crate) const CHECKED: &str = "issuer = \"https://issuer.example\"\naudience = \"uploads\"";

pub(crate) fn sign(header: &str, claims: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let (header, claims) = (
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims),
    );
    let message = format!("{header}.{claims}");
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// Claims that hold for a quarter of an hour.
pub(crate) fn claims() -> Value {
    json!({"sub": "anna", "iss": "https://issuer.example", "aud": "uploads", "exp": START + 900})
}

/// The same with others, and without those that are null.
pub(crate) fn claims_with(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// The checked settings, or why they are refused. `text` has further sections.
pub(crate) fn configured(text: &str) -> Result<dropslip_service::Settings, ConfigError> {
    let storage = "[storage]\nregion = \"us-east-1\"\nendpoint = \"http://127.0.0.1:1\"\n";
    let given = Given {
        storage_keys: Some(keys()),
        ..Given::default()
    };
    Config::parse(&format!("{storage}{text}\n{PRESETS}"))?.check(given)
}

pub(crate) fn app(text: &str) -> App {
    App::of(configured(text).unwrap_or_else(|error| panic!("{error}\n{text}")))
}

/// A call with these headers to a host that is not this machine.
pub(crate) async fn call(
    app: &App,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "up.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    app.send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

/// A call that changes nothing, with a token.
pub(crate) async fn look(app: &App, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let answer = call(
        app,
        Method::GET,
        "/v1/presets",
        &[("authorization", &bearer)],
        "",
    )
    .await;
    assert!(
        !answer.text.contains(token) || token.len() < 8,
        "{}",
        answer.text
    );
    answer
}

/// Issues an upload of a few bytes.
pub(crate) async fn create(app: &App, headers: &[(&str, &str)], changes: Value) -> Answer {
    let mut body =
        json!({"preset": "photo", "fileName": "x.png", "contentType": "image/png", "size": 3});
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    call(app, Method::POST, "/v1/uploads", headers, &body.to_string()).await
}

/// A token that holds.
pub(crate) async fn passes(app: &App, token: &str) {
    let answer = look(app, token).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

/// A refusal of a token, with these words.
#[track_caller]
pub(crate) fn refused(answer: &Answer, words: &[&str]) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    answer.expect_problem("invalid_token", words);
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer error=\"invalid_token\""
    );
}
