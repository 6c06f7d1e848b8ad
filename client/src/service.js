/**
 * Talks to the service: issue, complete, abort. The only `fetch` of the client.
 *
 * The service answers JSON, and problem details (RFC 9457) with a `code` and a `hint` when it refuses. What answers in
 * another way is no Dropslip service (a proxy's page, a wrong address), and the error says so.
 */

/** @import { Issued, Service } from './flow.js' */
/** @import * as types from './types.d.ts' */

import { UploadError, aborted } from './error.js'
import { parseRetryAfterMs } from './retry.js'

/**
 * @param {string} endpoint the uploads address, without a slash at the end
 * @param {Headers} headers for each call
 * @returns {Service}
 */
export function connect(endpoint, headers) {
  return {
    async issue(wish, signal) {
      const answer = await call({ method: 'POST', address: endpoint, headers, body: wish, signal })
      return parseIssued(answer, endpoint)
    },
    async complete(id, signal) {
      const address = `${endpoint}/${encodeURIComponent(id)}/complete`
      return parseCompleted(await call({ method: 'POST', address, headers, body: {}, signal }), address)
    },
    async abort(id) {
      // keepalive lets the call outlive the page: closing it aborts too.
      const init = { method: 'DELETE', headers, keepalive: true }
      await fetch(`${endpoint}/${encodeURIComponent(id)}`, init).catch(() => {})
    },
  }
}

/**
 * @param {{ method: string, address: string, headers: Headers, body: object, signal: AbortSignal | undefined }} request
 * @returns {Promise<unknown>} the JSON of a 2xx answer
 */
async function call({ method, address, headers, body, signal }) {
  const all = new Headers(headers)
  all.set('accept', 'application/json, application/problem+json')
  all.set('content-type', 'application/json')
  let response, text
  try {
    response = await fetch(address, { method, headers: all, body: JSON.stringify(body), signal: signal ?? null })
    text = await response.text()
  } catch (cause) {
    if (signal?.aborted) throw aborted(signal.reason)
    throw new UploadError('network', `no readable answer from ${address}`, {
      hint:
        'Check the network connection and that the service is running. On another origin than the page, the service ' +
        'must allow it by CORS.',
      cause,
    })
  }
  const json = parseJson(text)
  if (!response.ok) throw problem(response, json, address)
  return json
}

/**
 * @param {Response} response
 * @param {unknown} json
 * @param {string} address
 */
function problem(response, json, address) {
  const { status, headers } = response
  const { code, title, detail, hint } = /** @type {Record<string, unknown>} */ (json ?? {})
  const details = {
    status,
    requestId: headers.get('x-request-id') ?? undefined,
    retryAfterMs: parseRetryAfterMs(headers.get('retry-after'), Date.now()),
  }
  if (typeof code !== 'string') return notOurs(address, `status ${status}`, details)
  const message = [detail, title, code].find((text) => typeof text === 'string' && text !== '')
  return new UploadError(code, String(message), { ...details, hint: typeof hint === 'string' ? hint : '' })
}

/**
 * @param {string} address
 * @param {string} got
 * @param {types.UploadErrorDetails} [details]
 */
function notOurs(address, got, details) {
  return new UploadError('bad_answer', `unexpected answer from ${address} (${got})`, {
    ...details,
    hint: 'Check that `endpoint` is the uploads address of a Dropslip service and what answers in front of it.',
  })
}

/**
 * @param {string} text
 * @returns {unknown} `undefined` when it is no JSON
 */
function parseJson(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * @param {unknown} answer
 * @param {string} address
 * @returns {Issued}
 */
function parseIssued(answer, address) {
  const { id, bucket, key, put } = /** @type {Record<string, any>} */ (answer ?? {})
  if (!isText(id) || !isText(bucket) || !isText(key)) throw notOurs(address, 'no upload in it')
  if (!isWebAddress(put?.url) || !isTextRecord(put.headers)) throw notOurs(address, 'no `put` to send to')
  return { id, bucket, key, put: { url: put.url, headers: put.headers } }
}

/**
 * @param {unknown} answer
 * @param {string} address
 * @returns {Omit<types.Uploaded, 'id' | 'bucket'>}
 */
function parseCompleted(answer, address) {
  const { key, size, contentType, etag, url } = /** @type {Record<string, any>} */ (answer ?? {})
  if (!isText(key) || typeof size !== 'number' || typeof contentType !== 'string' || typeof etag !== 'string') {
    throw notOurs(address, 'no object in it')
  }
  return { key, size, contentType, etag, ...(isWebAddress(url) && { url }) }
}

/** @param {unknown} value @returns {value is string} */
function isText(value) {
  return typeof value === 'string' && value !== ''
}

/** @param {unknown} value @returns {value is string} */
function isWebAddress(value) {
  return isText(value) && /^https?:\/\//i.test(value) && URL.canParse(value)
}

/** @param {unknown} value @returns {value is Record<string, string>} */
function isTextRecord(value) {
  return typeof value === 'object' && value !== null && Object.values(value).every((v) => typeof v === 'string')
}
