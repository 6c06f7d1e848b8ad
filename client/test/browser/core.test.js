/**
 * The client in Chromium, and in Node, against real programs: what differs from browser to browser is in
 * `firefox.test.js`, a bad day in `survival.test.js`.
 *
 * Environment: `DROPSLIP_BIN` (the binary), `CHROMIUM` (the browser).
 */

import assert from 'node:assert/strict'
import { openAsBlob } from 'node:fs'
import { rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { upload } from '../../src/dropslip.js'
import { measure, sha256, writeLarge } from './files.js'
import { launchChromium } from './lib/chromium.js'
import { servePages } from './lib/pages.js'
import { faults, presignGet, startDev, startService, startStore } from './server.js'

const TIMEOUT_MS = 120_000
const MIB = 1024 * 1024
const PRESETS = [
  preset('whole', 'mode = "put"'), preset('form', 'mode = "post"'), preset('parts', 'mode = "multipart"', 'partSize = "5 MiB"'),
  preset('checked', 'mode = "multipart"', 'partSize = "5 MiB"', 'checksum = "sha256"'),
  preset('picture', 'mode = "put"').replace('*/*', 'image/*'),
].join('\n')

function preset(name, ...lines) {
  const all = ['bucket = "uploads"', `key = "${name}/{uuid}"`, 'accept = ["*/*"]', 'maxSize = "1 GiB"', ...lines]
  return `[presets.${name}]\n${all.join('\n')}\n`
}

/** @type {Awaited<ReturnType<typeof startDev>>} */
let dev
/** @type {Awaited<ReturnType<typeof startService>>} */
let service
/** @type {Awaited<ReturnType<typeof servePages>>} */
let site
/** @type {import('playwright-core').Browser} */
let browser
/** @type {{ path: string, sha256: string, size: number }} */
let large

before(async () => {
  dev = await startDev()
  service = await startService(dev.storage, PRESETS)
  site = await servePages({ '/': { body: '<input type="file" multiple>' } })
  browser = await launchChromium()
  const path = join(dev.folder, 'film.mp4')
  large = { path, sha256: await writeLarge(path, 24), size: 24 * MIB }
}, { timeout: TIMEOUT_MS })

after(async () => {
  await browser?.close()
  await site?.close()
  await service?.clean()
  await dev?.clean()
})

/** @param {string} name @param {(page: import('playwright-core').Page) => Promise<void>} body */
function use(name, body) {
  test(name, { timeout: TIMEOUT_MS }, async () => {
    const page = await browser.newPage()
    page.setDefaultTimeout(TIMEOUT_MS)
    try {
      await page.goto(site.origin)
      await body(page)
    } finally {
      await page.close()
      await faults(dev.storage)
    }
  })
}

/**
 * Uploads the chosen files in the page; gives how each ended, the phases of the first and its last progress.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} preset
 * @param {string} [at] the service
 */
function run(page, preset, at = service.page) {
  return page.evaluate(async ([preset, endpoint]) => {
    const { uploadMany } = await import('/client/dropslip.js')
    const { files } = document.querySelector('input')
    const phases = (globalThis.phases = [])
    let last
    const results = await uploadMany(files, {
      preset,
      endpoint,
      onFile: (index, { phase }) => index === 0 && phases.at(-1) !== phase && phases.push(phase),
      onProgress: (progress) => (last = progress),
    })
    const shown = ({ value, reason }) => value ?? { ...reason, code: reason.code ?? reason.name, message: reason.message }
    return { results: results.map(shown), phases, last }
  }, [preset, `${at}/v1/uploads`])
}

const stored = async (key) => {
  const { status, size, sha256 } = await measure(await presignGet(dev.storage, key))
  return { status, size, sha256 }
}

for (const mode of ['whole', 'form', 'parts', 'checked']) {
  use(`a file travels as ${mode}, byte for byte`, async (page) => {
    await page.setInputFiles('input', large.path)
    const { results: [{ key, size }], phases, last } = await run(page, mode)
    assert.deepEqual([size, await stored(key)], [large.size, { status: 200, size: large.size, sha256: large.sha256 }])
    assert.deepEqual(phases, ['preparing', 'sending', 'finishing', 'done'])
    assert.deepEqual([last.loadedBytes, last.doneFiles], [large.size, 1])
  })
}

use('many files: each arrives, and one that is refused does not stop the rest', async (page) => {
  const files = Array.from({ length: 20 }, (_, i) => ({
    name: `${i}.png`, mimeType: i === 7 ? 'text/plain' : 'image/png', buffer: Buffer.from(`picture ${i}`),
  }))
  await page.setInputFiles('input', files)
  const { results, last } = await run(page, 'picture')
  assert.equal(results[7].code, 'type_not_accepted')
  assert.match(results[7].requestId, /^[0-9a-f-]{36}$/, 'by which the log is searched')
  assert.deepEqual([last.doneFiles, last.failedFiles, last.totalFiles], [19, 1, 20])
  for (const [i, { key }] of results.entries()) {
    if (i !== 7) assert.equal((await stored(key)).sha256, sha256(files[i].buffer))
  }
})

use('offline: it waits, and goes on by itself', async (page) => {
  await page.setInputFiles('input', large.path)
  const skip = 2
  await faults(dev.storage, { operation: 'UploadPart', skip, bytesPerSecond: 2_000_000 })
  const ended = run(page, 'parts')
  await page.waitForFunction(() => globalThis.phases?.includes('sending'))
  await page.context().setOffline(true)
  await page.waitForFunction(() => globalThis.phases.at(-1) === 'waiting')
  await faults(dev.storage)
  await page.context().setOffline(false)
  const { results: [{ key }] } = await ended
  assert.equal((await stored(key)).sha256, large.sha256)
})

use('a file that is gone is told, and nothing is stored', async (page) => {
  for (const [how, mode, change] of [
    ['gone', 'whole', (path) => rm(path)], ['gone', 'parts', (path) => rm(path)], ['shorter', 'parts', (path) => truncate(path, MIB)],
  ]) {
    const path = join(dev.folder, 'gone.bin')
    await writeFile(path, Buffer.alloc(6 * MIB))
    await page.setInputFiles('input', path)
    await change(path)
    const { results: [{ code, hint, size }] } = await run(page, mode)
    // Chromium may look at the file only now: then it is a whole one, and shorter.
    if (how === 'shorter' && size === MIB) continue
    assert.equal(code, 'file_unreadable', `${how}, ${mode}`)
    assert.match(hint, /Choose it again/)
  }
})

use('in a worker', async (page) => {
  const result = await page.evaluate(([endpoint, size]) => new Promise((resolve) => {
    const source = `
      import { upload } from '${location.origin}/client/dropslip.js'
      const file = new File([new Uint8Array(${size})], 'zeros.bin')
      const phases = []
      const onProgress = ({ phase }) => phases.at(-1) === phase || phases.push(phase)
      upload(file, { preset: 'parts', endpoint: '${endpoint}', onProgress })
        .then(({ size }) => postMessage({ size, phases }), (error) => postMessage({ error: String(error) }))`
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' })
    worker.onmessage = ({ data }) => resolve(data)
    worker.onerror = ({ message }) => resolve({ error: message })
  }), [`${service.page}/v1/uploads`, 12 * MIB])
  assert.deepEqual(result, { size: 12 * MIB, phases: ['preparing', 'sending', 'finishing', 'done'] })
})

test('in Node, from a file', { timeout: TIMEOUT_MS }, async () => {
  const endpoint = `${service.page}/v1/uploads`
  for (const preset of ['whole', 'parts', 'checked']) {
    const { key } = await upload(await openAsBlob(large.path), { endpoint, preset, fileName: 'film.mp4' })
    assert.equal((await stored(key)).sha256, large.sha256)
  }
})

use('a storage without a CORS rule: the hint names the rule, at once', async (page) => {
  const store = await startStore()
  const there = await startService(store.storage, PRESETS)
  try {
    await page.setInputFiles('input', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') })
    for (const mode of ['whole', 'parts']) {
      const { results: [{ code, hint, message }] } = await run(page, mode, there.page)
      assert.equal(code, 'cors_origin', message)
      assert.ok(hint.includes(site.origin), hint)
    }
  } finally {
    await there.clean()
    await store.clean()
  }
})
