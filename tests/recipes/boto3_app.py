"""Recipe (d): a Python application that makes the key and the link.

`GET /presign?name=NAME&type=TYPE` answers `{"url": …, "key": …}`. The key is a
UUID with the extension of the name: the browser never picks a key. Every other
path is the page. Settings come from the environment.
"""

import json
import os
import signal
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.client import Config

BUCKET = os.environ["BUCKET"]
PAGE = Path(__file__).with_name("boto3.html").read_bytes()

s3 = boto3.client(
    "s3",
    endpoint_url=os.environ["S3_ENDPOINT"],
    region_name=os.environ["S3_REGION"],
    aws_access_key_id=os.environ["S3_ACCESS_KEY"],
    aws_secret_access_key=os.environ["S3_SECRET_KEY"],
    config=Config(signature_version="s3v4"),
)


def presign(name, content_type):
    """The link for a new key."""
    key = f"{uuid.uuid4()}{Path(name).suffix}"
    url = s3.generate_presigned_url(
        "put_object",
        Params={"Bucket": BUCKET, "Key": key, "ContentType": content_type},
        ExpiresIn=300,
    )
    return {"url": url, "key": key}


class Handler(BaseHTTPRequestHandler):
    """The application's two routes."""

    def do_GET(self):  # noqa: N802, the name that http.server wants
        parts = urlsplit(self.path)
        if parts.path == "/presign":
            query = parse_qs(parts.query)
            answer = json.dumps(presign(query["name"][0], query["type"][0])).encode()
            self.answer("application/json", answer)
        else:
            self.answer("text/html", PAGE)

    def answer(self, content_type, body):
        """A whole 200."""
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing of each request."""


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    origin = f"http://127.0.0.1:{server.server_port}"
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_cors(
        Bucket=BUCKET,
        CORSConfiguration={
            "CORSRules": [
                {
                    "AllowedOrigins": [origin],
                    "AllowedMethods": ["PUT"],
                    "AllowedHeaders": ["*"],
                }
            ]
        },
    )
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    print(f"Open {origin}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
