"""Prints s3cmd.json: what `s3cmd signurl` makes, with s3cmd 2.3.0.

Run: python make_s3cmd.py > s3cmd.json
`signurl` sends nothing.
"""

import json
import os
import subprocess
from urllib.parse import urlsplit

NOW, UNTIL = 1175139620, 1175139920
ACCESS_KEY, SECRET_KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def sign(name, target, bucket, *options):
    host_bucket = "--host-bucket=%(bucket)s.storage.example" if bucket else "--host-bucket=storage.example"
    command = [
        "s3cmd", "--config", os.devnull, "--access_key", ACCESS_KEY, "--secret_key", SECRET_KEY,
        "--host=storage.example", host_bucket, *options, "signurl", target, str(UNTIL),
    ]
    url = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return {
        "name": name,
        "method": "GET",
        "url": url,
        "headers": [["host", urlsplit(url).netloc]],
        "bucket": bucket,
        "sessionToken": None,
        "now": NOW,
    }


cases = [
    sign("get", "s3://photos/puppy.jpg", "photos"),
    sign("get, path style", "s3://photos/puppy.jpg", None),
    sign("get, odd key", "s3://photos/a b+c/d&e=f/\u00e9t\u00e9.txt", "photos"),
    sign("get, dots and slashes", "s3://photos/a//b/../c", "photos"),
    sign("get, disposition", "s3://photos/puppy.jpg", "photos", '--content-disposition=attachment; filename="a b.txt"'),
    sign("get, disposition and type", "s3://photos/puppy.jpg", "photos", "--content-disposition=inline",
         "--content-type=text/plain"),
]
lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
print(f'{{"accessKey": "{ACCESS_KEY}", "secretKey": "{SECRET_KEY}", "cases": [\n{lines}\n]}}')
