// What S3 answers, as values that tests compare.

import assert from 'node:assert/strict'

/** The text of an element of S3's error XML. */
export function element(xml, name) {
  const match = xml.match(new RegExp(`<${name}>([^<]*)</${name}>`))
  return match ? unescape(match[1]) : undefined
}

function unescape(text) {
  const characters = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&amp;': '&' }
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/&(lt|gt|quot|apos|amp);/g, (entity) => characters[entity])
}

/**
 * A refusal because of another signature: the XML that S3 sends, with the string
 * to sign as text and as bytes, which must agree.
 */
export function assertMismatch({ status, body }) {
  assert.equal(status, 403, body)
  assert.equal(element(body, 'Code'), 'SignatureDoesNotMatch', body)
  const stringToSign = element(body, 'StringToSign')
  assert.match(stringToSign ?? '', /^AWS4-HMAC-SHA256\n\d{8}T\d{6}Z\n\d{8}\//)
  const bytes = (element(body, 'StringToSignBytes') ?? '').trim().split(/\s+/)
  assert.equal(Buffer.from(bytes.join(''), 'hex').toString(), stringToSign)
  assert.match(element(body, 'CanonicalRequest') ?? '', /^PUT\n\//)
}

/** A refusal because the link is older than it may be. */
export function assertExpired({ status, body }) {
  assert.equal(status, 403, body)
  assert.equal(element(body, 'Code'), 'AccessDenied', body)
  assert.equal(element(body, 'Message'), 'Request has expired', body)
}

/** The answer of a `fetch`, read. */
export async function read(response) {
  return { status: response.status, body: await response.text() }
}
