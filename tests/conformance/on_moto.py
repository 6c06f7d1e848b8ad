"""The service in front of a storage that is not ours: moto, which is a memory and an S3 API.

Run with the binary as its argument. Each mode is gone through as a client would; what moto cannot hold is in the
profile `moto`, and is expected here to be found out by `complete`.
"""

import os
import re
import subprocess
import sys
import tempfile

import boto3
import requests
from moto.server import ThreadedMotoServer

MIB = 1024 * 1024
CONFIG = """
[storage]
endpoint = "http://127.0.0.1:{port}"
region = "us-east-1"
profile = "moto"
accessKey = "testing"
secretKey = "testing-secret"

[presets.put]
bucket = "uploads"
key = "put/{{uuid}}.{{ext}}"
accept = ["*/*"]
maxSize = "1 GiB"
mode = "put"
metadata = ["album"]

[presets.post]
bucket = "uploads"
key = "post/{{uuid}}.{{ext}}"
accept = ["*/*"]
maxSize = "1 GiB"
mode = "post"

[presets.parts]
bucket = "uploads"
key = "parts/{{uuid}}.{{ext}}"
accept = ["*/*"]
maxSize = "1 GiB"
mode = "multipart"
partSize = "5 MiB"

[presets.once]
bucket = "uploads"
key = "once/{{uuid}}.{{ext}}"
accept = ["*/*"]
maxSize = "1 GiB"
singleUse = true

[presets.verified]
bucket = "uploads"
key = "verified/{{uuid}}.{{ext}}"
accept = ["image/*"]
maxSize = "1 GiB"
mode = "put"
verify = true
"""
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(100)


class Service:
    """A running `dropslip serve`."""

    def __init__(self, binary, folder):
        args = [binary, "serve", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(args, cwd=folder, stdout=subprocess.PIPE, text=True)
        greeting = self.process.stdout.readline()
        self.origin = re.search(r"http://[0-9.:]+", greeting)[0]

    def issue(self, preset, size, **more):
        body = {"preset": preset, "fileName": "a.txt", "contentType": "text/plain", "size": size}
        return expect(201, requests.post(f"{self.origin}/v1/uploads", json=body | more)).json()

    def about(self, upload, method, path=""):
        return requests.request(method, f"{self.origin}/v1/uploads/{upload['id']}{path}")

    def complete(self, upload):
        return self.about(upload, "POST", "/complete")


def expect(status, answer):
    assert answer.status_code == status, f"{answer.status_code} in place of {status}: {answer.text}"
    return answer


def put(slip, data):
    return requests.put(slip["url"], data=data, headers=slip["headers"])


def one_put(service):
    upload = service.issue("put", 5, metadata={"album": "Süden"})
    expect(409, service.complete(upload))
    expect(200, put(upload["put"], b"hello"))
    first = expect(200, service.complete(upload)).json()
    assert service.complete(upload).json() == first
    assert service.about(upload, "GET").json()["state"] == "completed"
    expect(204, service.about(upload, "DELETE"))
    assert service.about(upload, "GET").json()["state"] == "aborted"


def another_size(service):
    upload = service.issue("put", 5)
    expect(200, put(upload["put"], b"hello world"))
    assert expect(422, service.complete(upload)).json()["code"] == "size_mismatch"
    assert service.about(upload, "GET").json()["state"] == "refused"


def one_form(service):
    upload = service.issue("post", 5)
    form = upload["post"]
    expect(201, requests.post(form["url"], data=form["fields"], files={"file": ("a.txt", b"hello")}))
    expect(200, service.complete(upload))


def parts(service):
    data = os.urandom(11 * MIB + 3)
    upload = service.issue("parts", len(data))
    sent = upload["multipart"]["parts"]
    expect(200, put(sent[2], data[10 * MIB :]))
    assert "1, 2" in expect(409, service.complete(upload)).json()["detail"]
    listed = service.about(upload, "GET").json()["multipart"]["parts"]
    assert [part["number"] for part in listed] == [3], listed
    for number in (1, 2):
        expect(200, put(sent[number - 1], data[(number - 1) * 5 * MIB : number * 5 * MIB]))
    assert expect(200, service.complete(upload)).json()["size"] == len(data)
    asked = requests.post(f"{service.origin}/v1/downloads", json={"key": upload["key"]})
    assert requests.get(expect(201, asked).json()["url"]).content == data
    aborted = service.issue("parts", len(data))
    expect(200, put(aborted["multipart"]["parts"][0], data[: 5 * MIB]))
    expect(204, service.about(aborted, "DELETE"))


def once(service):
    upload = service.issue("once", 3)
    expect(200, put(upload["put"], b"abc"))
    expect(412, put(upload["put"], b"xyz"))
    expect(200, service.complete(upload))


def first_bytes(service):
    for data, status in ((PNG, 200), (b"<html><script>" + bytes(100), 422)):
        upload = service.issue("verified", len(data), contentType="image/png")
        expect(200, put(upload["put"], data))
        expect(status, service.complete(upload))


def through_the_service(service):
    address = f"{service.origin}/v1/proxy/put/b.txt"
    text = {"content-type": "text/plain"}
    expect(200, requests.put(address, data=b"whole", headers=text))
    pieces = (bytes(65536) for _ in range(100))
    assert expect(200, requests.put(address, data=pieces, headers=text)).json()["size"] == 6_553_600


def main():
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    port = moto.get_host_and_port()[1]
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing-secret"}
    s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **keys)
    s3.create_bucket(Bucket="uploads")
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/dropslip.toml", "w", encoding="utf-8") as file:
            file.write(CONFIG.format(port=port))
        service = Service(os.path.abspath(sys.argv[1]), folder)
        try:
            for check in (one_put, another_size, one_form, parts, once, first_bytes, through_the_service):
                check(service)
                print(f"moto: {check.__name__} holds", flush=True)
        finally:
            service.process.terminate()
            service.process.wait()
            moto.stop()


if __name__ == "__main__":
    main()
