//! The `<AccessControlPolicy>` document.

use serde::Deserialize;

use super::write::Document;
use super::{XmlError, read};
use crate::acl::{Grant, Grantee, NamedGrant, NamedGrantee, Permission};

const ROOT: &str = "AccessControlPolicy";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Shape {
    owner: Option<OwnerShape>,
    access_control_list: Option<ListShape>,
}

#[derive(Deserialize)]
struct OwnerShape {
    #[serde(rename = "ID")]
    id: Option<String>,
}

#[derive(Deserialize)]
struct ListShape {
    #[serde(rename = "Grant", default)]
    grants: Vec<GrantShape>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GrantShape {
    grantee: GranteeShape,
    permission: String,
}

/// Its `xsi:type` says nothing that its elements do not.
#[derive(Deserialize)]
struct GranteeShape {
    #[serde(rename = "ID")]
    id: Option<String>,
    #[serde(rename = "URI")]
    uri: Option<String>,
    #[serde(rename = "EmailAddress")]
    email: Option<String>,
}

/// An ACL as a document names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAcl {
    /// The canonical id of the owner; an ACL cannot change it.
    pub owner_id: String,
    /// The grants, in their order.
    pub grants: Vec<NamedGrant>,
}

/// Reads an ACL.
///
/// # Errors
/// When the document is malformed, names no owner, or has a grant without a grantee or
/// with a permission that S3 does not know.
pub fn read_access_control_policy(bytes: &[u8]) -> Result<NamedAcl, XmlError> {
    let shape: Shape = read(ROOT, bytes)?;
    let owner_id = shape.owner.and_then(|owner| owner.id);
    let owner_id = owner_id.ok_or_else(|| XmlError("it names no `Owner`".to_owned()))?;
    let list = shape
        .access_control_list
        .ok_or_else(|| XmlError("it has no `AccessControlList`".to_owned()))?;
    let grants = list.grants.into_iter().map(|grant| {
        let name = grant.permission.trim();
        let permission: Permission = name
            .parse()
            .map_err(|()| XmlError(format!("`{}` is no permission", name.escape_debug())))?;
        Ok(NamedGrant {
            grantee: named(grant.grantee)?,
            permission,
        })
    });
    Ok(NamedAcl {
        owner_id: owner_id.trim().to_owned(),
        grants: grants.collect::<Result<_, XmlError>>()?,
    })
}

fn named(grantee: GranteeShape) -> Result<NamedGrantee, XmlError> {
    let trimmed = |text: String| text.trim().to_owned();
    match (grantee.id, grantee.uri, grantee.email) {
        (Some(id), None, None) => Ok(NamedGrantee::Id(trimmed(id))),
        (None, Some(uri), None) => Ok(NamedGrantee::Uri(trimmed(uri))),
        (None, None, Some(email)) => Ok(NamedGrantee::Email(trimmed(email))),
        _ => Err(XmlError(
            "a `Grantee` has one of `ID`, `URI` and `EmailAddress`".to_owned(),
        )),
    }
}

/// Writes an ACL. `name_of` knows the display name of an owner's id.
#[must_use]
pub fn access_control_policy<'a>(
    owner_id: &str,
    grants: &[Grant],
    name_of: impl Fn(&str) -> Option<&'a str>,
) -> String {
    let mut document = Document::new(ROOT);
    document.element("Owner", |document| {
        document.text("ID", owner_id);
        document.text_if("DisplayName", name_of(owner_id));
    });
    document.element("AccessControlList", |document| {
        for grant in grants {
            document.element("Grant", |document| {
                write_grantee(document, &grant.grantee, &name_of);
                document.text("Permission", grant.permission.as_str());
            });
        }
    });
    document.finish(ROOT)
}

fn write_grantee<'a>(
    document: &mut Document,
    grantee: &Grantee,
    name_of: &impl Fn(&str) -> Option<&'a str>,
) {
    const XSI: (&str, &str) = ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
    let kind = match grantee {
        Grantee::User(_) => "CanonicalUser",
        Grantee::Group(_) => "Group",
    };
    document.element_with(
        "Grantee",
        &[XSI, ("xsi:type", kind)],
        |document| match grantee {
            Grantee::User(id) => {
                document.text("ID", id);
                document.text_if("DisplayName", name_of(id));
            }
            Grantee::Group(group) => document.text("URI", group.uri()),
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acl::{Acl, CannedAcl};

    #[test]
    fn acls_go_both_ways() {
        let acl = Acl::Canned(CannedAcl::PublicRead).grants("1f", "2e");
        let written = access_control_policy("1f", &acl, |id| (id == "1f").then_some("alice"));
        assert!(written.contains(
            "<Owner><ID>1f</ID><DisplayName>alice</DisplayName></Owner><AccessControlList><Grant>\
             <Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">\
             <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>\
             <Permission>READ</Permission></Grant>"
        ));
        let read = read_access_control_policy(written.as_bytes()).unwrap();
        assert_eq!(read.owner_id, "1f");
        let [group, owner] = read.grants.as_slice() else {
            panic!("two grants")
        };
        assert_eq!(
            group.grantee,
            NamedGrantee::Uri("http://acs.amazonaws.com/groups/global/AllUsers".to_owned())
        );
        assert_eq!(owner.permission, Permission::FullControl);
        assert_eq!(owner.grantee, NamedGrantee::Id("1f".to_owned()));
    }

    #[test]
    fn no_grants_at_all() {
        let text = "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Owner><DisplayName>alice</DisplayName><ID>1f</ID></Owner><AccessControlList/></AccessControlPolicy>";
        let read = read_access_control_policy(text.as_bytes()).unwrap();
        assert!(read.grants.is_empty());
    }

    #[track_caller]
    fn check_wrong(inner: &str, reason: &str) {
        let text = format!("<AccessControlPolicy>{inner}</AccessControlPolicy>");
        let error = read_access_control_policy(text.as_bytes()).expect_err(inner);
        assert!(error.to_string().contains(reason), "{error}");
    }

    #[test]
    fn wrong_documents_are_named() {
        let owner = "<Owner><ID>1f</ID></Owner>";
        let list = |grant: &str| {
            format!("{owner}<AccessControlList><Grant>{grant}</Grant></AccessControlList>")
        };
        let read = "<Permission>READ</Permission>";
        check_wrong("", "no `Owner`");
        check_wrong("<Owner/><AccessControlList/>", "no `Owner`");
        check_wrong(owner, "no `AccessControlList`");
        check_wrong(&list(read), "rantee");
        check_wrong(&list("<Grantee><ID>1</ID></Grantee>"), "ermission");
        check_wrong(&list(&format!("<Grantee/>{read}")), "one of");
        check_wrong(
            &list(&format!("<Grantee><ID>1</ID><URI>u</URI></Grantee>{read}")),
            "one of",
        );
        check_wrong(
            &list("<Grantee><ID>1</ID></Grantee><Permission>read</Permission>"),
            "`read` is no permission",
        );
        assert!(read_access_control_policy(b"<Other/>").is_err());
        assert!(read_access_control_policy(b"").is_err());
    }
}
