"""Prints botocore.json: what botocore signs with version 2 (`s3`, `s3-query`, `s3-presign-post`).

Run with boto3 1.44.5: python make_botocore.py > botocore.json
Nothing is sent: each request is taken at the point where it would be.
"""

import base64
import json
import re
from urllib.parse import urlsplit

import boto3
import botocore.auth
from botocore.awsrequest import AWSResponse
from botocore.config import Config

NOW = 1175139620  # 2007-03-29T03:40:20Z
DATE = "Thu, 29 Mar 2007 03:40:20 GMT"
ACCESS_KEY, SECRET_KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "AQoDYXdzEPT//////////wEXAMPLE+token=="

signed = []


def sign_string(self, text, real=botocore.auth.HmacV1Auth.sign_string):
    signed.append(text)
    return real(self, text)


botocore.auth.HmacV1Auth.sign_string = sign_string
botocore.auth.HmacV1Auth._get_date = lambda self: DATE
botocore.auth.HmacV1QueryAuth._get_date = lambda self: str(NOW + int(self._expires))


def client(style, token=None):
    config = Config(signature_version="s3", s3={"addressing_style": style}, retries={"max_attempts": 0})
    return boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://storage.example",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        aws_session_token=token,
        config=config,
    )


cases = []


def print_cases(access_key, secret_key, cases):
    """One case a line."""
    lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
    print(f'{{"accessKey": "{access_key}", "secretKey": "{secret_key}", "cases": [\n{lines}\n]}}')


def bucket_of(style, params):
    return params.get("Bucket") if style == "virtual" else None


def add(name, style, token, params, method, url, headers):
    cases.append({
        "name": name,
        "method": method,
        "url": url,
        "headers": headers,
        "bucket": bucket_of(style, params),
        "sessionToken": token,
        "now": NOW,
        "stringToSign": signed[-1],
    })


def link(name, operation, method, params, style="path", token=None, headers=()):
    url = client(style, token).generate_presigned_url(operation, Params=params, ExpiresIn=300)
    add(f"link: {name}", style, token, params, method, url, [["host", urlsplit(url).netloc], *headers])


def header(name, operation, params, style="path", token=None):
    sent = []

    def take(request, **_):
        sent.append(request)
        return AWSResponse(request.url, 200, {}, None)

    s3 = client(style, token)
    s3.meta.events.register("before-send.s3", take)
    try:
        getattr(s3, operation)(**params)
    except Exception:  # the empty answer is none that it can read
        if not sent:
            raise
    request = sent[0]
    headers = [["host", urlsplit(request.url).netloc]]
    for key, value in request.headers.items():
        # These are of the machine and the moment, and not signed.
        if not re.fullmatch(r"user-agent|amz-sdk-.*|expect", key, re.IGNORECASE):
            headers.append([key, value.decode() if isinstance(value, bytes) else value])
    add(f"header: {name}", style, token, params, request.method, request.url, headers)


def form(name, token=None):
    post = client("path", token).generate_presigned_post(
        "photos", "up/${filename}", Fields={"acl": "private"}, Conditions=[{"acl": "private"}], ExpiresIn=300
    )
    fields = dict(post["fields"])
    # The expiration is of the present time, and what is signed with it: sign again.
    policy = json.loads(base64.b64decode(fields["policy"]))
    policy["expiration"] = "2007-03-29T03:45:20Z"
    fields["policy"] = base64.b64encode(json.dumps(policy).encode()).decode()
    keys = botocore.credentials.Credentials(ACCESS_KEY, SECRET_KEY, token)
    fields["signature"] = botocore.auth.HmacV1PostAuth(keys).sign_string(fields["policy"])
    cases.append({"name": f"form: {name}", "fields": list(fields.items()), "sessionToken": token, "now": NOW})


ODD = "a b+c/d&e=f/été.txt"
PHOTO = {"Bucket": "photos", "Key": "puppy.jpg"}
link("get", "get_object", "GET", PHOTO)
link("get, bucket in the host", "get_object", "GET", PHOTO, style="virtual")
link("get, odd key", "get_object", "GET", {"Bucket": "photos", "Key": ODD})
link("get, key with dots and slashes", "get_object", "GET", {"Bucket": "photos", "Key": "a//b/../c"})
link("get, session token", "get_object", "GET", PHOTO, token=TOKEN)
link("get, overrides", "get_object", "GET", {
    **PHOTO,
    "ResponseContentDisposition": 'attachment; filename="a b+c.txt"',
    "ResponseContentType": "text/plain; charset=utf-8",
    "VersionId": "3HL4kqtJvjVBH40Nrjfkd",
})
link("head", "head_object", "HEAD", PHOTO)
link("delete", "delete_object", "DELETE", PHOTO)
link("put", "put_object", "PUT", PHOTO)
link("put, type, ACL and metadata", "put_object", "PUT", {
    **PHOTO, "ContentType": "image/jpeg", "ACL": "public-read", "Metadata": {"Camera": "Pin  hole"}
}, headers=[["content-type", "image/jpeg"]])
link("put, ACL said in the header too", "put_object", "PUT", {**PHOTO, "ACL": "public-read"},
     headers=[["x-amz-acl", "public-read"]])
link("part", "upload_part", "PUT", {**PHOTO, "UploadId": "VXBsb2FkIElE.x_y-z~", "PartNumber": 7})
link("get the ACL", "get_object_acl", "GET", PHOTO)
link("list", "list_objects_v2", "GET", {"Bucket": "photos", "Prefix": "a/b c", "MaxKeys": 3})
link("list, bucket in the host", "list_objects_v2", "GET", {"Bucket": "photos"}, style="virtual")

header("list buckets", "list_buckets", {})
header("get", "get_object", {**PHOTO, "Range": "bytes=0-9"})
header("get, bucket in the host", "get_object", {"Bucket": "photos", "Key": ODD}, style="virtual")
header("put", "put_object", {**PHOTO, "Body": b"hello", "ContentType": "image/jpeg", "ACL": "private"})
header("put, checksum", "put_object", {**PHOTO, "Body": b"hello", "ChecksumAlgorithm": "SHA256"})
header("put, session token", "put_object", {**PHOTO, "Body": b""}, token=TOKEN)
header("put, metadata", "put_object", {**PHOTO, "Body": b"", "Metadata": {"b": "2 ", "A": "1  1", "c-d": ""}})
header("delete many", "delete_objects", {"Bucket": "photos", "Delete": {"Objects": [{"Key": "a"}]}})
header("copy", "copy_object", {**PHOTO, "CopySource": "photos/a b"})
header("lifecycle", "get_bucket_lifecycle_configuration", {"Bucket": "photos"})
header("tagging", "get_object_tagging", {**PHOTO, "VersionId": "null"})
header("uploads", "list_multipart_uploads", {"Bucket": "photos", "Prefix": "x"})

form("plain")
form("session token", TOKEN)

print_cases(ACCESS_KEY, SECRET_KEY, cases)
