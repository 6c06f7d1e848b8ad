/**
 * Decides where a checksum is taken: by WebCrypto where it is there and the blob fits into memory, in a worker where
 * the blob is large, and else in place. Loaded only when a preset asks for a checksum.
 */

/** @import { Algorithm } from './types.d.ts' */

import { digest, read, unreadable } from './digest.js'

/** A blob for WebCrypto is read into memory as a whole. */
const WEBCRYPTO_BYTES_MAX = 64 * 1024 * 1024
/** For a smaller blob it takes longer to start a worker. */
const WORKER_BYTES_MIN = 4 * 1024 * 1024
/** An upload in parts asks again soon. */
const IDLE_MS_MAX = 10_000

/**
 * The checksum as S3 wants it in its headers: base64, the highest byte first.
 *
 * @param {Blob} blob
 * @param {Algorithm} algorithm
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>} rejects with the signal's reason, or with a `NotReadableError`
 */
export function checksum(blob, algorithm, signal) {
  const over = new AbortController()
  /** @type {Promise<string>} */
  const result = new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    signal?.addEventListener('abort', () => reject(signal.reason), { signal: over.signal })
    bytesOf(blob, algorithm, over.signal).then((bytes) => resolve(btoa(String.fromCharCode(...bytes))), reject)
  })
  return result.finally(() => over.abort())
}

/**
 * @param {Blob} blob
 * @param {Algorithm} algorithm
 * @param {AbortSignal} over
 * @returns {Promise<Uint8Array>}
 */
async function bytesOf(blob, algorithm, over) {
  // Absent from pages on plain http, as in a LAN.
  const subtle = globalThis.crypto?.subtle
  if (algorithm === 'sha256' && subtle && blob.size <= WEBCRYPTO_BYTES_MAX) return byWebCrypto(subtle, blob, over)
  const beside = blob.size >= WORKER_BYTES_MIN && (worker ??= start())
  return beside ? byWorker(beside, blob, algorithm, over) : digest(blob, algorithm, over)
}

/** Resolves when the last one has ended. One at a time: one blob is in memory, not one for each connection. */
let turn = Promise.resolve()

/**
 * @param {SubtleCrypto} subtle
 * @param {Blob} blob
 * @param {AbortSignal} over
 */
function byWebCrypto(subtle, blob, over) {
  const { size } = blob
  const result = turn.then(async () => {
    over.throwIfAborted()
    return new Uint8Array(await subtle.digest('SHA-256', await readWhole(blob, size)))
  })
  turn = result.then(() => {}, () => {})
  return result
}

/**
 * What the last blob was read into. Browsers are slow to collect buffers: one for each part, and a large file would be
 * in memory several parts at a time.
 *
 * @type {WeakRef<ArrayBuffer> | undefined}
 */
let spare

/**
 * As `read`, into the same memory again where the browser can.
 *
 * @param {Blob} blob
 * @param {number} size
 */
async function readWhole(blob, size) {
  /** @type {ReadableStreamBYOBReader} */
  let reader
  try {
    reader = blob.stream().getReader({ mode: 'byob' })
  } catch {
    return read(blob, size)
  }
  let buffer = spare?.deref()
  // With room for a byte that should not be there.
  if (!buffer || buffer.byteLength <= size) buffer = new ArrayBuffer(size + 1)
  for (let at = 0; ; ) {
    const { value, done } = await reader.read(new Uint8Array(buffer, at, size + 1 - at)).catch(unreadable)
    buffer = /** @type {ArrayBuffer} */ (value?.buffer)
    at += value?.length ?? 0
    if (done ? at !== size : at > size) unreadable()
    if (!done) continue
    spare = new WeakRef(buffer)
    return new Uint8Array(buffer, 0, size)
  }
}

/** @type {Worker | false | undefined} `false`: there can be none */
let worker
/** Checksums that the worker is taking. */
let busy = 0
/** @type {ReturnType<typeof setTimeout>} */
let idle

/** Starts the worker, unless Node, another origin or a content security policy forbid it. */
function start() {
  try {
    const started = new Worker(new URL('./checksum-worker.js', import.meta.url), { type: 'module' })
    started.onerror = () => (worker = false)
    return started
  } catch {
    return false
  }
}

/**
 * @param {Worker} to
 * @param {Blob} blob
 * @param {Algorithm} algorithm
 * @param {AbortSignal} over
 * @returns {Promise<Uint8Array>}
 */
function byWorker(to, blob, algorithm, over) {
  const { port1: port, port2 } = new MessageChannel()
  clearTimeout(idle)
  busy += 1
  over.addEventListener('abort', () => {
    port.postMessage(0)
    port.close()
    busy -= 1
    if (!busy) idle = setTimeout(end, IDLE_MS_MAX)
  })
  return new Promise((resolve, reject) => {
    port.onmessage = ({ data: [bytes, message, name] }) =>
      bytes ? resolve(bytes) : reject(new DOMException(message, name))
    // Never a checksum's error, those are messages: its script was refused, or is not where it should be.
    to.addEventListener('error', () => resolve(digest(blob, algorithm, over)), { signal: over })
    to.postMessage([blob, algorithm], [port2])
  })
}

function end() {
  if (worker) worker.terminate()
  worker &&= undefined
}
