import base64, hashlib, hmac, time


def verify(secret, headers, body, now=None):
    """Whether a webhook comes from the service, and now (docs/guide/webhooks.md). `body` is what came, before JSON."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    sent = headers.get("webhook-timestamp", "")
    if not sent.isdecimal() or abs((now or time.time()) - int(sent)) > 300:
        return False
    mac = hmac.new(key, f"{headers.get('webhook-id')}.{sent}.".encode() + body, hashlib.sha256).digest()
    right = b"v1," + base64.b64encode(mac)
    signatures = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(signature, right) for signature in signatures)
