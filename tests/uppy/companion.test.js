// Both versions of Uppy against `dropslip dev`, by the paths of Companion: docs/guide/uppy.md.

import assert from 'node:assert/strict'
import { after, afterEach } from 'node:test'

import { startDev } from './lib/dropslip.js'
import { startBrowser } from './lib/page.js'
import { bucket, faults } from './lib/storage.js'
import { assertStored, companion, large, small, UUID, uses } from './lib/use.js'

const dev = await startDev()
after(() => dev.stop())
const storage = bucket(dev.storage)
afterEach(() => faults(dev.storage))
const browser = await startBrowser()
after(() => browser.close())
const use = uses(browser)

const day = '\\d{4}/\\d\\d/\\d\\d'
const asFile = { type: 'text/plain', key: new RegExp(`^files/${day}/${UUID}/a smäll \\(1\\) file\\+\\.txt$`) }
const asVideo = { type: 'video/mp4', key: new RegExp(`^videos/${day}/${UUID}\\.mp4$`) }
const MIB = 1024 * 1024
const picture = { meta: { preset: 'photo' }, name: 'a.png', type: 'image/png', size: 21 * MIB }
const video = { meta: { preset: 'video' }, ...large }

for (const version of /** @type {const} */ (['v5', 'v6'])) {
  const to = (options) => ({ ...companion[version](dev.service), ...options })

  use('a small file', version, async ({ begin, result, count }) => {
    await begin({ options: to(), ...small })
    await assertStored(storage, await result(), asFile)
    assert.equal(count(/^GET \/s3\/params$/), 1)
    assert.equal(count(/^POST \/uploads\/?$/), 1)
  })

  use('an empty file', version, async ({ begin, result }) => {
    await begin({ options: to(), ...small, size: 0 })
    await assertStored(storage, await result(), asFile)
  })

  use('60 MB in parts', version, async ({ begin, result, count }) => {
    await begin({ options: to({ multipart: true }), ...video })
    await assertStored(storage, await result(), asVideo)
    assert.equal(count(/^PUT /), 12)
    assert.deepEqual(await storage.uploads(), [])
  })

  use('called off, and nothing is left', version, async ({ begin, parts, cancel, answer }) => {
    const before = await storage.keys()
    await begin({ options: to({ multipart: true }), ...video })
    await parts(2)
    assert.equal((await storage.uploads()).length, 1)
    const aborted = answer(/^DELETE \/s3\/multipart\/[^/]+$/)
    await cancel()
    assert.equal((await aborted).status(), 200)
    // Version 6 does not read the answer, and what a page does not read the browser does not keep.
    if (version === 'v5') assert.deepEqual(await (await aborted).json(), {})
    assert.deepEqual(await storage.uploads(), [])
    assert.deepEqual(await storage.keys(), before)
  })

  use('paused and resumed, without sending again what has arrived', version, async (uppy) => {
    await uppy.begin({ options: to({ multipart: true }), ...video })
    await uppy.parts(3)
    await uppy.pause()
    const arrived = await uppy.page.evaluate(() => window.page.seen.parts)
    const listed = uppy.answer(/^GET \/s3\/multipart\/[^/]+$/)
    await uppy.resume()
    const list = await (await listed).json()
    for (const part of arrived) assert.ok(list.some(({ PartNumber }) => PartNumber === part), `part ${part} is listed`)
    await assertStored(storage, await uppy.result(), asVideo)
    const all = await uppy.page.evaluate(() => window.page.seen.parts)
    assert.equal(new Set(all).size, all.length, 'no part arrived twice')
  })

  use('resumed after a reload, by what Golden Retriever keeps', version, async (uppy) => {
    const upload = { options: to({ multipart: true }), ...video }
    await uppy.begin(upload)
    await uppy.parts(3)
    await uppy.pause()
    const kept = await uppy.page.evaluate(() => window.page.uppy.getFile(window.page.id).s3Multipart)
    await uppy.page.reload()
    const before = uppy.count(/^PUT /)
    await uppy.begin({ ...upload, kept })
    const result = await uppy.result()
    await assertStored(storage, result, asVideo)
    assert.equal(result.body.key, kept.key)
    assert.ok(uppy.count(/^PUT /) - before <= 9, 'three parts were there already')
  })

  use('a type that the preset does not take', version, async ({ begin, result }) => {
    const before = await storage.keys()
    for (const multipart of [false, true]) {
      await begin({ options: to({ multipart }), meta: { preset: 'photo' }, ...small })
      const { error, seen } = await result()
      const words = /takes image\/jpeg.*not `text\/plain`/
      if (version === 'v5') {
        assert.match(error, words)
        assert.match(seen.said.join(' '), words)
      } else {
        assert.match(error, /Companion request failed/)
      }
    }
    assert.deepEqual(await storage.keys(), before)
  })

  use('more bytes than the preset takes, in one request: refused by the storage', version, async ({ begin, result }) => {
    const before = await storage.keys()
    await begin({ options: to(), ...picture })
    assert.ok((await result()).error)
    assert.deepEqual(await storage.keys(), before)
  })

  use('more bytes than the preset takes, in parts: refused before they are joined', version, async (uppy) => {
    const before = await storage.keys()
    await uppy.begin({ options: to({ multipart: true, chunk: 11 * MIB }), ...picture })
    const { error, seen } = await uppy.result()
    assert.ok(error)
    assert.equal(seen.parts.length, 2)
    if (version === 'v5') assert.match(seen.said.join(' '), /expected 0 to 20971520 bytes, got 22020096/)
    assert.deepEqual(await storage.keys(), before)
    assert.deepEqual(await storage.uploads(), [])
  })
}

use('URLs that have expired are signed again', 'v5', async ({ begin, result, count }) => {
  await faults(dev.storage, { operation: 'UploadPart', expireUrls: true, times: 2 })
  await begin({ options: { endpoint: dev.service, multipart: true }, ...video })
  await assertStored(storage, await result(), asVideo)
  assert.equal(count(/^GET \/s3\/multipart\/[^/]+\/\d+$/), 14)
})

use('temporary credentials are not handed out', 'v5', async ({ begin, result }) => {
  await begin({ options: { endpoint: dev.service, getTemporarySecurityCredentials: true }, ...small })
  assert.match((await result()).error, /temporary credentials/)
})
