/**
 * The pieces of an upload: the whole file as piece 0, or its parts from 1. Which are left, where they go, and the way of
 * each: signed ahead of need, sent, signed again when its address has ended.
 */

/** @import { Job } from './flow.js' */
/** @import { Part, Slip, Target } from './service.js' */

import { UploadError } from './error.js'
import { checksum } from './later.js'
import { persist } from './persist.js'
import { send } from './send.js'

/** How many addresses are asked for at once; the service signs 100 at most. */
const BATCH = 32
/** The same where checksums are taken first, which reads the parts. */
const CHECKSUM_BATCH = 4
/** Of the time that an address holds; with one that ends sooner nothing is begun. */
const USED_SHARE = 0.9
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
export function cut(fileSize, { state, multipart }) {
  const { partSize = fileSize, parts = [] } = multipart ?? {}
  const sizes = new Map(parts.map((part) => [part.number, part.size]))
  const count = Math.ceil(fileSize / partSize) || 1
  return Array.from({ length: count }, (_, index) => {
    const number = multipart ? index + 1 : 0
    const start = index * partSize
    const size = Math.min(partSize, fileSize - start)
    const isDone = (state ?? 'issued') !== 'issued' || sizes.get(number) === size
    return { number, start, size, loaded: isDone ? size : 0, isDone, untilMs: 0 }
  })
}

/**
 * Keeps the addresses of an answer, if it has any, and when they end by the clock of this side.
 *
 * @param {readonly Piece[]} pieces
 * @param {{ expiresIn?: number, put?: Target, post?: Target, parts?: Part[] }} answer
 * @param {number} sinceMs when it was asked for
 */
export function keep(pieces, { expiresIn = Infinity, put, post, parts }, sinceMs) {
  const untilMs = sinceMs + expiresIn * USED_SHARE * 1000
  for (const target of [parts ?? put ?? post ?? []].flat()) {
    const piece = pieceOf(pieces, /** @type {Part} */ (target).number)
    if (piece && target.url) Object.assign(piece, { target, untilMs })
  }
}

/** @param {readonly Piece[]} pieces @param {number} number */
function pieceOf(pieces, number) {
  return pieces[number - 1 || 0]
}

/**
 * Sends all pieces that are left, several at once, and returns when the storage has them. The first failure ends all.
 *
 * @param {Job} job
 */
export async function sendAll(job) {
  const { signal } = job
  const left = job.pieces.filter((piece) => !piece.isDone)
  const work = async () => {
    for (let piece; !signal.aborted && (piece = left.shift()); ) {
      await sendPiece(job, piece).catch((error) => job.leg.abort(error))
    }
  }
  await Promise.all(Array.from({ length: job.queue.max }, work))
  signal.throwIfAborted()
}

/**
 * @param {Job} job
 * @param {Piece} piece
 */
async function sendPiece(job, piece) {
  const { number, size } = piece
  const { signal } = job
  const blob = bytesOf(job, piece)
  /** @param {number} bytes */
  const onLoaded = (bytes) => {
    piece.loaded = bytes
    if (!signal.aborted) job.tell('sending')
  }
  /** @param {Blob} body */
  const carry = async (body) => {
    const release = await job.queue.connect(signal)
    let gained = 0
    try {
      // Only now: an address may end while others go first.
      const target = await targetOf(job, piece)
      const { untilMs } = piece
      gained = -1
      onLoaded(0)
      const answer = await send(target, body, signal, onLoaded)
      gained = answer.status < 300 ? size : answer.status < 500 ? 0 : -1
      piece.loaded = 0
      // What was signed with it, or before, ends with it.
      if (answer.status === 403) for (const one of job.pieces) if (one.untilMs <= untilMs) one.untilMs = 0
      return answer
    } finally {
      if (piece.loaded < size) piece.loaded = 0
      // A pause says nothing about the line.
      release(signal.aborted ? 0 : gained)
    }
  }
  /** @param {number} failures */
  const attemptOnce = async (failures) => {
    // All bytes had left and no answer came: the storage may have them.
    if (size && piece.loaded === size && pieceOf(cut(job.file.size, await job.call('GET', '')), number)?.isDone) return
    const body = await readable(blob, size, failures)
    let answer = await carry(body)
    // An address that has ended is refused like one that was never right. A new one tells them apart.
    if (answer.status === 403) answer = await carry(body)
    const { status, text } = answer
    // 412: a key that takes one object has one, from an attempt whose answer was lost. `complete` looks at it.
    if (status < 300 || (status === 412 && failures)) return
    const storageCode = /<Code>(\w+)/.exec(text)?.[1]
    const message = `the storage refused it (${storageCode ?? status})`
    throw new UploadError('storage_refused', message, { ...answer, storageCode })
  }
  await persist(job, attemptOnce, piece)
  piece.isDone = true
  onLoaded(size)
}

/**
 * The signed address of a piece. When the addresses of the pieces after it run short, more are asked for meanwhile.
 *
 * @param {Job} job
 * @param {Piece} piece
 * @returns {Promise<Target>}
 */
async function targetOf(job, piece) {
  for (;;) {
    const ended = job.pieces.filter(({ isDone, untilMs }) => !isDone && untilMs <= performance.now())
    if (ended[0] && ended[0].number <= piece.number + job.queue.max) {
      job.signing ??= sign(job, ended).finally(() => (job.signing = undefined))
      // To who asks ahead a failure is none; who needs it now hears of it.
      job.signing.catch(() => {})
    }
    if (piece.target && !ended.includes(piece)) return piece.target
    await job.signing
  }
}

/**
 * Has addresses signed and keeps them.
 *
 * @param {Job} job
 * @param {readonly Piece[]} wanted of these the first ones
 */
async function sign(job, wanted) {
  const algorithm = job.slip?.multipart?.checksum
  const pieces = wanted.slice(0, algorithm ? CHECKSUM_BATCH : BATCH)
  if (algorithm) {
    for (const piece of pieces) piece.checksum ??= await checksum(bytesOf(job, piece), algorithm, job.signal)
  }
  const parts = pieces.map(({ number, checksum }) => ({ number, checksum }))
  const sinceMs = performance.now()
  keep(job.pieces, await job.call('POST', '/parts', parts[0]?.number ? { parts } : {}), sinceMs)
  if (!pieces.some(({ untilMs }) => untilMs > sinceMs)) throw new UploadError('bad_answer', 'nothing is signed')
}

/** @param {Job} job @param {Piece} piece */
function bytesOf({ file }, { number, start, size }) {
  // Chromium sends a slice slower than a file, and calls a file that is gone empty: only as a whole it cannot be read.
  return size && number ? file.slice(start, start + size) : file
}

/**
 * What is sent of a piece, if the file is still there: browsers wait forever for one that is gone. After a failure it is
 * a copy, where that fits into memory: Android gives files that can be read and yet not be sent.
 *
 * @param {Blob} blob
 * @param {number} size that it had when it was chosen
 * @param {number} failures
 */
async function readable(blob, size, failures) {
  const start = failures && size <= COPY_BYTES_MAX ? 0 : Math.max(0, size - 1)
  const bytes = await (start ? blob.slice(start) : blob).arrayBuffer()
  if (start + bytes.byteLength !== size) throw new DOMException('', 'NotReadableError')
  return start ? blob : new Blob([bytes])
}
