/**
 * The way of one upload: issue or remember, send, complete.
 *
 * All that touches the world (the service, the sender, waiting, memory) is handed in, so the order of things and every
 * failure can be tested without a browser. `dropslip.js` hands in the real ones.
 *
 * An upload goes in legs. A pause ends one, and what has arrived is where the next begins. So does an upload that the
 * storage has forgotten, which is issued anew.
 */

/** @import * as types from './types.d.ts' */
/** @import { Piece } from './parts.js' */
/** @import { Lines } from './queue.js' */
/** @import { Send } from './send.js' */
/** @import { Slip, connect } from './service.js' */

import { aborted } from './error.js'
import { fingerprint } from './memory.js'
import { cut, keep, sendAll } from './parts.js'
import { persist } from './persist.js'
import { createProgress } from './progress.js'
import { createQueue } from './queue.js'
import { isRetryable } from './retry.js'

/**
 * @typedef {object} World
 * @property {typeof connect} connect
 * @property {Send} send
 * @property {(ms: number, signal: AbortSignal) => Promise<void>} wait rejects when the signal aborts
 * @property {(blob: Blob, algorithm: types.Algorithm, signal: AbortSignal) => Promise<string>} checksum in base64
 * @property {(job: Job, piece: Piece | undefined, error: types.UploadError, signal: AbortSignal) =>
 *   Promise<types.UploadError>} explain
 * @property {types.Memory} memory
 *
 * @typedef {object} Job one upload, from leg to leg
 * @property {World} world
 * @property {Blob} file
 * @property {Record<string, unknown>} wish
 * @property {ReturnType<typeof connect>} call
 * @property {Lines} queue
 * @property {unknown} print the file's name in the memory
 * @property {(verb: 'get' | 'set' | 'delete', id?: string) => Promise<any>} remember never rejects
 * @property {(phase: types.Phase, cause?: types.UploadError) => void} tell
 * @property {string | undefined} [id] of the upload, once there is one
 * @property {Slip | undefined} [slip]
 * @property {Piece[]} pieces
 * @property {Promise<void> | undefined} [signing]
 * @property {boolean} [hasSent] whether a piece was accepted from this page
 * @property {number} aliveMs when a call succeeded last
 */

/** Why a leg ended that will be followed by another. */
const PAUSED = Symbol()
/** How often an upload that was lost is begun again. */
const REVIVALS_MAX = 2
/** What is under way in this page: the same file given twice is two uploads. */
const claimed = new Set()

/**
 * Makes `upload` for a world.
 *
 * @param {World} world
 * @returns {typeof types.upload}
 */
export function uploadWith(world) {
  return (file, options) => {
    let leg = new AbortController()
    let isPaused = false
    let wake = () => {}

    async function run() {
      const job = begin(world, file, options)
      const { signal } = options
      const stop = () => {
        leg.abort(aborted(signal?.reason))
        wake()
      }
      signal?.addEventListener('abort', stop)
      try {
        for (let revivals = 0; ; ) {
          leg = new AbortController()
          if (signal?.aborted) stop()
          else if (isPaused) {
            job.tell('paused')
            await new Promise((resolve) => (wake = () => resolve(0)))
            continue
          }
          try {
            return await ride(job, leg)
          } catch (error) {
            const failure = /** @type {types.UploadError} */ (error)
            if (error === PAUSED || (revivals++ < REVIVALS_MAX && revive(job, failure))) continue
            giveUp(job, failure)
            throw error
          }
        }
      } finally {
        signal?.removeEventListener('abort', stop)
        claimed.delete(job.print)
      }
    }

    return Object.assign(run(), {
      pause() {
        isPaused = true
        leg.abort(PAUSED)
      },
      resume() {
        isPaused = false
        wake()
      },
    })
  }
}

/**
 * One leg: as far as it goes without a pause.
 *
 * @param {Job} job
 * @param {AbortController} leg
 * @returns {Promise<types.Uploaded>}
 */
async function ride(job, leg) {
  const { signal } = leg
  job.tell('preparing')
  const leave = await job.queue.enter(signal)
  try {
    const { bucket } = (job.slip ??= await obtain(job, signal))
    await sendAll(job, leg)
    job.tell('finishing')
    const done = await persist(job, signal, undefined, () => job.call('POST', '/complete', signal, {}, job.id))
    await job.remember('delete')
    job.tell('done')
    return { id: job.id, bucket, ...done }
  } finally {
    leave()
  }
}

/**
 * The upload that this file began earlier, if the service still takes it, else a new one. Of what has arrived the
 * service's list is the only truth.
 *
 * @param {Job} job
 * @param {AbortSignal} signal
 * @returns {Promise<Slip>}
 */
async function obtain(job, signal) {
  /** @type {Slip | undefined} */
  let slip
  const sinceMs = performance.now()
  job.id ??= await job.remember('get')
  if (job.id) {
    try {
      slip = await persist(job, signal, undefined, () => job.call('GET', '', signal, undefined, job.id))
    } catch (error) {
      if (signal.aborted || isRetryable(/** @type {types.UploadError} */ (error))) throw error
    }
  }
  if (!slip || !/issued|stored|completed/.test(slip.state ?? '')) {
    slip = await persist(job, signal, undefined, () => issue(job, signal))
    job.id = slip.id
    if (slip.multipart) await job.remember('set', slip.id)
  }
  job.pieces = cut(job.file.size, slip)
  keep(job.pieces, { ...slip, ...slip.multipart }, sinceMs)
  return slip
}

/**
 * Asks for the upload. The service says whether it wants a checksum of the whole, and of which kind.
 *
 * @param {Job} job
 * @param {AbortSignal} signal
 * @returns {Promise<Slip>}
 */
async function issue(job, signal) {
  const { world, file, wish } = job
  try {
    return await job.call('POST', '', signal, wish)
  } catch (error) {
    const { algorithm } = /** @type {any} */ (error).cause ?? {}
    if (!algorithm || wish.checksum) throw error
    wish.checksum = { algorithm, value: await world.checksum(file, algorithm, signal) }
    return issue(job, signal)
  }
}

/**
 * Whether another leg may help: parts that the storage has lost are sent again, an upload that it, or the service, does
 * not know any more is issued anew.
 *
 * @param {Job} job
 * @param {types.UploadError} error
 */
function revive(job, { code, storageCode }) {
  const isLost = storageCode === 'NoSuchUpload' || /^(invalid_upload_id|upload_(expired|aborted))$/.test(code)
  if (isLost) forget(job)
  job.slip = undefined
  return isLost || code === 'not_uploaded'
}

/**
 * What may still go on after a reload stays, everything else is taken back without making the caller wait.
 *
 * @param {Job} job
 * @param {types.UploadError} error
 */
function giveUp(job, error) {
  const { id, pieces: [first] } = job
  if (!id || (isRetryable(error) && (first?.number || first?.isDone))) return
  job.call('DELETE', '', null, undefined, id).catch(() => {})
  forget(job)
}

/** @param {Job} job */
function forget(job) {
  job.id = undefined
  void job.remember('delete')
}

/**
 * Wrong arguments are a programmer's mistake.
 *
 * @param {World} world
 * @param {Blob} file
 * @param {types.UploadOptions} options
 * @returns {Job}
 */
function begin(world, file, options) {
  const { preset, endpoint = '/v1/uploads', headers, fileName, metadata, memory = world.memory } = options ?? {}
  // Not `instanceof`: a file from another frame is made by that frame's constructor.
  if (!preset || !file?.stream) throw new TypeError('upload(file, { preset }): a Blob and a preset are needed')
  const { name, size, type } = /** @type {File} */ (file)
  const address = String(endpoint).replace(/\/+$/, '')
  const print = fingerprint(file, [address, preset, fileName, metadata])
  const mine = !claimed.has(print) && print
  claimed.add(print)
  const tell = createProgress(size, options.onProgress)
  /** @type {Job} */
  const job = {
    world,
    file,
    print,
    wish: { preset, fileName: fileName || name || 'upload', size, contentType: type, metadata },
    call: world.connect(address, headers),
    queue: /** @type {Lines} */ (options.queue ?? createQueue()),
    tell: (phase, cause) => tell(phase, job.pieces, cause),
    // A memory may be full, forbidden or absent; the upload goes on.
    async remember(verb, id = '') {
      try {
        return mine ? ((await memory?.[verb](mine, id)) ?? undefined) : undefined
      } catch {
        return undefined
      }
    },
    pieces: [],
    aliveMs: -Infinity,
  }
  return job
}
