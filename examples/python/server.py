"""An application whose signed-in users upload. It makes their calls to the service, so the API key stays here; the
bytes go from the browser straight to the storage; a webhook tells what has arrived."""

import json, os, re
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from webhook import verify

SERVICE = os.environ.get("SERVICE", "http://127.0.0.1:7600")
API_KEY = os.environ.get("API_KEY", "a-key-for-development")
WEBHOOK_SECRET = os.environ.get("WEBHOOK_SECRET", "whsec_Zm9yIGRldmVsb3BtZW50IG9uIHRoaXMgbWFjaGluZQ==")
SESSIONS = {"session-of-ada": "ada", "session-of-ben": "ben"}
# Keys of uploaded files by user: a table of your database.
FILES = {user: set() for user in SESSIONS.values()}


def answer(method, path, headers, body):
    if path == "/hooks/uploads":
        return hear(json.loads(body)) if verify(WEBHOOK_SECRET, headers, body) else (401, b"{}")
    session = SimpleCookie(headers.get("cookie", "")).get("session")
    user = SESSIONS.get(session.value) if session else None
    if user is None:
        return 401, b'{"detail": "Sign in first."}'
    if path == "/mine":
        return 200, json.dumps(sorted(FILES[user])).encode()
    # The calls of an upload, and no other that the key is good for.
    if not re.fullmatch(r"/(diagnose|uploads(/[\w-]+(/(parts|complete))?)?)", path, re.ASCII):
        return 404, b'{"detail": "Nothing is here."}'
    if path == "/uploads":
        body = json.dumps({**json.loads(body), "preset": "photo", "subject": user}).encode()
    sent = {name: headers[name] for name in ("content-type", "origin") if name in headers}
    sent["authorization"] = f"Bearer {API_KEY}"
    try:
        with urlopen(Request(f"{SERVICE}/v1{path}", body or None, sent, method=method)) as got:
            return got.status, got.read()
    except HTTPError as refusal:
        return refusal.code, refusal.read()


def hear(event):
    """What has become of an upload. The service may tell it twice."""
    keys = FILES[event["data"]["subject"]]
    if event["type"] == "upload.completed":
        keys.add(event["data"]["key"])
    if event["type"] == "upload.aborted":
        keys.discard(event["data"]["key"])
    return 200, b"{}"


class Handler(BaseHTTPRequestHandler):
    def handle_call(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        status, text = answer(self.command, self.path, self.headers, body)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = handle_call


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 3000))), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
