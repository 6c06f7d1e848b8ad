/**
 * The way of one upload: issued or gone on with, sent, completed.
 *
 * An upload goes in legs. A pause ends one, and what has arrived is where the next begins. So does an upload that the
 * storage has forgotten, which is issued anew.
 */

/** @import * as types from './types.d.ts' */
/** @import { Piece } from './parts.js' */
/** @import { Lines } from './queue.js' */
/** @import { Call, Slip } from './service.js' */

import { checksum } from './later.js'
import { UploadError } from './error.js'
import { fingerprint } from './memory.js'
import { cut, keep, sendAll } from './parts.js'
import { persist } from './persist.js'
import { createProgress } from './progress.js'
import { createQueue } from './queue.js'
import { isRetryable } from './retry.js'
import { connect } from './service.js'

/**
 * @typedef {object} Job one upload, from leg to leg
 * @property {Blob} file
 * @property {Record<string, unknown>} wish
 * @property {Call} call
 * @property {Lines} queue
 * @property {(phase: types.Phase, cause?: types.UploadError) => void} tell
 * @property {unknown} print the file's name in the memory
 * @property {(verb: keyof types.Memory, id?: string) => Promise<any>} remember never rejects
 * @property {AbortController} leg ends the present leg; there is one from the first on
 * @property {AbortSignal} signal of the present leg, and of the caller
 * @property {string | undefined} [id] of the upload, once there is one
 * @property {Slip | undefined} [slip]
 * @property {Piece[]} pieces
 * @property {Promise<void> | undefined} [signing]
 * @property {number} aliveMs when a call succeeded last
 */

/** Why a leg ended that will be followed by another. */
const PAUSED = Symbol()
/** How often an upload that was lost is begun again. */
const REVIVALS_MAX = 2
/** What is under way in this page: the same file given twice is two uploads. */
const claimed = new Set()

/** @type {typeof types.upload} */
export function upload(file, options) {
  let isPaused = false
  /** @type {(value?: unknown) => void} */
  let wake = () => {}
  const job = begin(file, options)
  const { signal } = options

  async function run() {
    for (let revivals = 0; ; ) {
      job.leg = new AbortController()
      job.signal = signal ? AbortSignal.any([signal, job.leg.signal]) : job.leg.signal
      try {
        if (isPaused && !signal?.aborted) {
          job.tell('paused')
          await new Promise((resolve) => job.signal.addEventListener('abort', (wake = resolve)))
        } else return await ride(job)
      } catch (thrown) {
        const error = signal?.aborted
          ? new UploadError('aborted', 'it was aborted', { cause: signal.reason })
          : /** @type {types.UploadError} */ (thrown)
        if (thrown === PAUSED || (revivals++ < REVIVALS_MAX && (await revive(job, error)))) continue
        await giveUp(job, error)
        throw error
      }
    }
  }

  return Object.assign(
    run().finally(() => claimed.delete(job.print)),
    {
      pause: () => {
        isPaused = true
        job.leg.abort(PAUSED)
      },
      resume: () => {
        isPaused = false
        wake()
      },
    },
  )
}

/**
 * One leg: as far as it goes without a pause.
 *
 * @param {Job} job
 * @returns {Promise<types.Uploaded>}
 */
async function ride(job) {
  job.tell('preparing')
  const leave = await job.queue.enter(job.signal)
  try {
    const { bucket } = (job.slip ??= await obtain(job))
    await sendAll(job)
    job.tell('finishing')
    const done = await persist(job, () => job.call('POST', '/complete', {}))
    await job.remember('removeItem')
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
 * @returns {Promise<Slip>}
 */
async function obtain(job) {
  /** @type {Slip | undefined} */
  let slip
  const sinceMs = performance.now()
  job.id ||= await job.remember('getItem')
  if (job.id) {
    try {
      slip = await persist(job, () => job.call('GET', ''))
    } catch (error) {
      if (job.signal.aborted || isRetryable(/** @type {types.UploadError} */ (error))) throw error
    }
  }
  if (!slip || /refused|aborted/.test(`${slip.state}`)) {
    job.id = undefined
    slip = await persist(job, () => issue(job))
    job.id = slip.id
    await job.remember('setItem', slip.id)
  }
  job.pieces = cut(job.file.size, slip)
  keep(job.pieces, { ...slip, ...slip.multipart }, sinceMs)
  return slip
}

/**
 * Asks for the upload. The service says whether it wants a checksum of the whole, and of which kind.
 *
 * @param {Job} job
 * @returns {Promise<Slip>}
 */
async function issue(job) {
  const { file, signal, wish } = job
  try {
    return await job.call('POST', '', wish)
  } catch (error) {
    const { algorithm } = /** @type {any} */ (error)
    if (!algorithm || wish.checksum) throw error
    wish.checksum = { algorithm, value: await checksum(file, algorithm, signal) }
    return issue(job)
  }
}

/**
 * Whether another leg may help: parts that the storage has lost are sent again, an upload that it, or the service, does
 * not know any more is issued anew.
 *
 * @param {Job} job
 * @param {types.UploadError} error
 */
async function revive(job, { code, storageCode }) {
  const isLost = /NoSuchUpload|invalid_upload_id|upload_(expired|aborted)/.test(code + storageCode)
  if (isLost) await forget(job)
  job.slip = undefined
  return isLost || code === 'not_uploaded'
}

/**
 * What may still go on later stays, everything else is taken back without making the caller wait.
 *
 * @param {Job} job
 * @param {types.UploadError} error
 */
async function giveUp(job, error) {
  if (!job.id || isRetryable(error)) return
  job.call('DELETE', '').catch(() => {})
  await forget(job)
}

/** @param {Job} job */
function forget(job) {
  job.id = undefined
  return job.remember('removeItem')
}

/**
 * Wrong arguments are a programmer's mistake.
 *
 * @param {Blob} file
 * @param {types.UploadOptions} options
 * @returns {Job}
 */
function begin(file, options) {
  const { preset, endpoint = '/v1/uploads', headers, fileName, metadata } = options ?? {}
  // Not `instanceof`: a file from another frame is made by that frame's constructor.
  if (!preset || !file?.stream) throw new TypeError('a preset and a Blob are needed')
  const { name, size, type } = /** @type {File} */ (file)
  const address = `${endpoint}`.replace(/\/+$/, '')
  const print = fingerprint(file, [address, preset, fileName, metadata])
  const isMine = print && !claimed.has(print)
  claimed.add(print)
  const job = /** @type {Job} */ (/** @type {unknown} */ ({
    file,
    print,
    wish: { preset, fileName: fileName || name || 'upload', size, contentType: type, metadata },
    call: connect(address, headers, () => job),
    queue: /** @type {Lines} */ (options.queue ?? createQueue()),
    tell: createProgress(size, () => job.pieces, options.onProgress),
    // A memory may be full, forbidden or absent; the upload goes on.
    remember: (/** @type {keyof types.Memory} */ verb, id = '') =>
      new Promise((resolve) => {
        const { memory = localStorage } = options
        resolve(isMine && memory?.[verb](print, id))
      }).catch(() => {}),
    pieces: [],
    aliveMs: -Infinity,
  }))
  return job
}
