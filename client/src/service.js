/**
 * Talks to the service: issue, sign, read, complete, abort. The only `fetch` of the client.
 *
 * The service answers JSON, and problem details (RFC 9457) with a `code` and a `hint` when it refuses. What answers in
 * another way is no Dropslip service (a proxy's page, a wrong address), and the error says so.
 */

/** @import { Job } from './flow.js' */
/** @import * as types from './types.d.ts' */

import { UploadError } from './error.js'
import { parseRetryAfterMs } from './retry.js'

/**
 * @typedef {{ url: string, headers?: Record<string, string>, fields?: Record<string, string> }} Target a signed address
 * @typedef {{ number: number, size: number } & Target} Part as it was signed, or as it has arrived
 *
 * @typedef {object} Slip what was issued, or what is known of it after a reload
 * @property {string} id
 * @property {string} bucket
 * @property {string} key
 * @property {string} [state]
 * @property {number} [expiresIn] seconds until the addresses end
 * @property {Target} [put]
 * @property {Target} [post]
 * @property {{ partSize: number, checksum?: types.Algorithm, parts: Part[] }} [multipart]
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {string} text
 * @property {number} retryAfterMs
 */

/**
 * @param {string} url
 * @param {RequestInit} init
 * @returns {Promise<Answer>}
 */
export async function request(url, init) {
  try {
    const response = await fetch(url, init)
    const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'))
    return { status: response.status, text: await response.text(), retryAfterMs }
  } catch (cause) {
    init.signal?.throwIfAborted()
    throw unanswered(url, cause)
  }
}

/**
 * @param {string} url
 * @param {unknown} [cause]
 */
export function unanswered(url, cause) {
  // Without the query, which is a secret.
  return new UploadError('network', `no readable answer from ${url.split('?')[0]}`, { cause })
}

/**
 * @callback Call
 * @param {string} method
 * @param {string} path after the address of the upload, or of all while it has no id
 * @param {object} [body]
 * @returns {Promise<any>} the JSON of a 2xx answer
 */

/**
 * @param {string} endpoint the uploads address, without a slash at the end
 * @param {types.UploadOptions['headers']} headers for each call
 * @param {() => Pick<Job, 'id' | 'signal'>} job as it stands
 * @returns {Call}
 */
export function connect(endpoint, headers, job) {
  return async (method, path, body) => {
    const { id, signal } = job()
    const all = new Headers(typeof headers === 'function' ? await headers() : headers)
    if (body) all.set('content-type', 'application/json')
    // What takes an upload back outlives its signal, and the page.
    const keepalive = method === 'DELETE'
    const answer = await request(endpoint + (id ? `/${encodeURIComponent(id)}` : '') + path, {
      method,
      headers: all,
      body: /** @type {string} */ (body && JSON.stringify(body)),
      signal: keepalive ? null : signal,
      keepalive,
    })
    const { status, text } = answer
    let json
    try {
      json = JSON.parse(text)
    } catch {}
    if (status < 300 && json) return json
    const { code = 'bad_answer', detail = `no usable answer from ${endpoint}` } = json ?? {}
    throw new UploadError(code, detail, { ...json, ...answer })
  }
}
