/**
 * Checksums of any blob, in plain arithmetic: for pages, workers and Node alike, in memory for two slices.
 *
 * `checksum.js` decides where this runs. Both are loaded only when a preset asks for a checksum.
 */

/** @import { Algorithm } from './types.d.ts' */

/** How much is read at once. Whole blocks of each algorithm; only the last slice may be shorter. */
const SLICE_BYTES = 512 * 1024

/**
 * Polynomials with the lowest bit first, in two halves: low, high.
 *
 * @type {Record<Exclude<Algorithm, 'sha256'>, [number, number]>}
 */
const POLYNOMIALS = {
  crc32: [0xedb88320, 0],
  crc32c: [0x82f63b78, 0],
  crc64nvme: [0xac4bc9b5, 0x9a6c9329],
}

/**
 * @callback Hash takes slice after slice; with the last one it is told the size of all
 * @param {Uint8Array} bytes
 * @param {number} [size]
 * @returns {ArrayLike<number>} what is the checksum after the last one, in words of 32 bits
 */

/**
 * @param {Blob} blob
 * @param {Algorithm} algorithm
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<Uint8Array>} the checksum, its highest byte first
 */
export async function digest(blob, algorithm, signal) {
  const hash = algorithm === 'sha256' ? sha256() : crc(POLYNOMIALS[algorithm])
  const { size } = blob
  /** @param {number} at */
  const slice = (at) => {
    const part = size > SLICE_BYTES ? blob.slice(at, at + SLICE_BYTES) : blob
    return read(part, Math.min(size - at, SLICE_BYTES))
  }
  // Read ahead by one. Each reading is a task of its own, so a page on whose thread this runs stays alive.
  let next = slice(0)
  for (let at = 0; ; ) {
    const bytes = await next
    signal?.throwIfAborted()
    at += bytes.length
    if (at === size) return toBytes(hash(bytes, size))
    next = slice(at)
    hash(bytes)
  }
}

/**
 * All bytes of a blob, or a `NotReadableError`. Browsers have several names for a file that is gone. Some give without
 * a word what is there now: more bytes, or fewer, or none.
 *
 * @param {Blob} blob
 * @param {number} size what it had at first
 */
export async function read(blob, size) {
  const buffer = await blob.arrayBuffer().catch(() => undefined)
  if (buffer?.byteLength === size) return new Uint8Array(buffer)
  return unreadable()
}

/** @returns {never} */
export function unreadable() {
  throw new DOMException('The file cannot be read any more, or it has changed', 'NotReadableError')
}

/** @param {ArrayLike<number>} words */
function toBytes(words) {
  return Uint8Array.from({ length: 4 * words.length }, (_, i) => Number(words[i >> 2]) >>> (24 - 8 * (i & 3)))
}

/**
 * What each byte does to the register from each of four places: to its low half, and to its high one.
 *
 * @param {[number, number]} polynomial
 */
function tablesOf([polynomialLow, polynomialHigh]) {
  const lows = new Int32Array(1024)
  const highs = new Int32Array(1024)
  for (let i = 0; i < 1024; i += 1) {
    let low = i & 255
    let high = 0
    for (let bits = 8 + 8 * (i >> 8); bits > 0; bits -= 1) {
      const mask = -(low & 1)
      low = ((low >>> 1) | (high << 31)) ^ (polynomialLow & mask)
      high = (high >>> 1) ^ (polynomialHigh & mask)
    }
    lows[i] = low
    highs[i] = high
  }
  return [lows, highs]
}

/**
 * A CRC of 64 bits in two halves, four bytes at a time. One of 32 bits is the same with a high half of zeros.
 *
 * @param {[number, number]} polynomial
 * @returns {Hash}
 */
function crc(polynomial) {
  const [L, H] = /** @type {any} `any`: each index is inside */ (tablesOf(polynomial))
  const wide = polynomial[1]
  let low = -1
  let high = wide && -1

  return (/** @type {any} */ bytes) => {
    let l = low
    let h = high
    let i = 0
    while (i < bytes.length - 3) {
      l ^= bytes[i++] | (bytes[i++] << 8) | (bytes[i++] << 16) | (bytes[i++] << 24)
      const p = 768 | (l & 255)
      const q = 512 | ((l >>> 8) & 255)
      const r = 256 | ((l >>> 16) & 255)
      const s = l >>> 24
      l = L[p] ^ L[q] ^ L[r] ^ L[s] ^ h
      h = H[p] ^ H[q] ^ H[r] ^ H[s]
    }
    while (i < bytes.length) {
      const p = (l ^ bytes[i++]) & 255
      l = ((l >>> 8) | (h << 24)) ^ L[p]
      h = (h >>> 8) ^ H[p]
    }
    low = l
    high = h
    return wide ? [~h, ~l] : [~l]
  }
}

/**
 * FIPS 180-4, with its letters. The constants are computed: bits of the roots of the first primes.
 *
 * @returns {Hash}
 */
function sha256() {
  /** @type {any} `any`, as `K` and `W`: each index is inside */
  const state = new Int32Array(8)
  /** @type {any} */
  const K = new Int32Array(64)
  /** @type {any} */
  const W = new Int32Array(64)
  for (let prime = 2, n = 0; n < 64; prime += 1) {
    let divisor = 2
    while (prime % divisor) divisor += 1
    if (divisor < prime) continue
    if (n < 8) state[n] = prime ** (1 / 2) * 2 ** 32
    K[n] = prime ** (1 / 3) * 2 ** 32
    n += 1
  }

  return (/** @type {any} */ bytes, size) => {
    if (size !== undefined) bytes = padded(bytes, size)
    for (let block = 0; block < bytes.length; block += 64) {
      // One by one: taken apart as a list it would run at half the speed.
      let a = state[0]
      let b = state[1]
      let c = state[2]
      let d = state[3]
      let e = state[4]
      let f = state[5]
      let g = state[6]
      let h = state[7]
      for (let i = 0, j = block; i < 64; i += 1, j += 4) {
        if (i < 16) {
          W[i] = (bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3]
        } else {
          const x = W[i - 15]
          const y = W[i - 2]
          const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
          const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
          W[i] = ((W[i - 16] + W[i - 7]) | 0) + ((s0 + s1) | 0)
        }
        const S1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
        const t1 = (((((h + S1) | 0) + (g ^ (e & (f ^ g)))) | 0) + ((K[i] + W[i]) | 0)) | 0
        const S0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
        const t2 = (S0 + ((a & b) ^ (c & (a ^ b)))) | 0
        h = g
        g = f
        f = e
        e = (d + t1) | 0
        d = c
        c = b
        b = a
        a = (t1 + t2) | 0
      }
      state[0] += a
      state[1] += b
      state[2] += c
      state[3] += d
      state[4] += e
      state[5] += f
      state[6] += g
      state[7] += h
    }
    return state
  }
}

/**
 * The last bytes filled up to whole blocks, with the size of all in bits at the end.
 *
 * @param {Uint8Array} bytes
 * @param {number} size
 */
function padded(bytes, size) {
  const blocks = new Uint8Array((bytes.length + 72) & -64)
  blocks.set(bytes)
  blocks[bytes.length] = 0x80
  const view = new DataView(blocks.buffer)
  view.setUint32(blocks.length - 8, size / 2 ** 29)
  view.setUint32(blocks.length - 4, size * 8)
  return blocks
}
