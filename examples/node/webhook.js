import { createHmac, timingSafeEqual } from 'node:crypto'

/** Whether a webhook comes from the service, and now (docs/guide/webhooks.md). `body` is what came, before JSON. */
export function verify(secret, headers, body, now = Date.now() / 1000) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures = '' } = headers
  if (!(Math.abs(now - time) < 300)) return false
  const mac = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest()
  return signatures.split(' ').filter((s) => s.startsWith('v1,')).map((s) => Buffer.from(s.slice(3), 'base64'))
    .some((s) => s.length === mac.length && timingSafeEqual(s, mac))
}
