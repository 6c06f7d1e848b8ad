//! What a token lets its holder do: presets, sizes, types, names in keys, and their own uploads alone.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::app::API_KEY;
use crate::tokens::{SHARED, app, claims, claims_with, create, look, passes, refused};

#[tokio::test]
async fn claims_limit_presets() {
    let app = app(&SHARED.config("presetsClaim = \"uploads\""));
    for (claim, expected) in [
        (json!(["photo", "file"]), &["photo", "file"][..]),
        (json!("avatar photo"), &["photo", "avatar"]),
        (json!(["no such"]), &[]),
        (json!([]), &[]),
    ] {
        let answer = look(&app, &SHARED.token(&claims_with(json!({"uploads": claim})))).await;
        let presets = answer.json()["presets"].as_array().unwrap().clone();
        let names: Vec<&str> = presets
            .iter()
            .map(|preset| preset["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected);
    }
    let bearer = format!(
        "Bearer {}",
        SHARED.token(&claims_with(json!({"uploads": ["file"]})))
    );
    let headers = [("authorization", bearer.as_str())];
    let answer = create(&app, &headers, json!({})).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    answer.expect_problem("preset_not_allowed", &["`photo`"]);
    assert_eq!(
        create(&app, &headers, json!({"preset": "file"}))
            .await
            .status,
        StatusCode::CREATED
    );
    for wrong in [
        Value::Null,
        json!(7),
        json!({"photo": true}),
        json!(["photo", 1]),
        json!(vec!["photo"; 257]),
    ] {
        refused(
            &look(&app, &SHARED.token(&claims_with(json!({"uploads": wrong})))).await,
            &["`uploads`"],
        );
    }
}

#[tokio::test]
async fn nested_claims() {
    let app =
        app(&SHARED.config("subjectClaim = \"/user/id\"\npresetsClaim = \"/access/up~1load/0\""));
    let good = json!({"user": {"id": 7}, "access": {"up/load": ["photo"]}, "sub": null});
    passes(&app, &SHARED.token(&claims_with(good))).await;
    let bad = json!({"user": "id", "access": {"up/load": ["photo"]}});
    refused(
        &look(&app, &SHARED.token(&claims_with(bad))).await,
        &["`/user/id`"],
    );
}

#[tokio::test]
async fn claims_in_keys() {
    let presets = "[presets.mine]\nbucket = \"uploads\"\nkey = \"{tenant}/{subject}/{uuid}\"\naccept = [\"*/*\"]\nmaxSize = 9";
    let more = format!(
        "maxSizeClaim = \"most\"\nacceptClaim = \"types\"\n[auth.jwt.keyParts]\ntenant = \"org_id\"\n{presets}"
    );
    let app = app(&SHARED.config(&more));
    let create = async |changes: Value| {
        let bearer = format!("Bearer {}", SHARED.token(&claims_with(changes)));
        create(
            &app,
            &[("authorization", &bearer)],
            json!({"preset": "mine"}),
        )
        .await
    };
    let answer = create(json!({"org_id": "acme", "most": "3 B", "types": ["image/*"]})).await;
    let key = answer.json()["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("acme/anna/"), "{key}");
    for (changes, code) in [
        (json!({}), "subject_required"),
        (json!({"org_id": "acme", "most": 2}), "too_large"),
        (
            json!({"org_id": "acme", "types": "text/plain image/gif"}),
            "type_not_accepted",
        ),
        (json!({"org_id": "x".repeat(257)}), "invalid_token"),
        (json!({"org_id": ["acme"]}), "invalid_token"),
        (json!({"org_id": "acme", "most": -1}), "invalid_token"),
        (json!({"org_id": "acme", "most": "much"}), "invalid_token"),
        (
            json!({"org_id": "acme", "types": ["image"]}),
            "invalid_token",
        ),
        (json!({"org_id": "acme", "types": 7}), "invalid_token"),
    ] {
        create(changes).await.expect_problem(code, &[]);
    }
}

#[tokio::test]
async fn a_user_uploads_for_nobody_else() {
    let app = app(&format!(
        "[auth]\napiKeys = [\"{API_KEY}\"]\n{}",
        SHARED.config("")
    ));
    let bearer = |token: &str| format!("Bearer {token}");
    let anna = bearer(&SHARED.token(&claims()));
    let bob = bearer(&SHARED.token(&claims_with(json!({"sub": "bob"}))));
    let key = bearer(API_KEY);
    let for_anna = json!({"subject": "anna"});
    for (who, status) in [(&anna, 201), (&bob, 403), (&key, 201)] {
        let answer = create(&app, &[("authorization", who)], for_anna.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    }
    let issued = create(&app, &[("authorization", &anna)], json!({})).await;
    let path = format!("/v1/uploads/{}", issued.json()["id"].as_str().unwrap());
    for (who, code) in [
        (&bob, "forbidden"),
        (&anna, "storage_unreachable"),
        (&key, "storage_unreachable"),
    ] {
        let headers = [("authorization", who.as_str())];
        for (method, path) in [
            ("DELETE", path.clone()),
            ("POST", format!("{path}/complete")),
        ] {
            let answer =
                crate::tokens::call(&app, method.parse().unwrap(), &path, &headers, "").await;
            answer.expect_problem(code, &[]);
        }
    }
}
