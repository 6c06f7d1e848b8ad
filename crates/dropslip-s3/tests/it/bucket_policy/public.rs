//! Which policies are public.

use super::*;

fn statement(effect: &str, principal: &str, condition: &str) -> String {
    format!(
        "{{'Effect':'{effect}',{principal},'Action':'s3:ListBucket','Resource':'arn:aws:s3:::photos'{condition}}}"
    )
}

#[track_caller]
fn check_public(statements: &str, expect: bool) {
    assert_eq!(policy(statements).is_public(), expect, "{statements}");
}

#[test]
fn everybody_is_the_public() {
    for (effect, principal, expect) in [
        ("Allow", "'Principal':'*'", true),
        ("Allow", "'Principal':{'AWS':'*'}", true),
        ("Allow", "'Principal':{'AWS':['bob','*']}", true),
        ("Allow", "'Principal':{'AWS':'bob'}", false),
        (
            "Allow",
            "'Principal':{'AWS':'arn:aws:iam::s3tenant1:root'}",
            false,
        ),
        ("Deny", "'Principal':'*'", false),
        ("Deny", "'NotPrincipal':{'AWS':'bob'}", false),
    ] {
        check_public(&statement(effect, principal, ""), expect);
    }
    let bob = statement("Allow", "'Principal':{'AWS':'bob'}", "");
    let all = statement("Allow", "'Principal':'*'", "");
    check_public(&format!("{bob},{all}"), true);
}

#[test]
fn fixed_values_say_who() {
    for (condition, expect) in [
        ("'IpAddress':{'aws:SourceIp':'10.0.0.0/32'}", false),
        (
            "'IpAddress':{'aws:SourceIp':['203.0.113.0/24','198.51.100.0/24']}",
            false,
        ),
        (
            "'IpAddress':{'aws:SourceIp':['203.0.113.0/24','0.0.0.0/1']}",
            true,
        ),
        ("'IpAddress':{'aws:SourceIp':'2001:db8::/32'}", false),
        ("'IpAddress':{'aws:SourceIp':'2000::/8'}", true),
        ("'NotIpAddress':{'aws:SourceIp':'203.0.113.0/24'}", true),
        (
            "'IpAddressIfExists':{'aws:SourceIp':'203.0.113.0/24'}",
            true,
        ),
        ("'StringEquals':{'aws:SourceVpce':'vpce-1'}", false),
        ("'StringLike':{'aws:SourceVpce':'vpce-*'}", true),
        ("'StringEquals':{'aws:SourceVpce':'${aws:username}'}", true),
        ("'StringNotEquals':{'aws:SourceVpce':'vpce-1'}", true),
        (
            "'ForAllValues:StringEquals':{'aws:PrincipalOrgID':'o-1'}",
            true,
        ),
        ("'StringEquals':{'aws:PrincipalOrgID':'o-1'}", false),
        ("'StringEquals':{'aws:Referer':'https://a.example/'}", true),
        ("'Bool':{'aws:SecureTransport':true}", true),
        ("'DateLessThan':{'aws:CurrentTime':'2030-01-01'}", true),
    ] {
        let condition = format!(",'Condition':{{{condition}}}");
        check_public(&statement("Allow", "'Principal':'*'", &condition), expect);
    }
}
