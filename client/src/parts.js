/**
 * The pieces of an upload: the whole file as piece 0, or its parts from 1. Which are left, where they go, and the way of
 * each: signed ahead of need, sent, signed again when its address has ended.
 */

/** @import { Job } from './flow.js' */
/** @import { Part, Slip, Target } from './service.js' */

import { UploadError } from './error.js'
import { persist } from './persist.js'
import { detailsOf } from './service.js'

/** How many addresses are asked for at once; the service signs 100 at most. */
const BATCH = 32
/** An address that ends sooner than this is not begun with. */
const SPARE_MS = 5000
/** A body of up to this size is read into memory when the browser could not send it from the file. */
const COPY_BYTES_MAX = 16 << 20

/**
 * @typedef {object} Piece
 * @property {number} number 0 is the whole
 * @property {number} start
 * @property {number} size
 * @property {number} loaded bytes that have left, and that nothing has lost: all of them when no answer came to the last
 * @property {boolean} isDone whether the storage has it
 * @property {Target} [target]
 * @property {number} untilMs when the target ends
 * @property {string} [checksum]
 */

/**
 * Cuts a file as the slip says. A part that has arrived with another size than it should have does not count. Pure.
 *
 * @param {number} fileSize
 * @param {Pick<Slip, 'state' | 'multipart'>} slip
 * @returns {Piece[]}
 */
export function cut(fileSize, { state = 'issued', multipart }) {
  const { partSize = fileSize, parts = [] } = multipart ?? {}
  const sizes = new Map(parts.map((part) => [part.number, part.size]))
  const count = Math.ceil(fileSize / partSize) || 1
  return Array.from({ length: count }, (_, index) => {
    const number = multipart ? index + 1 : 0
    const start = index * partSize
    const size = Math.min(partSize, fileSize - start)
    const isDone = state !== 'issued' || sizes.get(number) === size
    return { number, start, size, loaded: isDone ? size : 0, isDone, untilMs: 0 }
  })
}

/**
 * Keeps the addresses of an answer, and when they end by the clock of this side.
 *
 * @param {readonly Piece[]} pieces
 * @param {{ expiresIn?: number, put?: Target, post?: Target, parts?: Part[] }} answer
 * @param {number} sinceMs when it was asked for
 */
export function keep(pieces, { expiresIn = Infinity, put, post, parts = [] }, sinceMs) {
  const untilMs = sinceMs + expiresIn * 1000 - Math.min(SPARE_MS, expiresIn * 200)
  const targets = put || post ? [put ?? post] : parts.filter(({ url }) => url)
  for (const target of targets) {
    const piece = pieces[/** @type {Part} */ (target).number - 1 || 0]
    if (piece) Object.assign(piece, { target, untilMs })
  }
}

/**
 * Sends all pieces that are left, several at once, and returns when the storage has them.
 *
 * @param {Job} job
 * @param {AbortController} leg is aborted by the first failure
 */
export async function sendAll(job, leg) {
  const { signal } = leg
  const left = job.pieces.filter((piece) => !piece.isDone)
  const work = async () => {
    for (let piece; !signal.aborted && (piece = left.shift()); ) {
      await sendPiece(job, piece, left, signal).catch((error) => leg.abort(error))
    }
  }
  await Promise.all(Array.from({ length: job.queue.max }, work))
  signal.throwIfAborted()
}

/**
 * @param {Job} job
 * @param {Piece} piece
 * @param {readonly Piece[]} next what comes after it
 * @param {AbortSignal} signal
 */
async function sendPiece(job, piece, next, signal) {
  const { number, size } = piece
  const blob = bytesOf(job, piece)
  /** @param {number} bytes */
  const onLoaded = (bytes) => {
    piece.loaded = bytes
    if (!signal.aborted) job.tell('sending')
  }
  /** @param {Blob} body */
  const carry = async (body) => {
    const target = await targetOf(job, piece, next, signal)
    const release = await job.queue.connect(signal)
    let gained = -1
    try {
      onLoaded(0)
      const answer = await job.world.send(target, body, signal, onLoaded)
      gained = answer.status < 300 ? size : answer.status < 500 ? 0 : -1
      piece.loaded = 0
      return answer
    } finally {
      if (piece.loaded < size) piece.loaded = 0
      release(gained)
    }
  }

  await persist(job, signal, piece, async (attempt) => {
    const isAgain = attempt > 1
    // All bytes had left and no answer came: the storage may have them.
    if (isAgain && number && piece.loaded === size && (await hasArrived(job, piece, signal))) return
    const body = isAgain ? await reread(blob) : blob
    let answer = await carry(body)
    // An address that has ended is refused like one that was never right. A new one tells them apart.
    if (answer.status === 403) {
      for (const one of job.pieces) if (one.untilMs <= piece.untilMs) one.untilMs = 0
      answer = await carry(body)
    }
    const { status, text } = answer
    // 412: a key that takes one object has one, from an attempt whose answer was lost. `complete` looks at it.
    if (status < 300 || (status === 412 && isAgain)) return
    const storageCode = /<Code>(\w+)/.exec(text)?.[1]
    const message = `the storage refused the bytes (${storageCode ?? `status ${status}`})`
    throw new UploadError('storage_refused', message, { ...detailsOf(answer), storageCode, cause: text })
  })
  job.hasSent = piece.isDone = true
  onLoaded(size)
}

/**
 * The signed address of a piece. When the addresses of the pieces after it run short, more are asked for meanwhile.
 *
 * @param {Job} job
 * @param {Piece} piece
 * @param {readonly Piece[]} next
 * @param {AbortSignal} signal
 * @returns {Promise<Target>}
 */
async function targetOf(job, piece, next, signal) {
  for (;;) {
    const { target } = piece
    const ended = [piece, ...next].filter((one) => one.untilMs <= performance.now())
    const isReady = ended[0] !== piece
    if (ended[0] && (!isReady || next.indexOf(ended[0]) < job.queue.limit)) {
      job.signing ??= sign(job, ended, signal).finally(() => (job.signing = undefined))
      // To who asks ahead a failure is none; who needs it now hears of it.
      job.signing.catch(() => {})
    }
    if (isReady && target) return target
    await job.signing
  }
}

/**
 * Has addresses signed and keeps them.
 *
 * @param {Job} job
 * @param {readonly Piece[]} wanted of these the first ones
 * @param {AbortSignal} signal
 */
async function sign(job, wanted, signal) {
  const { checksum: algorithm } = job.slip?.multipart ?? {}
  const pieces = wanted.slice(0, algorithm ? job.queue.limit : BATCH)
  if (algorithm) {
    for (const piece of pieces) piece.checksum ??= await job.world.checksum(bytesOf(job, piece), algorithm, signal)
  }
  const parts = pieces.map(({ number, checksum }) => ({ number, checksum }))
  const sinceMs = performance.now()
  keep(job.pieces, await job.call('POST', '/parts', signal, parts[0]?.number ? { parts } : {}, job.id), sinceMs)
  if (!pieces[0] || pieces[0].untilMs <= sinceMs) throw new UploadError('bad_answer', 'the service signed another part than asked')
}

/** @param {Job} job @param {Piece} piece */
function bytesOf({ file }, { number, start, size }) {
  return number ? file.slice(start, start + size) : file
}

/**
 * Whether the service sees the part at the storage.
 *
 * @param {Job} job
 * @param {Piece} piece
 * @param {AbortSignal} signal
 */
async function hasArrived({ call, id }, { number, size }, signal) {
  /** @type {Slip} */
  const { multipart } = await call('GET', '', signal, undefined, id)
  return multipart?.parts.some((part) => part.number === number && part.size === size)
}

/**
 * The bytes once more, from memory where they fit: Android gives files that can be read and yet not be sent.
 *
 * @param {Blob} blob
 */
async function reread(blob) {
  const copy = await blob.slice(0, COPY_BYTES_MAX).arrayBuffer()
  return copy.byteLength === blob.size ? new Blob([copy]) : blob
}
