/**
 * Sends the bytes of one piece to a signed address, with progress. The only XMLHttpRequest of the client.
 *
 * `fetch` cannot report how much of a body has been sent, `XMLHttpRequest` can. Where there is none, as in Node, `fetch`
 * it is, and progress comes piece by piece.
 */

/** @import { Answer, Target } from './service.js' */

import { parseRetryAfterMs } from './retry.js'
import { request, unanswered } from './service.js'
import { abortable } from './wait.js'

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
export async function send({ url, headers = {}, fields }, blob, signal, onLoaded) {
  const method = fields ? 'POST' : 'PUT'
  /** @type {Blob | FormData} */
  let body = blob
  if (fields) {
    body = new FormData()
    for (const [name, value] of Object.entries({ ...fields, file: blob })) body.append(name, value)
  }
  if (!globalThis.XMLHttpRequest) return request(url, { method, headers, body, signal })
  const xhr = new XMLHttpRequest()
  /** @type {Answer | undefined} */
  let answer
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  const live = () => {
    clearTimeout(timer)
    timer = setTimeout(() => xhr.abort(), STILL_MS_MAX)
  }
  await abortable(signal, (done) => {
    xhr.upload.onprogress = ({ loaded }) => {
      live()
      onLoaded(loaded)
    }
    xhr.onloadend = () => {
      // getResponseHeader would log an error to the console for a header that CORS does not expose.
      const retryAfter = /^retry-after: *(.*)$/im.exec(xhr.getAllResponseHeaders())?.[1]
      const { status, responseText: text } = xhr
      answer = { status, text, retryAfterMs: parseRetryAfterMs(retryAfter) }
      done()
    }
    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    live()
    xhr.send(body)
    return () => {
      clearTimeout(timer)
      xhr.abort()
    }
  })
  if (answer?.status) return answer
  throw unanswered(url)
}
