/**
 * Talks to the service: issue, sign, read, complete, abort. The only `fetch` of the client.
 *
 * The service answers JSON, and problem details (RFC 9457) with a `code` and a `hint` when it refuses. What answers in
 * another way is no Dropslip service (a proxy's page, a wrong address), and the error says so.
 */

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
 * @property {(name: string) => string | null | undefined} header
 *
 * @typedef {ReturnType<typeof connect>} Service
 */

/**
 * @param {string} url
 * @param {RequestInit} init
 * @returns {Promise<Answer>}
 */
export async function request(url, init) {
  try {
    const response = await fetch(url, init)
    return { status: response.status, text: await response.text(), header: (name) => response.headers.get(name) }
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
  return new UploadError('network', `no readable answer from ${new URL(url, globalThis.location?.href).origin}`, { cause })
}

/**
 * What an answer that refuses says, whoever gave it.
 *
 * @param {Answer} answer
 * @returns {types.UploadErrorDetails}
 */
export function detailsOf({ status, header }) {
  return { status, retryAfterMs: parseRetryAfterMs(header('retry-after'), Date.now()) }
}

/**
 * @param {string} endpoint the uploads address, without a slash at the end
 * @param {types.UploadOptions['headers']} headers for each call
 */
export function connect(endpoint, headers) {
  /**
   * @param {string} method
   * @param {string} path after the endpoint and the id
   * @param {AbortSignal | null} signal
   * @param {object} [body]
   * @param {string} [id]
   * @returns {Promise<any>} the JSON of a 2xx answer
   */
  return async (method, path, signal, body, id) => {
    const all = new Headers(typeof headers === 'function' ? await headers() : headers)
    if (body) all.set('content-type', 'application/json')
    const answer = await request(endpoint + (id ? `/${encodeURIComponent(id)}` : '') + path, {
      method,
      headers: all,
      body: body ? JSON.stringify(body) : null,
      signal,
      // An abort outlives the page: closing it aborts too.
      keepalive: method === 'DELETE',
    })
    const { status, text } = answer
    let json
    try {
      json = JSON.parse(text)
    } catch {}
    if (status < 300 && json) return json
    const { code = 'bad_answer', detail = `unexpected answer from ${endpoint} (status ${status})`, hint = '' } = json ?? {}
    throw new UploadError(code, detail, {
      ...detailsOf(answer),
      hint,
      requestId: answer.header('x-request-id') ?? undefined,
      cause: json,
    })
  }
}
