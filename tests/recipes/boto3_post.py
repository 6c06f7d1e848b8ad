"""Recipe (h): boto3 makes a form, and Python's own library sends it.

Reads one JSON object from standard input (`key`, `fields`, `conditions`, and the body as
`file`) and writes one with `url`, `fields` and what the store answered. Settings come
from the environment.
"""

import json
import os
import sys

import boto3
from botocore.awsrequest import AWSRequest
from botocore.client import Config
from botocore.httpsession import URLLib3Session

s3 = boto3.client(
    "s3",
    endpoint_url=os.environ["S3_ENDPOINT"],
    region_name=os.environ["S3_REGION"],
    aws_access_key_id=os.environ["S3_ACCESS_KEY"],
    aws_secret_access_key=os.environ["S3_SECRET_KEY"],
    config=Config(signature_version=os.environ["S3_SIGNATURE"], s3={"addressing_style": "path"}),
)


def multipart(fields, file):
    """The body, each part with the name of a file, as `requests` writes it."""
    boundary = "0123456789abcdef0123456789abcdef"
    parts = [*fields.items(), ("file", file)]
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in parts
    )
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


asked = json.load(sys.stdin)
made = s3.generate_presigned_post(
    os.environ["BUCKET"],
    asked["key"],
    Fields=asked["fields"],
    Conditions=asked["conditions"],
    ExpiresIn=60,
)
content_type, body = multipart(made["fields"], asked["file"])
request = AWSRequest("POST", made["url"], headers={"Content-Type": content_type}, data=body)
response = URLLib3Session().send(request.prepare())
json.dump({**made, "status": response.status_code, "body": response.text}, sys.stdout)
