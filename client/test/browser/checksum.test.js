/**
 * Checksums in Chromium: beside the page where a worker can be made, in place where it cannot, and the same either way.
 *
 * Environment: `CHROMIUM` (the browser).
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checksum } from '../../src/checksum.js'
import { launchChromium } from './lib/chromium.js'
import { servePages } from './lib/pages.js'

const TIMEOUT_MS = 60_000
const MIB = 1024 * 1024
const ALGORITHMS = ['crc32', 'crc32c', 'crc64nvme', 'sha256']
const LARGE = 5 * MIB + 3

/** @type {Awaited<ReturnType<typeof servePages>>} */
let site
/** The client comes from `site`, and its worker is not where it should be. @type {typeof site} */
let incomplete
/** @type {import('playwright-core').Browser} */
let browser

before(async () => {
  site = await servePages({
    '/no-workers': { headers: { 'content-security-policy': "worker-src 'none'" } },
    '/file': { body: '<input type="file">' },
  })
  incomplete = await servePages({ '/client/checksum-worker.js': { status: 404 } })
  browser = await launchChromium('--host-resolver-rules=MAP lan.test 127.0.0.1')
})

after(async () => {
  await browser?.close()
  await site?.close()
  await incomplete?.close()
})

/**
 * @param {string} name
 * @param {() => string} address of the page
 * @param {(use: { page: import('playwright-core').Page, take: Function, workers: () => number }) => Promise<void>} body
 */
function use(name, address, body) {
  test(name, { timeout: TIMEOUT_MS }, async () => {
    const page = await browser.newPage()
    let workers = 0
    page.on('worker', () => (workers += 1))
    try {
      await page.goto(address())
      await body({ page, take: (...args) => take(page, ...args), workers: () => workers })
    } finally {
      await page.close()
    }
  })
}

/** Takes the checksum of so many bytes, each 7 more than the last one, by the client of an origin. */
function take(page, algorithm, size, origin = '') {
  return page.evaluate(
    async ([algorithm, size, origin]) => {
      const { checksum } = await import(`${origin}/client/checksum.js`)
      return checksum(new Blob([new Uint8Array(size).map((_, i) => 7 * i)]), algorithm)
    },
    [algorithm, size, origin],
  )
}

/** The same in Node. */
function expected(algorithm, size) {
  return checksum(new Blob([new Uint8Array(size).map((_, i) => 7 * i)]), algorithm)
}

async function checkAll(take, size, origin) {
  for (const algorithm of ALGORITHMS) {
    assert.equal(await take(algorithm, size, origin), await expected(algorithm, size), algorithm)
  }
}

use('a small blob needs no worker', () => site.origin, async ({ take, workers }) => {
  await checkAll(take, 100_000)
  assert.equal(workers(), 0)
})

use('large blobs share one worker, which ends when idle', () => site.origin, async ({ page, take, workers }) => {
  await page.clock.install()
  const started = page.waitForEvent('worker')
  await Promise.all([checkAll(take, LARGE), checkAll(take, LARGE + MIB)])
  assert.equal(workers(), 1)

  const worker = await started
  const ended = worker.waitForEvent('close')
  await page.clock.runFor(60_000)
  await ended
  await checkAll(take, LARGE)
  assert.equal(workers(), 2)
})

use('more than WebCrypto is given', () => site.origin, async ({ take, workers }) => {
  assert.equal(await take('sha256', 65 * MIB), await expected('sha256', 65 * MIB))
  assert.equal(workers(), 1)
})

use('a page on plain http has no WebCrypto', () => `http://lan.test:${new URL(site.origin).port}`, async ({ page, take, workers }) => {
  assert.equal(await page.evaluate(() => isSecureContext || 'subtle' in crypto), false)
  await checkAll(take, 100_000)
  assert.equal(workers(), 0)
  await checkAll(take, LARGE)
  assert.equal(workers(), 1)
})

use('a policy forbids workers: one is tried', () => `${site.origin}/no-workers`, async ({ page, take, workers }) => {
  const refused = []
  page.on('console', (message) => refused.push(message.text()))
  await inPlace(take, workers)
  assert.equal(refused.filter((text) => text.includes('worker-src')).length, 1, refused.join('\n'))
})
use('the client comes from another origin', () => `http://localhost:${new URL(site.origin).port}`, ({ take, workers }) =>
  inPlace(take, workers, site.origin))
use('the script of the worker is missing', () => incomplete.origin, ({ take }) => inPlace(take, () => 0))

async function inPlace(take, workers, origin) {
  await Promise.all([checkAll(take, LARGE, origin), checkAll(take, LARGE + MIB, origin)])
  assert.equal(workers(), 0)
}

use('in place, the page keeps its turn', () => `${site.origin}/no-workers`, async ({ page }) => {
  const turns = await page.evaluate(async () => {
    const { checksum } = await import('/client/checksum.js')
    let turns = 0
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      turns += 1
      port2.postMessage(0)
    }
    port2.postMessage(0)
    await checksum(new Blob([new Uint8Array(16 * 1024 * 1024)]), 'crc64nvme')
    port1.close()
    return turns
  })
  assert.ok(turns >= 32, `${turns} turns for 32 slices`)
})

use('an abort rejects with its reason, and the worker goes on', () => site.origin, async ({ page, take, workers }) => {
  const started = page.waitForEvent('worker')
  const aborted = page.evaluate(async () => {
    const { checksum } = await import('/client/checksum.js')
    const controller = new AbortController()
    globalThis.abort = () => controller.abort('enough')
    // As a blob of many references to one: 4 GiB that nobody has to have.
    let blob = new Blob([new Uint8Array(1024 * 1024)])
    for (let i = 0; i < 12; i += 1) blob = new Blob([blob, blob])
    return checksum(blob, 'sha256', controller.signal).catch((reason) => [blob.size, reason])
  })
  await started
  await page.evaluate(() => globalThis.abort())
  assert.deepEqual(await aborted, [4096 * MIB, 'enough'])
  await checkAll(take, LARGE)
  assert.equal(workers(), 1)
})

test('the worker leaves a checksum that is not wanted any more', { timeout: TIMEOUT_MS }, async () => {
  const page = await browser.newPage()
  try {
    await page.goto(site.origin)
    const answer = await page.evaluate(async () => {
      const worker = new Worker('/client/checksum-worker.js', { type: 'module' })
      const { port1, port2 } = new MessageChannel()
      worker.postMessage([new Blob([new Uint8Array(64 * 1024 * 1024)]), 'sha256'], [port2])
      port1.postMessage(0)
      return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)))
    })
    assert.deepEqual([answer[0], answer[2]], [null, 'AbortError'])
  } finally {
    await page.close()
  }
})

const FAULTS = {
  removed: (path) => rm(path),
  // Chromium goes by the file's date.
  changed: (path) => utimes(path, 1e9, 1e9),
  shortened: (path, size) => truncate(path, size - 1),
}

for (const [name, size] of Object.entries({ small: MIB, large: LARGE })) {
  use(`a ${name} file that was removed or changed cannot be read`, () => `${site.origin}/file`, async ({ page }) => {
    const folder = await mkdtemp(join(tmpdir(), 'dropslip-checksum-'))
    try {
      for (const [fault, happens] of Object.entries(FAULTS)) {
        const path = join(folder, fault)
        await writeFile(path, Buffer.alloc(size))
        await page.setInputFiles('input', path)
        // Chromium notes a file's date when it is read first, and else goes by what it finds later.
        await page.evaluate(() => document.querySelector('input').files[0].slice(0, 1).arrayBuffer())
        await happens(path, size)
        const errors = await page.evaluate(async () => {
          const { checksum } = await import('/client/checksum.js')
          const [file] = document.querySelector('input').files
          const failure = (name) => checksum(file, name).catch((error) => [error instanceof DOMException, error.name])
          return Promise.all(['sha256', 'crc32c'].map(failure))
        })
        assert.deepEqual(errors, [[true, 'NotReadableError'], [true, 'NotReadableError']], fault)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}
