/**
 * The way of one upload: issue, send, complete, each tried again where that can help.
 *
 * All that touches the world (the service, the sender, the clock, chance, waiting) is handed in, so the order of
 * things and every failure can be tested without a browser. `dropslip.js` hands in the real ones.
 */

/** @import * as types from './types.d.ts' */

import { UploadError, aborted } from './error.js'
import { advance, reading, startMeter } from './progress.js'
import { retryDelayMs } from './retry.js'

/**
 * @typedef {{ url: string, headers: Record<string, string> }} PutTarget
 * @typedef {{ id: string, bucket: string, key: string, put: PutTarget }} Issued
 * @typedef {{ preset: string, fileName: string, contentType?: string, size: number }} Wish
 *
 * @typedef {object} Service
 * @property {(wish: Wish, signal: AbortSignal | undefined) => Promise<Issued>} issue
 * @property {(id: string, signal: AbortSignal | undefined) => Promise<Omit<types.Uploaded, 'id' | 'bucket'>>} complete
 * @property {(id: string) => Promise<void>} abort best effort, never rejects
 *
 * @callback Send
 * @param {{ put: PutTarget, body: Blob, signal: AbortSignal | undefined, onLoaded: (bytes: number) => void }} request
 * @returns {Promise<void>}
 *
 * @typedef {object} World
 * @property {(endpoint: string, headers: Headers) => Service} connect
 * @property {Send} send
 * @property {(ms: number, signal: AbortSignal | undefined) => Promise<void>} wait rejects when the signal aborts
 * @property {() => number} nowMs
 * @property {() => number} random
 */

/**
 * Makes `upload` for a world.
 *
 * @param {World} world
 * @returns {typeof types.upload}
 */
export function uploadWith(world) {
  return async (file, options) => {
    const { endpoint, headers, wish, signal, onProgress } = parseArguments(file, options)
    if (signal?.aborted) throw aborted(signal.reason)
    const service = world.connect(endpoint, headers)

    const { id, bucket, put } = await persist(world, signal, () => service.issue(wish, signal))
    let sent = false
    try {
      await persist(world, signal, (attempt) => sendOnce(world, { put, file, signal, onProgress, attempt }))
      sent = true
      const done = await persist(world, signal, () => service.complete(id, signal))
      return { id, bucket, ...done }
    } catch (error) {
      // Bytes may have arrived although their answer was lost: taken back, without making the caller wait. Not so when
      // `complete` failed by itself, since the service may have accepted the object and only its answer was lost.
      if (!sent || signal?.aborted) void service.abort(id)
      throw error
    }
  }
}

/**
 * Calls until it succeeds, fails for good, or the attempts are used up.
 *
 * @template T
 * @param {World} world
 * @param {AbortSignal | undefined} signal
 * @param {(attempt: number) => Promise<T>} attemptOnce
 * @returns {Promise<T>}
 */
async function persist(world, signal, attemptOnce) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(attempt)
    } catch (error) {
      if (signal?.aborted) throw aborted(signal.reason)
      if (!(error instanceof UploadError)) throw error
      const delayMs = retryDelayMs(error, attempt, world.random())
      if (delayMs === undefined) throw error
      await world.wait(delayMs, signal)
    }
  }
}

/**
 * @param {World} world
 * @param {{ put: PutTarget, file: Blob, signal: AbortSignal | undefined, attempt: number,
 *   onProgress: ((progress: types.Progress) => void) | undefined }} request
 */
async function sendOnce(world, { put, file, signal, onProgress, attempt }) {
  let meter = startMeter(file.size, attempt, world.nowMs())
  const tell = () => {
    if (signal?.aborted) return
    try {
      onProgress?.(reading(meter))
    } catch (error) {
      // A fault in the caller's callback is the caller's to see, and no reason to stop the bytes.
      queueMicrotask(() => {
        throw error
      })
    }
  }
  /** @param {number} bytes */
  const onLoaded = (bytes) => {
    meter = advance(meter, bytes, world.nowMs())
    tell()
  }
  tell()
  await world.send({ put, body: file, signal, onLoaded })
  onLoaded(file.size)
}

/**
 * @param {Blob} file
 * @param {types.UploadOptions} options
 */
function parseArguments(file, options) {
  if (!isBlob(file)) throw new TypeError('upload: the first argument must be a File or a Blob')
  if (typeof options !== 'object' || options === null) throw new TypeError('upload: options with a `preset` are needed')
  const { preset, endpoint = '/v1/uploads', onProgress, signal, headers = {}, fileName } = options
  if (typeof preset !== 'string' || preset === '') throw new TypeError('upload: `preset` must name a kind of upload')
  if (!(endpoint instanceof URL) && (typeof endpoint !== 'string' || endpoint === '')) {
    throw new TypeError('upload: `endpoint` must be the address of the uploads')
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError('upload: `onProgress` must be a function')
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError('upload: `signal` must be an AbortSignal')
  }
  if (fileName !== undefined && (typeof fileName !== 'string' || fileName === '')) {
    throw new TypeError('upload: `fileName` must be a text that is not empty')
  }
  /** @type {Wish} */
  const wish = { preset, fileName: fileName ?? nameOf(file), size: file.size }
  if (file.type) wish.contentType = file.type
  return {
    endpoint: String(endpoint).replace(/\/+$/, ''),
    headers: new Headers(headers),
    wish,
    signal,
    onProgress,
  }
}

/**
 * Not `instanceof`: a file from another frame is made by that frame's constructor.
 *
 * @param {unknown} value
 */
function isBlob(value) {
  return /^\[object (?:Blob|File)\]$/.test(Object.prototype.toString.call(value))
}

/** @param {Blob} file */
function nameOf(file) {
  const { name } = /** @type {{ name?: unknown }} */ (file)
  return typeof name === 'string' && name !== '' ? name : 'upload'
}
