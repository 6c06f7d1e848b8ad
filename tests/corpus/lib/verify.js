// A small verifier of its own, so that the corpus does not take our word for what
// is right: it follows AWS's documentation for S3.

import { createHash, createHmac } from 'node:crypto'
import { millis } from './clock.js'

const hmac = (key, text) => createHmac('sha256', key).update(text).digest()
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex')

const bytesOf = (value) => (typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(value.base64, 'base64'))

function decode(text, plus) {
  const out = []
  const bytes = Buffer.from(text, 'utf8')
  for (let at = 0; at < bytes.length; at++) {
    const two = bytes.subarray(at + 1, at + 3).toString('latin1')
    if (bytes[at] === 0x25 && /^[0-9a-fA-F]{2}$/.test(two)) {
      out.push(parseInt(two, 16))
      at += 2
    } else out.push(bytes[at] === 0x2b ? plus.charCodeAt(0) : bytes[at])
  }
  return Buffer.from(out)
}

function encode(bytes, slash) {
  return Array.from(bytes, (byte) => {
    const char = String.fromCharCode(byte)
    return /[A-Za-z0-9\-._~]/.test(char) || (slash && char === '/')
      ? char
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

/** `null` if the request is right, else what is wrong in a word. */
export function wrong(request, { now, region, service, credentials }) {
  const parameters = request.query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=')
      const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]
      return [decode(name, ' '), decode(value, ' ')]
    })
  const query = (name) => parameters.find(([n]) => n.toString() === name)?.[1].toString()
  const headers = (name) => request.headers.filter(([n]) => n.toLowerCase() === name).map(([, v]) => bytesOf(v))
  const first = (name) => headers(name)[0]?.toString().trim()

  const authorization = first('authorization')
  const presigned = query('X-Amz-Algorithm') !== undefined
  if (authorization && presigned) return 'signed twice'
  if (!authorization && !presigned) return 'not signed'
  const claim = presigned
    ? {
        algorithm: query('X-Amz-Algorithm'),
        credential: query('X-Amz-Credential'),
        signed: query('X-Amz-SignedHeaders'),
        signature: query('X-Amz-Signature'),
        date: query('X-Amz-Date'),
        token: query('X-Amz-Security-Token') ?? first('x-amz-security-token'),
      }
    : header(authorization, first)
  if (claim.algorithm !== 'AWS4-HMAC-SHA256') return 'algorithm'
  const scope = claim.credential?.split('/') ?? []
  if (scope.length !== 5) return 'credential'
  const [accessKey, day, theirRegion, theirService] = scope
  if (!/^\d{8}T\d{6}Z$/.test(claim.date ?? '') || !claim.date.startsWith(day)) return 'date'
  if (theirRegion !== region) return 'region'
  if (theirService !== service) return 'service'
  const apart = (millis(now) - millis(claim.date)) / 1000
  if (presigned) {
    const expires = Number(query('X-Amz-Expires'))
    if (!(expires >= 1 && expires <= 604800)) return 'expires'
    if (apart < -900) return 'not yet valid'
    if (apart > expires) return 'expired'
  } else if (Math.abs(apart) > 900) return 'skewed'
  const keys = credentials.find((known) => known.access_key === accessKey)
  if (!keys) return 'unknown key'
  if (keys.session_token !== claim.token) return 'token'

  const names = (claim.signed ?? '').split(';')
  if (!names.includes('host')) return 'host not signed'
  const hoisted = (name) => presigned && parameters.find(([n]) => n.toString().toLowerCase() === name)?.[1]
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase()
    if (!lower.startsWith('x-amz-') || names.includes(lower)) continue
    const same = hoisted(lower)
    if (!same) return 'header not signed'
    if (!same.equals(bytesOf(value))) return 'conflict'
  }
  const canonicalQuery = parameters
    .filter(([name]) => !presigned || name.toString() !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)])
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map((pair) => pair.join('='))
    .join('&')
  const lines = names.map((name) => {
    const value = headers(name).map((v) => v.toString('latin1').trim().replace(/\s+/g, ' ')).join(',')
    return Buffer.from(`${name}:${value}\n`, 'latin1')
  })
  const payload =
    first('x-amz-content-sha256') ?? (presigned ? (hoisted('x-amz-content-sha256') || 'UNSIGNED-PAYLOAD').toString() : '')
  const canonical = Buffer.concat([
    Buffer.from(`${request.method}\n${encode(decode(request.path, '+'), true)}\n${canonicalQuery}\n`),
    ...lines,
    Buffer.from(`\n${names.join(';')}\n${payload}`),
  ])
  const toSign = `AWS4-HMAC-SHA256\n${claim.date}\n${scope.slice(1).join('/')}\n${hash(canonical)}`
  const key = [day, region, service, 'aws4_request'].reduce(hmac, `AWS4${keys.secret_key}`)
  return hmac(key, toSign).toString('hex') === claim.signature ? null : 'mismatch'
}

function header(authorization, first) {
  const [algorithm, ...rest] = authorization.split(' ')
  const elements = Object.fromEntries(
    rest
      .join(' ')
      .split(',')
      .map((element) => element.trim().match(/^([^=]*)=(.*)$/)?.slice(1) ?? [element, '']),
  )
  return {
    algorithm,
    credential: elements.Credential,
    signed: elements.SignedHeaders,
    signature: elements.Signature,
    date: first('x-amz-date'),
    token: first('x-amz-security-token'),
  }
}
