//! A form with a policy, and whether its range of sizes is held.

use dropslip_s3::ObjectKey;
use dropslip_s3::policy::NewForm;

use super::put::{altered, unchecked};
use super::tried::{self, Held, PICTURE, TYPE, Tried, is_empty, said, told};
use crate::ask::{Reply, Sent};
use crate::finding::{Answer, Because, Check, Finding, because};
use crate::ground::Ground;
use crate::limits::EXPIRES_S;

/// Of multipart/form-data: in no field and in no file that is sent here.
const BOUNDARY: &str = "dropslip-doctor-9d1f6c2a7b40e853";

/// The fields of a signed form, in the order in which they are sent.
type Fields = Vec<(String, String)>;

pub(super) async fn check(ground: &Ground<'_>) -> Vec<Finding> {
    let (post, range) = tokio::join!(form(ground), range(ground));
    let post = told(Check::Post, post);
    // The range says something only where forms are taken at all.
    let range = match post.answer {
        Answer::Yes => told(Check::PostRange, range),
        Answer::NotOffered => Finding::not_offered(Check::PostRange, "there are no forms"),
        Answer::No if is_unchecked(&post) => {
            let detail = "anybody can make a form with another range";
            Finding::no(Check::PostRange, detail, unchecked())
        }
        Answer::No | Answer::Skipped => {
            Finding::skipped(Check::PostRange, "a form does not work yet")
        }
    };
    vec![post, range]
}

fn is_unchecked(post: &Finding) -> bool {
    let cause = post.cause.as_ref();
    cause.is_some_and(|cause| cause.code == "signatures_unchecked")
}

/// A picture in a form, as a page sends it.
async fn form(ground: &Ground<'_>) -> Tried<Finding> {
    let check = Check::Post;
    let key = ground.scratch.key("post");
    let fields = sign(ground, &key, PICTURE.len() as u64, PICTURE.len() as u64)?;
    let reply = send(ground, &fields, PICTURE).await?;
    if reply.is_not_implemented() {
        return Ok(Finding::not_offered(check, reply.shown()));
    }
    if !reply.is_success() {
        return refused(ground, &reply).await;
    }
    match tried::arrived(ground, &key).await {
        Err(why) => return Ok(Finding::yes(check, format!("{}; {why}", reply.status))),
        // Some servers answer 200 to any POST, as to the question for something else.
        Ok(Held::Nothing) => {
            let detail = format!("{} to a form, and nothing is stored", reply.status);
            return Ok(Finding::not_offered(check, detail));
        }
        Ok(Held::Object { body, content_type }) => {
            if let Some(finding) = altered(check, PICTURE, &body, content_type.as_deref()) {
                let is_whole = body == PICTURE;
                let because = is_whole.then(type_passed_over);
                return Ok(match because {
                    Some(because) => Finding::no(check, finding.detail, because),
                    None => finding,
                });
            }
        }
    }
    if takes_unsigned(ground).await? {
        let detail = "a form whose signature is wrong is taken as well";
        return Ok(Finding::no(check, detail, unchecked()));
    }
    let detail = format!("{}; length, type and bytes arrived", reply.status);
    Ok(Finding::yes(check, detail))
}

/// A form that was refused: by a storage that reads forms, or by one that knows none and refuses all of them alike.
async fn refused(ground: &Ground<'_>, reply: &Reply) -> Tried<Finding> {
    let check = Check::Post;
    let key = ground.scratch.key("post-tampered");
    let fields = tampered(sign(ground, &key, 0, PICTURE.len() as u64)?);
    let other = send(ground, &fields, PICTURE).await?;
    let is_alike = other.status == reply.status && other.code() == reply.code();
    let is_of_forms = matches!(
        reply.code(),
        "SignatureDoesNotMatch" | "EntityTooSmall" | "EntityTooLarge" | "MalformedPOSTRequest"
    ) || reply.error.message.contains("olicy");
    if is_alike && !is_of_forms {
        let detail = format!("forms are refused whatever is in them: {}", reply.shown());
        return Ok(Finding::not_offered(check, detail));
    }
    Ok(Finding::no(check, said(reply), post_refused(ground, reply)))
}

fn post_refused(ground: &Ground<'_>, reply: &Reply) -> Because {
    let (bucket, origin) = (ground.bucket(), ground.endpoint.origin());
    match reply.code() {
        "AccessDenied" => because(
            "post_refused",
            "the key may put, and not with a form: a policy of the bucket or of the key refuses it",
            format!(
                "look for s3:authType and s3:content-type in: aws s3api get-bucket-policy --bucket {bucket} --endpoint-url \
                 {origin}; or mode = \"put\" in presets"
            ),
        ),
        "" => because(
            "post_refused",
            "not the storage refuses a form but something before it",
            "let the proxy or firewall pass POST with multipart/form-data; or mode = \"put\" in presets",
        ),
        _ => because(
            "post_refused",
            "the storage reads forms and refuses a right one",
            "[storage.can] post = false, and mode = \"put\" in presets",
        ),
    }
}

/// No proxy reads a form's fields, so it is the storage.
fn type_passed_over() -> Because {
    because(
        "type_changed",
        "the storage passes over the field `Content-Type` of a form",
        "mode = \"put\" in presets, or update the storage",
    )
}

async fn takes_unsigned(ground: &Ground<'_>) -> Tried<bool> {
    let key = ground.scratch.key("post-tampered");
    let fields = tampered(sign(ground, &key, 0, PICTURE.len() as u64)?);
    let reply = send(ground, &fields, PICTURE).await?;
    Ok(reply.is_success() && !is_empty(ground, &key).await)
}

/// The same form with another signature.
fn tampered(mut fields: Fields) -> Fields {
    for (name, value) in &mut fields {
        if name == "x-amz-signature" {
            let other = if value.starts_with('0') { "1" } else { "0" };
            value.replace_range(..1, other);
        }
    }
    fields
}

/// A file one byte above the range, and one a byte below it.
async fn range(ground: &Ground<'_>) -> Tried<Finding> {
    let check = Check::PostRange;
    let length = PICTURE.len() as u64;
    let (above, below) = (
        ground.scratch.key("post-above"),
        ground.scratch.key("post-below"),
    );
    let (form_above, form_below) = (
        sign(ground, &above, 1, length - 1)?,
        sign(ground, &below, length + 1, length + 2)?,
    );
    let (above_reply, below_reply) = tokio::join!(
        send(ground, &form_above, PICTURE),
        send(ground, &form_below, PICTURE)
    );
    let mut details = Vec::new();
    for (reply, key, word) in [
        (above_reply?, &above, "above"),
        (below_reply?, &below, "below"),
    ] {
        if reply.is_success() || !is_empty(ground, key).await {
            let detail = format!("a file one byte {word} it is stored: {}", reply.shown());
            return Ok(Finding::no(check, detail, range_not_held()));
        }
        details.push(format!("{word}: {}", reply.shown()));
    }
    Ok(Finding::yes(check, details.join(", ")))
}

fn range_not_held() -> Because {
    because(
        "range_not_held",
        "the storage takes a form and passes over its range of sizes",
        "[storage.can] post = false, and mode = \"put\" in presets, where signed lengths hold",
    )
}

fn sign(ground: &Ground<'_>, key: &ObjectKey, min: u64, max: u64) -> Tried<Fields> {
    NewForm::new(ground.bucket(), key.as_str())
        .field("success_action_status", "201")
        .size(min, max)
        .field("Content-Type", TYPE)
        .sign(&ground.signer, EXPIRES_S, ground.now())
        .map_err(|error| error.to_string())
}

async fn send(ground: &Ground<'_>, fields: &Fields, file: &[u8]) -> Tried<Reply> {
    let sent = Sent {
        method: "POST",
        url: ground.public.bucket(ground.bucket()).url(),
        headers: vec![(
            "content-type".to_owned(),
            format!("multipart/form-data; boundary={BOUNDARY}"),
        )],
        body: body(fields, file),
    };
    tried::send(ground, sent).await
}

/// The body of a form as browsers write it (HTML, "multipart form data"), the file last.
fn body(fields: &Fields, file: &[u8]) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in fields {
        body += &format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    body += &format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"doctor.png\"\r\nContent-Type: {TYPE}\r\n\r\n"
    );
    let end = format!("\r\n--{BOUNDARY}--\r\n");
    [body.as_bytes(), file, end.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_written_as_browsers_do() {
        let fields = vec![("key".to_owned(), "a/b".to_owned())];
        let text = String::from_utf8(body(&fields, b"xyz")).expect("the form is text");
        assert_eq!(
            text.replace(BOUNDARY, "B"),
            "--B\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na/b\r\n\
             --B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"doctor.png\"\r\nContent-Type: image/png\r\n\r\n\
             xyz\r\n--B--\r\n"
        );
    }

    #[test]
    fn another_signature() {
        for (value, expected) in [("0f", "1f"), ("af", "0f")] {
            let fields = vec![("x-amz-signature".to_owned(), value.to_owned())];
            assert_eq!(tampered(fields)[0].1, expected);
        }
        let fields = vec![("policy".to_owned(), "x".to_owned())];
        assert_eq!(tampered(fields)[0].1, "x");
    }
}
