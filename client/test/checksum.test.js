/** Checksums: known answers, Node's own, and slow ones written another way. */

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { checksum } from '../src/checksum.js'
import { digest } from '../src/digest.js'

const MIB = 1024 * 1024
const NINE = Buffer.from('123456789')

const base64 = (hex) => Buffer.from(hex, 'hex').toString('base64')

/** Bit by bit, in whole numbers of 64 bits. */
function crcByBits(bytes, polynomial, width) {
  const ones = (1n << BigInt(width)) - 1n
  let register = ones
  for (const byte of bytes) {
    register ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit += 1) register = register & 1n ? (register >> 1n) ^ polynomial : register >> 1n
  }
  return base64((register ^ ones).toString(16).padStart(width / 4, '0'))
}

const REFERENCES = {
  crc32: (bytes) => crcByBits(bytes, 0xedb88320n, 32),
  crc32c: (bytes) => crcByBits(bytes, 0x82f63b78n, 32),
  crc64nvme: (bytes) => crcByBits(bytes, 0x9a6c9329ac4bc9b5n, 64),
  sha256: (bytes) => createHash('sha256').update(bytes).digest('base64'),
}
const ALGORITHMS = Object.keys(REFERENCES)

/** By the way that a browser would take for it, and by plain arithmetic. */
async function check(bytes, algorithm, expected) {
  const blob = new Blob([bytes])
  const about = `${algorithm} of ${bytes.length} bytes`
  assert.equal(await checksum(blob, algorithm), expected, about)
  assert.equal(Buffer.from(await digest(blob, algorithm, undefined)).toString('base64'), expected, `${about}, plain`)
}

test('known answers', async () => {
  await check(NINE, 'crc32', base64('cbf43926'))
  await check(NINE, 'crc32c', base64('e3069283'))
  await check(NINE, 'crc64nvme', base64('ae8b14860a799888'))
  await check(NINE, 'sha256', base64('15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'))
  // RFC 3720, B.4, and FIPS 180-4's "abc".
  await check(new Uint8Array(32), 'crc32c', base64('8a9136aa'))
  await check(new Uint8Array(32).fill(255), 'crc32c', base64('62a8ab43'))
  await check(Buffer.from('abc'), 'sha256', base64('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'))
})

test('no byte, and one', async () => {
  for (const algorithm of ALGORITHMS) {
    for (const bytes of [[], [0], [255], [0x80]].map((list) => Uint8Array.from(list))) {
      await check(bytes, algorithm, REFERENCES[algorithm](bytes))
    }
  }
  await check(new Uint8Array(), 'crc64nvme', base64('0000000000000000'))
})

test('around the blocks, every length', async () => {
  const bytes = randomBytes(200)
  for (const algorithm of ALGORITHMS) {
    for (let size = 0; size <= bytes.length; size += 1) {
      const part = bytes.subarray(0, size)
      const got = Buffer.from(await digest(new Blob([part]), algorithm, undefined)).toString('base64')
      assert.equal(got, REFERENCES[algorithm](part), `${algorithm} of ${part.toString('hex')}`)
    }
  }
})

test('random bytes, and small parts of larger blobs', async () => {
  for (let round = 0; round < 40; round += 1) {
    const bytes = randomBytes(1 + Math.floor(Math.random() * 3000))
    const [from, to] = [Math.random(), Math.random()].map((x) => Math.floor(x * bytes.length)).sort((a, b) => a - b)
    for (const algorithm of ALGORITHMS) {
      const got = await checksum(new Blob([bytes]).slice(from, to), algorithm)
      const about = `${algorithm} of ${bytes.toString('hex')} from ${from} to ${to}`
      assert.equal(got, REFERENCES[algorithm](bytes.subarray(from, to)), about)
    }
  }
})

test('across slices: the same as Node says, and as one long register', async () => {
  for (const size of [MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 12345]) {
    const bytes = randomBytes(size)
    await check(bytes, 'sha256', REFERENCES.sha256(bytes))
    if (zlib.crc32) await check(bytes, 'crc32', base64(zlib.crc32(bytes).toString(16).padStart(8, '0')))
  }
  const bytes = randomBytes(MIB + 5)
  for (const algorithm of ALGORITHMS) await check(bytes, algorithm, REFERENCES[algorithm](bytes))
})

test('where there is no worker and no WebCrypto, a large blob is done in place', async () => {
  assert.equal(typeof globalThis.Worker, 'undefined')
  const bytes = randomBytes(6 * MIB + 1)
  const there = Object.getOwnPropertyDescriptor(globalThis, 'crypto')
  Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true })
  try {
    assert.equal(await checksum(new Blob([bytes]), 'sha256'), REFERENCES.sha256(bytes))
  } finally {
    if (there) Object.defineProperty(globalThis, 'crypto', there)
  }
})

test('several at once', async () => {
  const blobs = [5 * MIB, 10, 6 * MIB, 0].map((size) => randomBytes(size))
  const got = await Promise.all(blobs.map((bytes) => checksum(new Blob([bytes]), 'sha256')))
  assert.deepEqual(got, blobs.map(REFERENCES.sha256))
})

/** A blob that counts how often it is read. */
function counted(size) {
  const blob = {
    size,
    reads: 0,
    read: () => {},
    slice: (from, to) => ({
      arrayBuffer: async () => {
        blob.reads += 1
        blob.read()
        return new ArrayBuffer(Math.min(size, to) - from)
      },
    }),
  }
  return blob
}

test('an aborted signal: nothing is read, and its reason is the rejection', async () => {
  const blob = counted(MIB)
  const reason = new Error('enough')
  await assert.rejects(checksum(blob, 'crc32', AbortSignal.abort(reason)), (error) => error === reason)
  assert.equal(blob.reads, 0)
})

test('aborted between slices: no more is read', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const blob = counted(100 * MIB)
  blob.read = () => blob.reads === 3 && controller.abort(reason)
  await assert.rejects(checksum(blob, 'crc64nvme', controller.signal), (error) => error === reason)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(blob.reads, 3)
})

test('a signal of many checksums keeps no listener', async () => {
  const { signal } = new AbortController()
  let listeners = 0
  const listen = signal.addEventListener.bind(signal)
  signal.addEventListener = (type, listener, options) => {
    listeners += 1
    options.signal.addEventListener('abort', () => (listeners -= 1))
    listen(type, listener, options)
  }
  await checksum(new Blob(['a']), 'crc32', signal)
  assert.equal(listeners, 0)
})

test('a file that has changed cannot be read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dropslip-checksum-'))
  try {
    for (const algorithm of ALGORITHMS) {
      const path = join(folder, algorithm)
      await writeFile(path, randomBytes(2 * MIB))
      const blob = await openAsBlob(path)
      await truncate(path, MIB)
      await assert.rejects(checksum(blob, algorithm), { name: 'NotReadableError' })
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a reading that fails, or gives more or fewer bytes than there were', async () => {
  const failing = () => Promise.reject(new DOMException('no', 'AbortError'))
  const gives = (size) => async () => new ArrayBuffer(size)
  for (const size of [10, 2 * MIB]) {
    for (const arrayBuffer of [failing, gives(0), gives(9), gives(3 * MIB)]) {
      for (const algorithm of ['crc32', 'sha256']) {
        const blob = { size, slice: () => blob, arrayBuffer }
        await assert.rejects(checksum(blob, algorithm), { name: 'NotReadableError' })
        await assert.rejects(digest(blob, algorithm, undefined), { name: 'NotReadableError' })
      }
    }
  }
})

/** A blob that says one size and streams another, in pieces; `arrayBuffer` must not be asked. */
function streamed(size, bytes) {
  let at = 0
  const pull = (controller) => {
    const { view } = controller.byobRequest
    const piece = bytes.subarray(at, at + Math.min(view.byteLength, 1000))
    at += piece.length
    new Uint8Array(view.buffer, view.byteOffset).set(piece)
    if (!piece.length) controller.close()
    controller.byobRequest.respond(piece.length)
  }
  return { size, stream: () => new ReadableStream({ type: 'bytes', pull }) }
}

test('parts of an upload are read into one buffer', async (context) => {
  const buffers = []
  const sizes = new Set()
  const { subtle } = crypto
  const { digest } = subtle
  context.mock.method(subtle, 'digest', (name, data) => {
    // Held here, or it might be collected before it is used again.
    buffers.push(data.buffer)
    sizes.add(data.buffer.byteLength)
    return digest.call(subtle, name, data)
  })
  for (const size of [5000, 5000, 3000, 1, 5000]) {
    const bytes = randomBytes(size)
    assert.equal(await checksum(streamed(size, bytes), 'sha256'), REFERENCES.sha256(bytes))
  }
  assert.equal(buffers.length, 5)
  assert.equal(sizes.size, 1, [...sizes].join(' '))
})

test('a stream that ends early, goes on, or fails', async () => {
  for (const [size, given] of [[10, 0], [10, 9], [10, 11], [10, 5000], [5000, 4000], [0, 1]]) {
    await assert.rejects(checksum(streamed(size, randomBytes(given)), 'sha256'), { name: 'NotReadableError' })
  }
  const pull = () => Promise.reject(new DOMException('no', 'AbortError'))
  const blob = { size: 1, stream: () => new ReadableStream({ type: 'bytes', pull }) }
  await assert.rejects(checksum(blob, 'sha256'), { name: 'NotReadableError' })
})

test('a name that is no checksum', async () => {
  for (const name of ['md5', 'CRC32', '', 'toString']) {
    await assert.rejects(checksum(new Blob(['a']), name), TypeError)
  }
})
