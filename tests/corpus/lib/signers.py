"""The signers and clients of Python, asked over stdin, one line of JSON each way.

Each question names a time of signing; every connection ends at the loopback's port,
whatever host the URL names.
"""

import io
import json
import socket
import sys
import time
import types
import uuid
from datetime import datetime, timedelta, timezone

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import minio.time
import requests
import urllib3.filepost
import urllib3.util.connection
from botocore.config import Config
from minio import Minio

PORT = None


def connect(_address, *args, **kwargs):
    return socket.create_connection(("127.0.0.1", PORT))


urllib3.util.connection.create_connection = connect
urllib3.filepost.choose_boundary = lambda: 32 * "0"


def stand(basic):
    """Sets the clocks of the signers."""
    now = datetime.strptime(basic, "%Y%m%dT%H%M%SZ")
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: (
        now if remove_tzinfo else now.replace(tzinfo=timezone.utc)
    )
    seconds = now.replace(tzinfo=timezone.utc).timestamp()
    botocore.auth.time = types.SimpleNamespace(
        **{**vars(time), "time": lambda: seconds, "gmtime": lambda *_: time.gmtime(seconds)}
    )
    botocore.auth.formatdate = lambda *_args, **_more: now.strftime("%a, %d %b %Y %H:%M:%S GMT")
    minio.time.utcnow = lambda: now.replace(tzinfo=timezone.utc)
    uuid.uuid4 = lambda: uuid.UUID(int=4)


def client(ask):
    keys = ask["keys"]
    return boto3.client(
        "s3",
        endpoint_url=ask["endpoint"],
        region_name=ask["region"],
        aws_access_key_id=keys["access_key"],
        aws_secret_access_key=keys["secret_key"],
        aws_session_token=keys.get("session_token"),
        config=Config(
            signature_version=ask.get("version", "s3v4"),
            s3={"addressing_style": ask.get("style", "path")},
            retries={"max_attempts": 0},
        ),
    )


def boto3_presign(ask):
    url = client(ask).generate_presigned_url(
        ask["method"], Params=ask["params"], ExpiresIn=ask["expires"]
    )
    return {"url": url}


def boto3_call(ask):
    params = dict(ask["params"])
    if "Body" in params:
        params["Body"] = params["Body"].encode()
    made = client(ask)
    if ask.get("anonymous_body"):
        params["Body"] = io.BytesIO(params["Body"])
    try:
        getattr(made, ask["method"])(**params)
    except Exception as error:  # the loopback answers nothing of use
        if ask.get("strict"):
            raise
        return {"note": str(error)}
    return {}


def botocore_general(ask):
    """botocore's signer for all services but S3, used for S3 by mistake."""
    keys = ask["keys"]
    credentials = botocore.credentials.Credentials(
        keys["access_key"], keys["secret_key"], keys.get("session_token")
    )
    request = botocore.awsrequest.AWSRequest(
        method=ask["method"], url=ask["url"], headers=ask.get("headers", {})
    )
    signer = getattr(botocore.auth, ask["signer"])
    more = {"expires": ask["expires"]} if "expires" in ask else {}
    signer(credentials, ask.get("service", "s3"), ask["region"], **more).add_auth(request)
    prepared = request.prepare()
    return {"url": prepared.url, "headers": dict(prepared.headers.items())}


def minio_client(ask):
    keys = ask["keys"]
    host = ask["endpoint"].split("://", 1)[1]
    return Minio(
        host,
        access_key=keys["access_key"],
        secret_key=keys["secret_key"],
        session_token=keys.get("session_token"),
        secure=False,
        region=ask["region"],
    )


def minio_presign(ask):
    url = minio_client(ask).get_presigned_url(
        ask["method"],
        ask["bucket"],
        ask["key"],
        expires=timedelta(seconds=ask["expires"]),
        response_headers=ask.get("response_headers"),
        extra_query_params=ask.get("extra"),
    )
    return {"url": url}


def minio_put(ask):
    body = ask["body"].encode()
    try:
        minio_client(ask).put_object(
            ask["bucket"], ask["key"], io.BytesIO(body), len(body), **ask.get("more", {})
        )
    except Exception as error:
        return {"note": str(error)}
    return {}


def send_requests(ask):
    body = ask.get("body")
    if ask.get("stream"):
        body = (part.encode() for part in [body])
    files = {name: tuple(given) for name, given in ask.get("files", {}).items()} or None
    response = requests.request(
        ask["method"],
        ask["url"],
        data=body.encode() if isinstance(body, str) else body,
        headers=ask.get("headers"),
        files=files,
    )
    return {"status": response.status_code}


DO = {
    "boto3.presign": boto3_presign,
    "boto3.call": boto3_call,
    "botocore.general": botocore_general,
    "minio.presign": minio_presign,
    "minio.put": minio_put,
    "requests": send_requests,
}


def main():
    global PORT
    for line in sys.stdin:
        ask = json.loads(line)
        PORT = ask.get("port")
        stand(ask.get("at", "20260115T120000Z"))
        try:
            answer = DO[ask["do"]](ask)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
