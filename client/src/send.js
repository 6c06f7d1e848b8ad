/**
 * Sends the bytes: one PUT to a signed address, with progress and abort. The only XMLHttpRequest of the client.
 *
 * `fetch` cannot report how much of a body has been sent, `XMLHttpRequest` can. What the storage answers when it
 * refuses is S3's error XML; its `<Code>` and `<Message>` go into the error.
 */

/** @import { PutTarget, Send } from './flow.js' */

import { UploadError, aborted } from './error.js'
import { parseRetryAfterMs } from './retry.js'

/** @type {Send} */
export function send({ put, body, signal, onLoaded }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal.reason))
    const xhr = new XMLHttpRequest()
    const abort = () => xhr.abort()
    signal?.addEventListener('abort', abort, { once: true })
    /** @param {() => void} settle */
    const ended = (settle) => () => {
      signal?.removeEventListener('abort', abort)
      settle()
    }

    xhr.upload.onprogress = (event) => onLoaded(event.loaded)
    xhr.onload = ended(() => {
      if (xhr.status >= 200 && xhr.status <= 299) resolve()
      else reject(refusal(xhr))
    })
    xhr.onerror = ended(() => reject(unanswered(put)))
    xhr.onabort = ended(() => reject(aborted(signal?.reason)))
    xhr.open('PUT', put.url)
    for (const [name, value] of Object.entries(put.headers)) xhr.setRequestHeader(name, value)
    xhr.send(body)
  })
}

/**
 * The request failed and the browser keeps the reason from scripts, so the hint names what it can be.
 *
 * @param {PutTarget} put
 */
function unanswered(put) {
  const names = Object.keys(put.headers).join(', ') || 'content-type'
  const page = globalThis.location?.origin ?? "the page's origin"
  return new UploadError('network', `no readable answer from the storage at ${new URL(put.url).origin}`, {
    hint:
      'Check the network connection, that the storage is running and reachable from here, and that the file was not ' +
      `changed since it was chosen. If all is well, it is CORS: the bucket must allow the origin ${page}, the method ` +
      `PUT and the headers ${names}.`,
  })
}

/** @param {XMLHttpRequest} xhr */
function refusal(xhr) {
  const { code, message } = parseS3Error(xhr.responseText)
  // getResponseHeader would log an error to the console for a header that CORS does not expose.
  const retryAfter = /^retry-after: *(.*)$/im.exec(xhr.getAllResponseHeaders())?.[1]
  const said = code ? `${code}${message ? `: ${message}` : ''}` : `status ${xhr.status}`
  return new UploadError('storage_refused', `the storage refused the bytes (${said})`, {
    status: xhr.status,
    hint: refusalHint(code, message),
    storageCode: code,
    retryAfterMs: parseRetryAfterMs(retryAfter, Date.now()),
  })
}

/**
 * Reads S3's error XML. The two elements are flat text, so no XML parser is needed.
 *
 * @param {string} xml
 * @returns {{ code: string | undefined, message: string | undefined }}
 */
export function parseS3Error(xml) {
  if (!/<Error[\s>]/.test(xml)) return { code: undefined, message: undefined }
  return { code: textOf(xml, 'Code'), message: textOf(xml, 'Message')?.replace(/\.$/, '') }
}

/**
 * @param {string} xml
 * @param {string} element
 */
function textOf(xml, element) {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]?.trim()
  if (!text) return undefined
  /** @type {Record<string, string>} */
  const entities = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&', '#34': '"', '#39': "'" }
  return text.replace(/&(#?\w+);/g, (whole, name) => entities[name] ?? whole).slice(0, 500)
}

/**
 * @param {string | undefined} code
 * @param {string | undefined} message
 */
function refusalHint(code, message) {
  if (/expired/i.test(message ?? '')) {
    return 'The signed address expired before the bytes were sent. Upload the file again.'
  }
  switch (code) {
    case 'SignatureDoesNotMatch':
      return (
        'The storage got another request than the one that was signed. Check that the secret key of the service is ' +
        "the storage's, and that nothing between the browser and the storage changes the host, the path or a header."
      )
    case 'RequestTimeTooSkewed':
      return "Set the clock of the service's machine."
    case 'NoSuchBucket':
      return 'Create the bucket, or name another one in the preset.'
    case 'InvalidAccessKeyId':
      return 'The storage does not know the access key of the service. Check its credentials.'
    case 'AccessDenied':
      return "The key of the service may not write here, or not with this ACL. Check the bucket's policy and ownership."
    default:
      return ''
  }
}
