//! Calls with tokens: what holds, and every way in which one does not.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;

use crate::app::{API_KEY, START};
use crate::tokens::{
    ED25519, Issuer, P256, RSA_ONE, RSA_TWO, SECRET, SHARED, app, claims, claims_with, look,
    passes, refused, sign,
};

const ALL: [Issuer; 4] = [SHARED, RSA_ONE, P256, ED25519];

#[tokio::test]
async fn each_algorithm() {
    for issuer in ALL {
        let app = app(&issuer.config(""));
        passes(&app, &issuer.token(&claims())).await;
        passes(
            &app,
            &issuer.token_of("an id that the key has not", &claims()),
        )
        .await;
        for other in ALL.into_iter().filter(|other| other.alg != issuer.alg) {
            refused(
                &look(&app, &other.token(&claims())).await,
                &["`alg`", other.alg, issuer.alg],
            );
        }
    }
}

#[tokio::test]
async fn claims_that_hold() {
    let app = app(&SHARED.config(""));
    for changes in [
        json!({"aud": ["other", "uploads"]}),
        json!({"exp": START + 1}),
        json!({"exp": 1e12}),
        json!({"exp": START as f64 + 0.5}),
        json!({"nbf": START}),
        json!({"nbf": START + 30}),
        json!({"nbf": 0}),
        json!({"exp": START - 29}),
        json!({"iat": START + 10_000}),
        json!({"sub": 4711}),
        json!({"else": {"what": [1, null]}}),
    ] {
        passes(&app, &SHARED.token(&claims_with(changes))).await;
    }
}

#[tokio::test]
async fn claims_that_do_not_hold() {
    let app = app(&SHARED.config(""));
    for (changes, name) in [
        (json!({"exp": null}), "exp"),
        (json!({"exp": "tomorrow"}), "exp"),
        (json!({"exp": [START + 900]}), "exp"),
        (json!({"exp": true}), "exp"),
        (json!({"nbf": START + 31}), "nbf"),
        (json!({"nbf": "now"}), "nbf"),
        (json!({"aud": null}), "aud"),
        (json!({"aud": "other"}), "aud"),
        (json!({"aud": "uploads "}), "aud"),
        (json!({"aud": []}), "aud"),
        (json!({"aud": ["other", 7]}), "aud"),
        (json!({"aud": {"uploads": true}}), "aud"),
        (json!({"iss": null}), "iss"),
        (json!({"iss": "https://issuer.example/"}), "iss"),
        (json!({"iss": ["https://issuer.example"]}), "iss"),
        (json!({"sub": null}), "sub"),
        (json!({"sub": ""}), "sub"),
        (json!({"sub": {"id": 1}}), "sub"),
        (json!({"sub": "a\u{0}b"}), "sub"),
        (json!({"sub": "x".repeat(257)}), "sub"),
        (json!({"sub": 1.5}), "sub"),
    ] {
        let name = format!("`{name}`");
        refused(
            &look(&app, &SHARED.token(&claims_with(changes))).await,
            &[&name],
        );
    }
    for exp in [START - 30, START - 31, 0, -1] {
        let answer = look(&app, &SHARED.token(&claims_with(json!({"exp": exp})))).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        answer.expect_problem("token_expired", &["`exp`"]);
    }
}

#[tokio::test]
async fn time_ends_a_token() {
    let app = app(&SHARED.config("leeway = \"0s\""));
    let token = SHARED.token(&claims());
    app.wait_s(899);
    passes(&app, &token).await;
    app.wait_s(1);
    look(&app, &token)
        .await
        .expect_problem("token_expired", &["0 s"]);
}

/// What the unchecked say of themselves must not choose how they are checked.
#[tokio::test]
async fn headers_that_choose_their_own_check() {
    let app = app(&RSA_ONE.config(""));
    let claims = claims().to_string();
    passes(
        &app,
        &RSA_ONE.sign(
            r#"{"alg":"RS256","jku":"http://127.0.0.1:1/","x":1}"#,
            &claims,
        ),
    )
    .await;
    let unsigned = |header: &str| {
        format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(&claims)
        )
    };
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({"alg": alg}).to_string();
        refused(&look(&app, &unsigned(&header)).await, &["`alg`"]);
        refused(
            &look(&app, &RSA_ONE.sign(&header, &claims)).await,
            &["`alg`"],
        );
    }
}

#[tokio::test]
async fn keys_that_a_token_brings_along() {
    let app = app(&RSA_ONE.config(""));
    let claims = claims().to_string();
    let public = EncodingKey::from_secret(RSA_ONE.public.as_bytes());
    let confused = sign(r#"{"alg":"HS256"}"#, &claims, &public, Algorithm::HS256);
    refused(&look(&app, &confused).await, &["`alg` is `HS256`", "RS256"]);
    let own = json!({"alg": "RS256", "jwk": RSA_TWO.jwk("mine"), "kid": "mine"}).to_string();
    refused(
        &look(&app, &RSA_TWO.sign(&own, &claims)).await,
        &["signature"],
    );
    for header in [
        r#"{"alg":"RS256","crit":["exp"]}"#,
        r#"{"alg":"RS256","crit":[]}"#,
        r#"{"alg":"RS256","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"RS256","b64":true}"#,
    ] {
        refused(
            &look(&app, &RSA_ONE.sign(header, &claims)).await,
            &["`crit`"],
        );
    }
}

#[tokio::test]
async fn misshapen_headers() {
    let app = app(&RSA_ONE.config(""));
    let claims = claims().to_string();
    for header in [
        r#"{"alg":["RS256"]}"#,
        r#"{"alg":null}"#,
        r#"{"typ":"JWT"}"#,
        r#"["RS256"]"#,
        r#""RS256""#,
        "{}",
        "",
        r#"{"alg":"RS256","alg":"RS256"}"#,
        r#"{"alg":"RS256","kid":7}"#,
        r#"{"alg":"RS256""#,
        "\u{feff}{\"alg\":\"RS256\"}",
    ] {
        refused(
            &look(&app, &RSA_ONE.sign(header, &claims)).await,
            &["header"],
        );
    }
    for alg in [
        "RS512",
        "PS256",
        "ES256",
        "EdDSA",
        "rs256",
        "RS256 ",
        "HS512",
        &"x".repeat(5000),
    ] {
        let header = json!({"alg": alg}).to_string();
        refused(
            &look(&app, &RSA_ONE.sign(&header, &claims)).await,
            &["`alg`"],
        );
    }
    let header = json!({"alg": "RS256", "kid": "k".repeat(257)}).to_string();
    refused(
        &look(&app, &RSA_ONE.sign(&header, &claims)).await,
        &["`kid`"],
    );
}

#[tokio::test]
async fn another_key() {
    refused(
        &look(&app(&RSA_ONE.config("")), &RSA_TWO.token(&claims())).await,
        &["signature"],
    );
    let other = EncodingKey::from_secret(b"another secret of thirty-two bytes");
    let token = sign(
        r#"{"alg":"HS256"}"#,
        &claims().to_string(),
        &other,
        Algorithm::HS256,
    );
    refused(
        &look(&app(&SHARED.config("")), &token).await,
        &["signature"],
    );
}

#[tokio::test]
async fn any_altered_character() {
    let app = app(&ED25519.config(""));
    let token = ED25519.token(&claims());
    for at in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let answer = look(&app, std::str::from_utf8(&altered).unwrap()).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{at}: {}",
            answer.text
        );
    }
    for end in 0..token.len() {
        let answer = look(&app, &token[..end]).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{end}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn misshapen() {
    let app = app(&SHARED.config(""));
    let token = SHARED.token(&claims());
    let (message, signature) = token.rsplit_once('.').unwrap();
    for wrong in [
        "..".to_owned(),
        "a.b.c".to_owned(),
        format!("{message}."),
        format!("{message}=.{signature}"),
        format!("{message}.{signature}="),
        format!("{message}.{}", "A".repeat(43)),
        format!(" .{message}"),
        "e30.e30.e30".to_owned(),
    ] {
        let answer = look(&app, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
        answer.expect_problem("invalid_token", &[]);
    }
    // Without three parts it is no token at all, and nothing else is configured.
    for wrong in [signature, message, &format!("{token}.x.y"), "x"] {
        let answer = look(&app, wrong).await;
        answer.expect_problem("unauthorized", &["token"]);
    }
}

#[tokio::test]
async fn large_and_deep_tokens() {
    let app = app(&SHARED.config(""));
    let padded = |bytes: usize| SHARED.token(&claims_with(json!({"pad": "x".repeat(bytes)})));
    passes(&app, &padded(11_000)).await;
    for bytes in [16 * 1024, 100_000] {
        refused(&look(&app, &padded(bytes)).await, &["16384 bytes"]);
    }
    let base = claims().to_string();
    let deep = |levels: usize| {
        let nested = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        format!("{},\"deep\":{nested}}}", base.trim_end_matches('}'))
    };
    passes(&app, &SHARED.sign(r#"{"alg":"HS256"}"#, &deep(100))).await;
    refused(
        &look(&app, &SHARED.sign(r#"{"alg":"HS256"}"#, &deep(4000))).await,
        &["nested"],
    );
    let header = format!(
        r#"{{"alg":"HS256","x":{}1{}}}"#,
        "[".repeat(3000),
        "]".repeat(3000)
    );
    refused(&look(&app, &SHARED.sign(&header, &base)).await, &["header"]);
}

#[tokio::test]
async fn payloads_that_are_no_claims() {
    let app = app(&SHARED.config(""));
    for claims in ["", "null", "[]", "\"sub\"", "7", "{", "{}x", "\u{0}"] {
        refused(
            &look(&app, &SHARED.sign(r#"{"alg":"HS256"}"#, claims)).await,
            &["claims"],
        );
    }
    refused(
        &look(&app, &SHARED.sign(r#"{"alg":"HS256"}"#, "{}")).await,
        &["`exp`"],
    );
}

/// An API key beside tokens: back ends call with the one, users with the other.
#[tokio::test]
async fn keys_beside_tokens() {
    let app = app(&format!(
        "[auth]\napiKeys = [\"{API_KEY}\", \"a.key.with-dots-in-it\"]\n{}",
        SHARED.config("")
    ));
    passes(&app, API_KEY).await;
    passes(&app, "a.key.with-dots-in-it").await;
    passes(&app, &SHARED.token(&claims())).await;
    look(&app, "another-key-of-16")
        .await
        .expect_problem("unauthorized", &["API key"]);
    refused(&look(&app, "another.key.of-16").await, &[]);
}

#[tokio::test]
async fn claims_left_unchecked_when_it_is_said() {
    let app = app(&format!(
        "[auth.jwt]\nsecret = \"{SECRET}\"\nissuer = false\naudience = false"
    ));
    passes(
        &app,
        &SHARED.token(&json!({"sub": "anna", "exp": START + 9})),
    )
    .await;
    passes(
        &app,
        &SHARED.token(&json!({"sub": "anna", "exp": START + 9, "aud": "x", "iss": 7})),
    )
    .await;
    let several = format!(
        "[auth.jwt]\nsecret = \"{SECRET}\"\nissuer = [\"a\", \"b\"]\naudience = [\"c\", \"d\"]"
    );
    let several = crate::tokens::app(&several);
    passes(
        &several,
        &SHARED.token(&claims_with(json!({"iss": "b", "aud": ["x", "d"]}))),
    )
    .await;
    refused(
        &look(
            &several,
            &SHARED.token(&claims_with(json!({"iss": "c", "aud": "d"}))),
        )
        .await,
        &["`iss`"],
    );
}
