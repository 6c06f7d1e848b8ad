/**
 * Sends the bytes of one piece to a signed address, with progress. The only XMLHttpRequest of the client.
 *
 * `fetch` cannot report how much of a body has been sent, `XMLHttpRequest` can. Where there is none, as in Node, `fetch`
 * it is, and progress comes piece by piece.
 */

/** @import { Answer, Target } from './service.js' */

import { request, unanswered } from './service.js'

/** Slow is no failure. This long without one byte, or without an answer to the last one, is. */
const STILL_MS_MAX = 90_000

/**
 * @callback Send
 * @param {Target} target
 * @param {Blob} blob
 * @param {AbortSignal} signal
 * @param {(bytes: number) => void} onLoaded
 * @returns {Promise<Answer>} whatever was answered; rejects when nothing was
 */

/** @type {Send} */
export function send({ url, headers, fields }, blob, signal, onLoaded) {
  const method = fields ? 'POST' : 'PUT'
  /** @type {Blob | FormData} */
  let body = blob
  if (fields) {
    body = new FormData()
    for (const name in fields) body.append(name, fields[name] ?? '')
    body.append('file', blob)
  }
  if (!globalThis.XMLHttpRequest) return request(url, { method, headers: headers ?? {}, body, signal })
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    const abort = () => xhr.abort()
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer
    const live = () => {
      clearTimeout(timer)
      timer = setTimeout(abort, STILL_MS_MAX)
    }
    xhr.upload.onprogress = ({ loaded }) => {
      live()
      onLoaded(Math.min(loaded, blob.size))
    }
    xhr.onloadend = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      const { status, responseText: text } = xhr
      // getResponseHeader would log an error to the console for a header that CORS does not expose.
      const header = (/** @type {string} */ name) => RegExp(`^${name}: *(.*)$`, 'im').exec(xhr.getAllResponseHeaders())?.[1]
      if (signal.aborted) reject(signal.reason)
      else if (status) resolve({ status, text, header })
      else reject(unanswered(url))
    }
    xhr.open(method, url)
    for (const name in headers) xhr.setRequestHeader(name, headers[name] ?? '')
    signal.addEventListener('abort', abort)
    live()
    xhr.send(body)
  })
}
