//! What ACLs allow, and what makes none.

use super::*;

const OWNER: Asker<'_> = Asker {
    id: Some("owner"),
    owns: true,
    owns_bucket: false,
};
const BUCKET_OWNER: Asker<'_> = Asker {
    id: Some("bucket-owner"),
    owns: false,
    owns_bucket: true,
};
const OTHER: Asker<'_> = Asker {
    id: Some("other"),
    owns: false,
    owns_bucket: false,
};
const NOBODY: Asker<'_> = Asker {
    id: None,
    owns: false,
    owns_bucket: false,
};

/// What each of the four may, as letters: r(ead), w(rite), R(EAD_ACP), W(RITE_ACP).
#[track_caller]
fn check(acl: &Acl, ignore_public: bool, expect: [&str; 4]) {
    let letters = [
        ('r', Permission::Read),
        ('w', Permission::Write),
        ('R', Permission::ReadAcp),
        ('W', Permission::WriteAcp),
    ];
    let may = |asker| {
        let allowed = letters
            .iter()
            .filter(|(_, permission)| acl.allows(asker, *permission, ignore_public));
        allowed.map(|(letter, _)| *letter).collect::<String>()
    };
    let got = [OWNER, BUCKET_OWNER, OTHER, NOBODY].map(may);
    assert_eq!(got, expect, "{acl:?}");
}

#[test]
fn canned_acls() {
    use CannedAcl as C;
    let table = [
        (C::Private, ["rwRW", "", "", ""]),
        (C::AwsExecRead, ["rwRW", "", "", ""]),
        (C::PublicRead, ["rwRW", "r", "r", "r"]),
        (C::PublicReadWrite, ["rwRW", "rw", "rw", "rw"]),
        (C::AuthenticatedRead, ["rwRW", "r", "r", ""]),
        (C::BucketOwnerRead, ["rwRW", "r", "", ""]),
        (C::BucketOwnerFullControl, ["rwRW", "rwRW", "", ""]),
        (C::LogDeliveryWrite, ["rwRW", "", "", ""]),
    ];
    for (canned, expect) in table {
        let acl = Acl::Canned(canned);
        check(&acl, false, expect);
        // Spelt out as grants, it says the same.
        let grants = Acl::Grants(acl.grants("owner", "bucket-owner"));
        check(&grants, false, expect);
        assert_eq!(grants.is_public(), acl.is_public(), "{canned}");
        let public = matches!(
            canned,
            C::PublicRead | C::PublicReadWrite | C::AuthenticatedRead
        );
        assert_eq!(acl.is_public(), public, "{canned}");
        let ignored = if public { ["rwRW", "", "", ""] } else { expect };
        check(&acl, true, ignored);
        check(&grants, true, ignored);
    }
}

fn grants(list: &[(Grantee, Permission)]) -> Acl {
    let grants = list.iter().cloned();
    Acl::Grants(
        grants
            .map(|(grantee, permission)| Grant {
                grantee,
                permission,
            })
            .collect(),
    )
}

#[test]
fn each_permission_is_one_alone() {
    let other = || Grantee::User("other".to_owned());
    for (permission, letter) in [
        (Permission::Read, "r"),
        (Permission::Write, "w"),
        (Permission::ReadAcp, "R"),
        (Permission::WriteAcp, "W"),
        (Permission::FullControl, "rwRW"),
    ] {
        check(
            &grants(&[(other(), permission)]),
            true,
            ["", "", letter, ""],
        );
        let everybody = grants(&[(Grantee::Group(Group::AllUsers), permission)]);
        check(&everybody, false, [letter; 4]);
        check(&everybody, true, [""; 4]);
        let signed = grants(&[(Grantee::Group(Group::AuthenticatedUsers), permission)]);
        check(&signed, false, [letter, letter, letter, ""]);
        let logs = grants(&[(Grantee::Group(Group::LogDelivery), permission)]);
        check(&logs, false, [""; 4]);
    }
    check(&grants(&[]), false, [""; 4]);
}

#[test]
fn grants_are_shown_once() {
    let full = Acl::Canned(CannedAcl::BucketOwnerFullControl);
    assert_eq!(full.grants("a", "b").len(), 2);
    assert_eq!(full.grants("a", "a").len(), 1);
    assert!(full.is_of_owner_alone("a"));
    assert!(!Acl::Canned(CannedAcl::PublicRead).is_of_owner_alone("a"));
    assert!(!grants(&[(Grantee::User("b".to_owned()), Permission::Read)]).is_of_owner_alone("a"));
    assert!(grants(&[]).is_of_owner_alone("a"));
}

#[test]
fn what_is_kept_is_read_again() {
    let canned = Acl::Canned(CannedAcl::PublicRead);
    assert_eq!(serde_json::to_string(&canned).unwrap(), "\"public-read\"");
    let listed = grants(&[
        (Grantee::User("1f".to_owned()), Permission::WriteAcp),
        (Grantee::Group(Group::AllUsers), Permission::Read),
    ]);
    for acl in [canned, listed, grants(&[])] {
        let text = serde_json::to_string(&acl).unwrap();
        assert_eq!(serde_json::from_str::<Acl>(&text).unwrap(), acl, "{text}");
    }
}

struct Owners;

impl Directory for Owners {
    fn knows(&self, id: &str) -> bool {
        id == "1f"
    }

    fn id_of_email(&self, address: &str) -> Option<String> {
        (address == "alice@example.com").then(|| "1f".to_owned())
    }
}

#[track_caller]
fn check_header(value: &str, expect: Result<&[Grantee], &str>) {
    let read = NamedGrant::parse_header(Permission::Read, value)
        .and_then(|grants| Acl::resolve(grants, &Owners));
    match (read, expect) {
        (Ok(Acl::Grants(grants)), Ok(expect)) => {
            let got: Vec<_> = grants.into_iter().map(|grant| grant.grantee).collect();
            assert_eq!(got, expect, "{value}");
        }
        (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
        (got, expect) => panic!("`{value}`: expected {expect:?}, got {got:?}"),
    }
}

#[test]
fn grant_headers() {
    let user = Grantee::User("1f".to_owned());
    let everybody = Grantee::Group(Group::AllUsers);
    let uri = Group::AllUsers.uri();
    check_header("id=1f", Ok(std::slice::from_ref(&user)));
    check_header("id=\"1f\"", Ok(std::slice::from_ref(&user)));
    check_header(" ID = \"1f\" ", Ok(std::slice::from_ref(&user)));
    check_header(
        &format!("uri=\"{uri}\", id=\"1f\",emailAddress=alice@example.com"),
        Ok(&[everybody, user.clone(), user]),
    );
    check_header("", Err("is not of the form"));
    check_header("1f", Err("is not of the form"));
    check_header("id=", Err("is not of the form"));
    check_header("id=\"1f", Err("is not of the form"));
    check_header("id=1f,", Err("is not of the form"));
    check_header("id=1f id=1f", Err("is not of the form"));
    check_header("name=alice", Err("is not of the form"));
    check_header("id=2e", Err("no owner has the id `2e`"));
    check_header(
        "uri=http://example.com",
        Err("no group `http://example.com`"),
    );
    check_header(
        "emailAddress=bob@example.com",
        Err("address `bob@example.com`"),
    );
    let many = vec!["id=1f"; crate::limits::ACL_GRANTS_MAX];
    assert!(
        NamedGrant::parse_header(Permission::Read, &many.join(","))
            .and_then(|grants| Acl::resolve(grants, &Owners))
            .is_ok()
    );
    check_header(&format!("id=1f,{}", many.join(",")), Err("at most 100"));
}
