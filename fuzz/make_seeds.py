#!/usr/bin/env python3
"""Makes seeds for the fuzz targets from the vectors and the corpus of dropslip-sigv4.

Usage: python3 fuzz/make_seeds.py [FOLDER]

Each target gets a folder below FOLDER (`fuzz/seeds`, which git ignores). Give them to the
fuzzer beside the kept corpus, and keep what `cargo fuzz cmin` leaves of them. Only the
standard library is needed.
"""

import hashlib
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "crates/dropslip-sigv4/tests"
FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "fuzz/seeds"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def write(target, content):
    """Writes a seed under the name that libFuzzer would give it."""
    if isinstance(content, str):
        content = content.encode()
    folder = FOLDER / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(content).hexdigest()).write_bytes(content)


def text(method, path, query, headers, notes=()):
    """A request as the targets read it."""
    lines = [f"{method} {path}" + (f"?{query}" if query else "")]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [f":{name}: {value}" for name, value in notes if value is not None]
    return "\n".join(lines)


def corpus():
    """The requests of real signers, broken as people break them."""
    for file in sorted((TESTS / "corpus").glob("*.json")):
        for case in json.loads(file.read_text()):
            request = case["request"]
            headers = [(name, value) for name, value in request["headers"] if isinstance(value, str)]
            notes = [("now", case["now"]), ("region", case.get("region")), ("service", case.get("service"))]
            notes += [("host", host) for host in case.get("hosts", [])]
            tokens = [key.get("session_token") for key in case["credentials"]]
            notes += [("token", token) for token in tokens[:1]]
            seed = text(request["method"], request["path"], request["query"], headers, notes)
            write("explain", seed)
            in_header = any(name.lower() == "authorization" for name, _ in headers)
            write("header" if in_header else "query", seed)
            host = next((value for name, value in headers if name.lower() == "host"), "h")
            address = f"https://{host}{request['path']}?{request['query']}"
            write("url", address)
            quoted = "".join(f" \\\n  -H '{name}: {value}'" for name, value in headers[:4])
            write("curl", f"curl -X {request['method']}{quoted} '{address}'")
            har_headers = [{"name": name, "value": value} for name, value in headers]
            entry = {
                "startedDateTime": "2026-01-31T10:00:00.000Z",
                "request": {"method": request["method"], "url": address, "headers": har_headers, "bodySize": 9},
                "response": {"status": 403, "content": {"text": "<Error>"}},
            }
            write("har", json.dumps({"log": {"entries": [entry]}}))


def suite():
    """AWS's own suite, of another service."""
    for folder in sorted((TESTS / "vectors/aws-signing-test-suite/v4").iterdir()):
        for kind in ("header", "query"):
            file = folder / f"{kind}-signed-request.txt"
            if not file.exists():
                continue
            lines = file.read_text(errors="replace").split("\n\n")[0].splitlines()
            first = lines[0].removesuffix(" HTTP/1.1")
            seed = "\n".join([first, *lines[1:], ":service: service"])
            write(kind, seed)
            unsigned = [line for line in lines[1:] if not line.lower().startswith(("authorization", "x-amz-date"))]
            write("sign", "\n".join([first.split("?X-Amz")[0], *unsigned]))


def version2():
    for name in ("aws-sdk", "botocore", "doc-examples", "s3cmd"):
        file = TESTS / f"vectors/v2/{name}.json"
        for case in json.loads(file.read_text())["cases"]:
            if "url" not in case:
                continue
            rest = case["url"].split("://", 1)[1]
            path, _, query = ("/" + rest.partition("/")[2]).partition("?")
            headers = [(name, value) for name, value in case.get("headers", [])]
            notes = [("bucket", case.get("bucket")), ("token", case.get("sessionToken"))]
            write("v2", text(case["method"], path, query, headers, notes))


def changed():
    """Requests that the target signs and then changes."""
    head = "PUT /uploads/a%20b.png?x-id=PutObject\nhost: storage.test:9000\ncontent-type: image/png\nx-amz-acl: private"
    edits = ["0 3 GET", "4 8 /", "13 3 %2520", "13 3 +", "17 1 X", "40 0 &amp;", "300 12 ", "60 5 \n x-amz-meta-a: b"]
    for way in ("query", "header"):
        for edit in edits:
            write("explain", f"{head}\n:sign: {way}\n:edit: {edit.splitlines()[0]}\n:host: storage.test")
    canonical = ["PUT", "/uploads/a", "", "host:storage.test", "", "host", "UNSIGNED-PAYLOAD"]
    notes = "\n".join(f":storage: {line}" for line in canonical)
    write("explain", f"PUT /uploads/a\nhost: storage.test\n:sign: query\n{notes}")
    write("explain", f"PUT /uploads/a\nhost: storage.test\n:sign: query\n:keys: none\n{notes}")


def policies():
    conditions = [
        '{"bucket":"uploads"},["starts-with","$key","user/"],{"acl":"public-read"},["content-length-range",1,1048576]',
        '{"bucket":"uploads"},["eq","$key","a"],["starts-with","$Content-Type",""],["eq","x","y"]',
        '["content-length-range","1","z"],["Starts-With","$x-amz-meta-a",""],{"a":1}',
    ]
    signed = ','.join(f'["starts-with","${name}",""]' for name in ("x-amz-algorithm", "x-amz-credential", "x-amz-date"))
    for conditions_text in conditions:
        document = f'{{"expiration":"2030-01-01T12:00:00.000Z","conditions":[{conditions_text},{signed}]}}'
        fields = "key: user/${filename}\nacl: public-read\nContent-Type: image/jpeg\n:file: C:\\a\\b.jpg"
        write("policy", f"{fields}\n\n{document}")
        write("policy", f"key: a\nx-ignore-b: c\n:token: t\n\n{document}")
        write("policy", f"key: user/${{filename}}\nacl: public-read\nx-ignore-b: c\n:file: b.jpg\n\n{document}")
        fields = "key: a\nAWSAccessKeyId: AKIAIOSFODNN7EXAMPLE\npolicy: eyJleHBpcmF0aW9uIjoi\nsignature: AAAAAAAAAAAAAAAAAAAAAAAAAAA="
        write("policy", f"{fields}\n\n{document}")


def chunks():
    zeros = "0" * 64
    write("chunk_stream", "unsigned 5 x-amz-checksum-crc32 3 1 7\n5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n")
    write("chunk_stream", "unsigned 0  2\n0\r\n\r\n")
    one, two = f"chunk-signature={zeros}", f"chunk-signature={'1' * 64}"
    write("chunk_stream", f"signed 5  4\n5;{one}\r\nhello\r\n0;{two}\r\n\r\n")
    trailer = f"x-amz-trailer-signature:{'2' * 64}"
    write("chunk_stream", f"signed-trailer 5 a,b 9\n5;{one}\r\nhello\r\n0;{two}\r\na:1\r\nB: 2 \n\r\n{trailer}\r\n\r\n")
    large = "x" * 8192
    write("chunk_stream", f"unsigned 8193 a 1000 1\n2000\r\n{large}\r\n1\r\ny\r\n0\r\na:\r\n\r\n")
    for form in range(3):
        for length in (0, 5, 9000):
            write("chunk_round_trip", bytes([form, 0, 0, length >> 8, length & 255, 0, 9, 0, 70, 1]) + b"data")


def xml():
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    canonical = "PUT\n/b/a\nX-Amz-Credential=A%2F1\nhost:h\n\nhost\nUNSIGNED-PAYLOAD"
    hexadecimal = " ".join(f"{byte:02x}" for byte in canonical.encode())
    write("xml", f"{head}<Error><Code>SignatureDoesNotMatch</Code><Message>m &amp; n</Message><AWSAccessKeyId>AKID</AWSAccessKeyId>"
                 f"<StringToSign>AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n00</StringToSign>"
                 f"<SignatureProvided>00</SignatureProvided><CanonicalRequest>{canonical.replace('&', '&amp;')}</CanonicalRequest>"
                 f"<CanonicalRequestBytes>{hexadecimal}</CanonicalRequestBytes></Error>")
    write("xml", "HTTP/1.1 403 Forbidden\r\n\r\n<Error><Code>AccessDenied</Code><HeadersNotSigned>a</HeadersNotSigned></Error>")
    write("xml", '{"body": "<Error><Code>A<\\/Code><Message>\\n\\"<\\/Message><\\/Error>"}')
    write("xml", "<CORSConfiguration><CORSRule><ID>a</ID><AllowedOrigin>https://*.app.test</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>"
                 "<AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule></CORSConfiguration>")
    write("xml", "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>nl-ams</LocationConstraint></CreateBucketConfiguration>")


def pasted():
    for command in (
        "curl --path-as-is -T file.txt https://h/a/../b/ -H 'x;' -H 'accept:' --compressed",
        "curl ^\"https://h/a^%^2Fb?x=1^&y=2^\" ^\r\n  -X ^\"PUT^\" ^\r\n  -H ^\"a: ^\\^\"b^\\^\"^\"",
        "curl $'https://h/\\u00e9\\x41?a=\\'b' --data-raw 'x=1' -d @file --json '{}' -u u:p",
        "sudo curl -G --data-urlencode 'n=a b' -d c=d --url-query +e -sSLXPUT h/x -K f --next y",
        "curl 'https://u:p@h:443/a?X-Amz-Signature=0' -A '' -b a=b -r 0-9 -e r -I",
        "curl -F a=@b --oauth2-bearer t https://h/?x&y=2 | jq .",
    ):
        write("curl", command)
    write("har", '{"request":{"method":"put","url":"https://h/a?X-Amz-Signature=0","headers":[{"name":":authority","value":"b"}],'
                 '"postData":{"mimeType":"text/plain"}},"response":{"status":400,"content":{"text":"PEVycm9yPg==","encoding":"base64"}}}')
    write("har", '[{"request":{"method":"GET","url":"blob:x"}}]')
    for address in ("HTTP://u@H:80/a b/é?x=%2f#top", "https://[::1]:7601?a=b?c", "https://h/a//../b?u=http://x/y&amp;b=c d"):
        write("url", address)


for make in (corpus, suite, version2, changed, policies, chunks, xml, pasted):
    make()
for folder in sorted(FOLDER.iterdir()):
    print(f"{folder.name}: {len(list(folder.iterdir()))}")
