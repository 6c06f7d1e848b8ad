/**
 * The client in Firefox: uploads from a page of another origin, through a service to the storage.
 *
 * Environment: `DROPSLIP_BIN` (the binary), `FIREFOX` (the browser).
 */

import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createHash } from 'node:crypto'
import { rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { measure, writeLarge } from './files.js'
import { launchFirefox } from './lib/firefox.js'
import { servePages } from './lib/pages.js'
import { faults, presignGet, startDev, startService } from './server.js'

const TIMEOUT_MS = 60_000
const MIB = 1024 * 1024
const LARGE_MIB = 32
/** 32 MiB in parts of 5 MiB. */
const PARTS = 7
const PRESETS = [
  preset('whole', 'mode = "put"'),
  preset('hashed', 'mode = "put"', 'checksum = "sha256"'),
  preset('parts', 'mode = "multipart"', 'partSize = "5 MiB"'),
  preset('checked', 'mode = "multipart"', 'partSize = "5 MiB"', 'checksum = "crc64nvme"'),
]
/** What may happen to a file that is larger than 1 MiB. */
const MISHAPS = { gone: (path) => rm(path), shorter: (path) => truncate(path, MIB) }
/** So many parts pass, the others do not come to their end while this stands. */
const slowAfter = (skip) => ({ operation: 'UploadPart', skip, bytesPerSecond: 1000 })

/** @param {string} endpoint */
const FORM = (endpoint) => `
  <script type="module" src="/client/element.js"></script>
  <form action="/sent">
    <dropslip-upload name="film" preset="parts" endpoint="${endpoint}" required></dropslip-upload>
    <button>Send</button>
  </form>`

function preset(name, ...lines) {
  const all = ['bucket = "uploads"', `key = "${name}/{uuid}"`, 'accept = ["*/*"]', 'maxSize = "1 GiB"', ...lines]
  return `[presets.${name}]\n${all.join('\n')}`
}

/** @type {Awaited<ReturnType<typeof startDev>>} */
let dev
/** @type {Awaited<ReturnType<typeof startService>>} */
let service
/** The uploads address of the service. */
let uploads = ''
/** @type {Awaited<ReturnType<typeof servePages>>} */
let site
/** @type {import('puppeteer-core').Browser} */
let browser
/** @type {{ path: string, sha256: string }} */
let large

before(async () => {
  dev = await startDev()
  service = await startService(dev.storage, PRESETS.join('\n'))
  uploads = `${service.page}/v1/uploads`
  site = await servePages({ '/': { body: '<input type="file">' }, '/form': { body: FORM(uploads) } })
  browser = await launchFirefox()
  const path = join(dev.folder, 'film.mp4')
  large = { path, sha256: await writeLarge(path, LARGE_MIB) }
}, { timeout: TIMEOUT_MS })

after(async () => {
  await browser?.close()
  await site?.close()
  await service?.clean()
  await dev?.clean()
})

/**
 * @param {string} name
 * @param {(use: ReturnType<typeof using>) => Promise<void>} body
 */
function use(name, body) {
  test(name, { timeout: TIMEOUT_MS }, async () => {
    const page = await browser.newPage()
    try {
      await page.goto(site.origin)
      await body(using(page))
    } finally {
      await page.close()
      await faults(dev.storage)
    }
  })
}

/** @param {import('puppeteer-core').Page} page */
function using(page) {
  const traffic = new EventEmitter()
  /** @type {string[]} requests for uploads, as `METHOD path` */
  const calls = []
  /** @type {number[]} numbers of parts whose sending began, and of those that the storage has answered for */
  const sent = []
  const arrived = []
  /** The number of the part that a request sends; 0 when it sends none. */
  const partOf = (request) =>
    request.method() === 'PUT' ? Number(new URL(request.url()).searchParams.get('partNumber')) : 0
  page.on('request', (request) => {
    const number = partOf(request)
    if (number) sent.push(number)
    if (request.url().startsWith(uploads)) {
      calls.push(`${request.method()} ${request.url().slice(uploads.length)}`)
    }
  })
  page.on('response', (response) => {
    const number = partOf(response.request())
    if (number && response.status() === 200) arrived.push(number)
    traffic.emit('response', response)
  })
  /** How the upload ended. */
  const result = () => page.evaluate(() => globalThis.test.result)
  return {
    page,
    sent,
    arrived,
    result,
    calls: (pattern) => calls.filter((call) => pattern.test(call)).length,
    /** Chooses a file and begins to upload it. What `happens` in between is the file's bad luck. */
    async begin(path, preset, happens = async () => {}) {
      const input = await page.$('input')
      await input.uploadFile(path)
      await happens()
      await page.evaluate(async ([preset, endpoint]) => {
        const { upload } = await import('/client/dropslip.js')
        const [file] = document.querySelector('input').files
        const controller = new AbortController()
        const phases = []
        const onProgress = ({ phase }) => phases.at(-1) === phase || phases.push(phase)
        const run = upload(file, { preset, endpoint, onProgress, signal: controller.signal })
        const fail = (error) => ({ code: error.code ?? error.name, why: String(error.stack) })
        const result = run.then((done) => ({ done }), fail)
        globalThis.test = { run, controller, phases, result }
      }, [preset, uploads])
    },
    phase: (phase) => page.waitForFunction((phase) => globalThis.test.phases.at(-1) === phase, {}, phase),
    pause: () => page.evaluate(() => globalThis.test.run.pause()),
    resume: () => page.evaluate(() => globalThis.test.run.resume()),
    abort: () => page.evaluate(() => globalThis.test.controller.abort()),
    async partsHaveArrived(count) {
      const early = result().then((ended) => assert.fail(`ended early: ${JSON.stringify(ended)}`))
      // A reload that follows is no failure of the test.
      early.catch(() => {})
      while (arrived.length < count) await Promise.race([once(traffic, 'response'), early])
    },
    async answerTo(pattern) {
      for (;;) {
        const [response] = await once(traffic, 'response')
        if (pattern.test(`${response.request().method()} ${response.url().slice(uploads.length)}`)) return response
      }
    },
  }
}

/** The upload has ended well, and what is at the storage is the file. */
async function assertArrived({ done, code, why }, { path, type }) {
  assert.equal(code, undefined, why)
  const stored = await measure(await presignGet(dev.storage, done.key))
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk)
    size += chunk.length
  }
  assert.deepEqual(stored, { status: 200, type, size, sha256: hash.digest('hex') })
}

/** All parts were sent, and none again that had arrived before. */
function assertSentOnce(before, after) {
  const again = after.filter((number) => before.includes(number))
  assert.deepEqual(again, [], `arrived ${before}, sent after that ${after}`)
  assert.equal(new Set([...before, ...after]).size, PARTS)
}

use('a small file', async ({ begin, result, sent }) => {
  const path = join(dev.folder, 'notes.txt')
  await writeFile(path, 'hello')
  await begin(path, 'whole')
  await assertArrived(await result(), { path, type: 'text/plain' })
  assert.deepEqual(sent, [])
})

use('a file with a checksum, which is taken when the service asks for it', async ({ begin, result }) => {
  await begin(large.path, 'hashed')
  await assertArrived(await result(), { path: large.path, type: 'video/mp4' })
})

use('a large file in parts', async ({ begin, result, sent }) => {
  await begin(large.path, 'parts')
  await assertArrived(await result(), { path: large.path, type: 'video/mp4' })
  assert.deepEqual([...sent].sort(), [1, 2, 3, 4, 5, 6, 7])
})

use('parts with a checksum, which the storage compares', async ({ begin, result }) => {
  await begin(large.path, 'checked')
  await assertArrived(await result(), { path: large.path, type: 'video/mp4' })
})

use('a reload in the middle: the same file goes on', async (use) => {
  const { page, begin, result, sent, arrived, calls, partsHaveArrived } = use
  await faults(dev.storage, slowAfter(2))
  await begin(large.path, 'parts')
  await partsHaveArrived(2)
  await page.reload()
  await faults(dev.storage)
  const before = [...arrived]
  sent.length = 0
  await begin(large.path, 'parts')
  await assertArrived(await result(), { path: large.path, type: 'video/mp4' })
  assertSentOnce(before, sent)
  assert.equal(calls(/^POST $/), 1)
})

use('paused and resumed', async ({ begin, result, sent, arrived, partsHaveArrived, pause, phase, resume }) => {
  await faults(dev.storage, slowAfter(2))
  await begin(large.path, 'parts')
  await partsHaveArrived(2)
  await pause()
  await phase('paused')
  const before = [...arrived]
  await faults(dev.storage)
  sent.length = 0
  await resume()
  await assertArrived(await result(), { path: large.path, type: 'video/mp4' })
  assertSentOnce(before, sent)
})

use('aborted', async ({ begin, result, answerTo, partsHaveArrived, abort }) => {
  await faults(dev.storage, slowAfter(1))
  await begin(large.path, 'parts')
  await partsHaveArrived(1)
  const deleted = answerTo(/^DELETE /)
  await abort()
  assert.equal((await result()).code, 'aborted')
  const response = await deleted
  assert.equal(response.status(), 204)
  assert.equal((await (await fetch(response.url())).json()).state, 'aborted')
})

for (const preset of ['whole', 'parts']) {
  use(`a file that is gone or shorter before it is sent: ${preset}`, async ({ begin, result }) => {
    for (const [name, happens] of Object.entries(MISHAPS)) {
      const path = join(dev.folder, `${preset}-${name}`)
      await writeFile(path, Buffer.alloc(6 * MIB))
      await begin(path, preset, () => happens(path))
      assert.equal((await result()).code, 'file_unreadable', name)
    }
  })
}

use('a file that is gone or shorter has no checksum', async ({ page }) => {
  for (const [name, happens] of Object.entries(MISHAPS)) {
    const path = join(dev.folder, name)
    await writeFile(path, Buffer.alloc(5 * MIB))
    const input = await page.$('input')
    await input.uploadFile(path)
    await happens(path)
    const names = await page.evaluate(async () => {
      const { checksum } = await import('/client/checksum.js')
      const [file] = document.querySelector('input').files
      return Promise.all(['sha256', 'crc32'].map((name) => checksum(file, name).catch((error) => error.name)))
    })
    assert.deepEqual(names, ['NotReadableError', 'NotReadableError'], name)
  }
})

use('the element: the form is sent with the key', async ({ page }) => {
  await page.goto(`${site.origin}/form`)
  const input = await page.waitForSelector('dropslip-upload >>> input[type=file]')
  assert.equal(await page.$eval('form', (form) => form.checkValidity()), false)
  await input.uploadFile(large.path)
  await page.waitForFunction(() => document.querySelector('dropslip-upload').value)
  const key = await page.$eval('dropslip-upload', (element) => element.value)
  await Promise.all([page.waitForNavigation(), page.click('button')])
  const { pathname, searchParams } = new URL(page.url())
  assert.deepEqual([pathname, ...searchParams], ['/sent', ['film', key]])
  await assertArrived({ done: { key } }, { path: large.path, type: 'video/mp4' })
})
