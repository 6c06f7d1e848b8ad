"""Recipe (i): boto3 uploads a file in parts, and downloads it.

`boto3_multipart.py BUCKET KEY FILE` fails if what comes back is not what went. Settings
come from the environment.
"""

import pathlib
import sys

import boto3
from boto3.s3.transfer import TransferConfig

BUCKET, KEY, FILE = sys.argv[1:]
PART = 5 * 1024 * 1024

s3 = boto3.client("s3")
parts = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART)

s3.upload_file(FILE, BUCKET, KEY, Config=parts, ExtraArgs={"Metadata": {"from": "boto3"}})
head = s3.head_object(Bucket=BUCKET, Key=KEY)
assert head["Metadata"] == {"from": "boto3"}, head
s3.download_file(BUCKET, KEY, FILE + ".back", Config=parts)
assert pathlib.Path(FILE).read_bytes() == pathlib.Path(FILE + ".back").read_bytes()
