"""Recipe (f): bodies as boto3 sends them by default.

`boto3_streams.py BUCKET PREFIX` puts the same bytes in each way that the library
has and prints a line of JSON for each: the way, the key, the headers that announced
the body, and the error if there was one. Settings come from the environment.
"""

import io
import json
import os
import sys

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

BUCKET, PREFIX = sys.argv[1:]
BODY = bytes(range(256)) * 8000
ANNOUNCE = (
    "Content-Encoding",
    "Content-Length",
    "Transfer-Encoding",
    "X-Amz-Content-SHA256",
    "X-Amz-Decoded-Content-Length",
    "X-Amz-Trailer",
)

s3 = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))
sent = []


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def remember(request, **_):
    sent.append(
        {name: text(request.headers[name]) for name in ANNOUNCE if name in request.headers}
    )


s3.meta.events.register("before-send.s3.PutObject", remember)


class Pipe(io.RawIOBase):
    """A stream that can only be read on, as a socket or a pipe."""

    def __init__(self, body):
        self._body = io.BytesIO(body)

    def readable(self):
        return True

    def read(self, size=-1):
        return self._body.read(size)


def ways():
    """Each way: its name, and a function of the key."""
    yield "bytes", lambda key: put(key, BODY)
    yield "file", lambda key: put(key, io.BytesIO(BODY))
    yield "empty", lambda key: put(key, b"")
    yield "gzip", lambda key: put(key, BODY, ContentEncoding="gzip")
    yield "fileobj", lambda key: s3.upload_fileobj(io.BytesIO(BODY), BUCKET, key)
    yield "pipe", lambda key: s3.upload_fileobj(Pipe(BODY), BUCKET, key)
    yield "CRC32", lambda key: put(key, io.BytesIO(BODY), ChecksumAlgorithm="CRC32")
    yield "SHA1", lambda key: put(key, io.BytesIO(BODY), ChecksumAlgorithm="SHA1")
    yield "SHA256", lambda key: put(key, io.BytesIO(BODY), ChecksumAlgorithm="SHA256")


def put(key, body, **more):
    s3.put_object(Bucket=BUCKET, Key=key, Body=body, **more)


def main():
    for way, send in ways():
        sent.clear()
        key, error = PREFIX + way, None
        try:
            send(key)
        except ClientError as failure:
            error = str(failure)
        line = {"way": way, "key": key, "error": error, "sent": sent[-1] if sent else {}}
        print(json.dumps(line))


if __name__ == "__main__":
    main()
