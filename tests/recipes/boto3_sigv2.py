"""What an old application does with boto3 and `signature_version='s3'`.

Usage: boto3_sigv2.py ENDPOINT BUCKET, credentials in the environment. Prints one line when all of it works.
"""

import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, bucket = sys.argv[1:]
config = Config(signature_version="s3", s3={"addressing_style": "path"})
s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=endpoint, config=config)
key, file = "reports/été (1)+&.txt", b"hello" * 1000

s3.put_object(Bucket=bucket, Key=key, Body=file, ContentType="text/plain", Metadata={"Origin": "a  b"})
got = s3.get_object(Bucket=bucket, Key=key)
assert got["Body"].read() == file
assert got["Metadata"] == {"origin": "a  b"}, got["Metadata"]
listed = s3.list_objects_v2(Bucket=bucket, Prefix="reports/")
assert [each["Key"] for each in listed["Contents"]] == [key], listed
assert bucket in [each["Name"] for each in s3.list_buckets()["Buckets"]]

params = {"Bucket": bucket, "Key": "linked", "ContentType": "text/csv", "ACL": "private"}
link = s3.generate_presigned_url("put_object", Params=params)
assert "AWSAccessKeyId=" in link, link
put = urllib.request.Request(link, data=b"a,b", method="PUT", headers={"content-type": "text/csv"})
assert urllib.request.urlopen(put).status == 200
link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "linked"})
with urllib.request.urlopen(link) as answer:
    assert (answer.read(), answer.headers["content-type"]) == (b"a,b", "text/csv")

s3.delete_object(Bucket=bucket, Key="linked")
s3.delete_object(Bucket=bucket, Key=key)
wrong = boto3.client("s3", region_name="us-east-1", endpoint_url=endpoint, config=config, aws_access_key_id="AKIDRECIPES",
                     aws_secret_access_key="another")
try:
    wrong.list_buckets()
except ClientError as error:
    assert error.response["Error"]["Code"] == "SignatureDoesNotMatch", error
else:
    raise AssertionError("another secret must be refused")
print("all of it works")
