"""The example of docs/guide/testing-your-app.md in Python: an application's upload
function, tested against a store that refuses, cuts and expires on demand."""

import json
import os
import re
import signal
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

import boto3
from botocore.config import Config


def upload(url, body):
    """What the application does: uploads with some patience, and gives the number of tries."""
    for tries in range(1, 5):
        try:
            request = urllib.request.Request(url, data=body, method="PUT")
            urllib.request.urlopen(request).close()
            return tries
        except urllib.error.HTTPError as error:
            error.close()
            if error.code < 500:
                raise
        except OSError:
            pass
    raise TimeoutError("gave up")


class UploadTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.data = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.data.cleanup)
        cls.store = subprocess.Popen(
            [os.environ["DROPSLIP_BIN"], "store", "--data", cls.data.name]
            + ["--listen", "127.0.0.1:0", "--bucket", "uploads", "--lifecycle-day", "50ms"],
            stdout=subprocess.PIPE,
            text=True,
        )
        cls.addClassCleanup(cls.stop)
        cls.endpoint = re.search(r"http:[^ ,]+", cls.store.stdout.readline())[0]
        cls.s3 = boto3.client(
            "s3",
            endpoint_url=cls.endpoint,
            region_name="us-east-1",
            aws_access_key_id="dropslip",
            aws_secret_access_key="dropslip-dev-secret",
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )

    @classmethod
    def stop(cls):
        cls.store.send_signal(signal.SIGINT)
        cls.store.wait()
        cls.store.stdout.close()

    def faults(self, *faults):
        self.addCleanup(self.control, "DELETE")
        self.control("PUT", json.dumps({"faults": faults}).encode())

    def control(self, method, body=None):
        url = f"{self.endpoint}/_dropslip/faults"
        urllib.request.urlopen(urllib.request.Request(url, data=body, method=method)).close()

    def presign(self, key):
        return self.s3.generate_presigned_url("put_object", {"Bucket": "uploads", "Key": key}, 60)

    def test_a_busy_store_is_asked_again(self):
        self.faults({"operation": "PutObject", "status": 503, "times": 2})
        self.assertEqual(upload(self.presign("busy"), b"bytes"), 3)

    def test_an_expired_link_is_not_tried_again(self):
        self.faults({"operation": "PutObject", "expireUrls": True})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            upload(self.presign("late"), b"bytes")
        self.assertEqual(refused.exception.code, 403)

    def test_a_draft_is_gone_after_a_day(self):
        rule = {
            "ID": "drafts",
            "Filter": {"Prefix": "drafts/"},
            "Status": "Enabled",
            "Expiration": {"Days": 1},
        }
        self.s3.put_bucket_lifecycle_configuration(
            Bucket="uploads", LifecycleConfiguration={"Rules": [rule]}
        )
        upload(self.presign("drafts/a"), b"bytes")
        gone = self.s3.get_waiter("object_not_exists")
        gone.wait(Bucket="uploads", Key="drafts/a", WaiterConfig={"Delay": 1, "MaxAttempts": 20})


if __name__ == "__main__":
    unittest.main()
