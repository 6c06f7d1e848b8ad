//! `[auth.jwt]`: what cannot be meant is refused before the first token comes.

use crate::tokens::{CHECKED, Issuer, P256, P384, RSA_ONE, RSA_SMALL, SECRET, configured};

#[track_caller]
fn wrong(section: &str, words: &[&str]) {
    let error = configured(&format!("[auth.jwt]\n{section}"))
        .unwrap_err()
        .to_string();
    for word in words {
        assert!(error.contains(word), "`{word}` is not in `{error}`");
    }
    assert!(!error.contains(SECRET) && !error.contains("MII"), "{error}");
}

#[test]
fn configurations_that_are_refused() {
    let secret = format!("secret = \"{SECRET}\"");
    let pem = |issuer: Issuer| format!("publicKey = '''{}'''", issuer.public);
    let rest = CHECKED;
    wrong(rest, &["`auth.jwt.secret`", "missing"]);
    wrong(&format!("{secret}\n{}\n{rest}", pem(P256)), &["together"]);
    wrong(&format!("secret = \"short\"\n{rest}"), &["32"]);
    wrong(
        &format!("secret = '''{}'''\n{rest}", P256.public),
        &["publicKey"],
    );
    wrong(
        &format!("{secret}\naudience = \"uploads\""),
        &["`auth.jwt.issuer`", "issuer = false"],
    );
    wrong(
        &format!("{secret}\nissuer = \"x\""),
        &["`auth.jwt.audience`", "audience = false"],
    );
    wrong(
        &format!("{secret}\nissuer = \"x\"\naudience = true"),
        &["audience = false"],
    );
    wrong(
        &format!("{secret}\nissuer = \"x\"\naudience = []"),
        &["empty"],
    );
    wrong(
        &format!("{secret}\nissuer = \"\"\naudience = \"x\""),
        &["empty"],
    );
    wrong(
        &format!("{secret}\n{rest}\nalgorithms = [\"RS256\"]"),
        &["`RS256`", "HS256"],
    );
    wrong(
        &format!("{secret}\n{rest}\nalgorithms = [\"none\"]"),
        &["`none`"],
    );
    wrong(&format!("{secret}\n{rest}\nalgorithms = []"), &["empty"]);
    wrong(
        &format!("{}\n{rest}\nalgorithms = [\"HS256\"]", pem(RSA_ONE)),
        &["`HS256`", "RS256"],
    );
    wrong(&format!("{}\n{rest}", pem(P384)), &["P-256"]);
    wrong(&format!("{}\n{rest}", pem(RSA_SMALL)), &["1024", "2048"]);
    wrong(&format!("publicKey = \"x\"\n{rest}"), &["PEM"]);
    let private = RSA_ONE.public.replace("PUBLIC", "PRIVATE");
    wrong(
        &format!("publicKey = '''{private}'''\n{rest}"),
        &["private"],
    );
    wrong(&format!("jwks = '{{\"keys\":[]}}'\n{rest}"), &["no key"]);
    wrong(&format!("jwks = '{{\"keys\":7}}'\n{rest}"), &["Key Set"]);
    wrong(&format!("jwks = 'x'\n{rest}"), &["Key Set"]);
}

#[test]
fn details_that_are_refused() {
    let secret = format!("secret = \"{SECRET}\"");
    let rest = CHECKED;
    for url in [
        "http://issuer.example/keys",
        "ftp://127.0.0.1/",
        "keys.json",
        "https://user:pass@issuer.example/",
        "https://x.example/#a",
    ] {
        wrong(&format!("jwksUrl = \"{url}\"\n{rest}"), &["jwksUrl"]);
    }
    for leeway in ["11m", "soon", "-1s", ""] {
        wrong(
            &format!("{secret}\n{rest}\nleeway = \"{leeway}\""),
            &["leeway"],
        );
    }
    wrong(
        &format!("{secret}\n{rest}\nsubjectClaim = \"\""),
        &["subjectClaim"],
    );
    for (name, claim) in [
        ("uuid", "x"),
        ("subject", "x"),
        ("\"a b\"", "x"),
        ("\"\"", "x"),
        ("tenant", ""),
    ] {
        wrong(
            &format!("{secret}\n{rest}\n[auth.jwt.keyParts]\n{name} = \"{claim}\""),
            &["keyParts"],
        );
    }
    wrong(&format!("{secret}\n{rest}\nsecrets = 1"), &["secrets"]);
}
