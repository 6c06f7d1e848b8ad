// Version 6 with a `signRequest` of its own, against `POST /sign` of `dropslip dev`.

import assert from 'node:assert/strict'
import { after } from 'node:test'

import { startDev } from './lib/dropslip.js'
import { startBrowser } from './lib/page.js'
import { bucket } from './lib/storage.js'
import { assertStored, large, small, UUID, uses } from './lib/use.js'

const dev = await startDev()
after(() => dev.stop())
const storage = bucket(dev.storage)
const browser = await startBrowser()
after(() => browser.close())
const use = uses(browser)

const sign = `${dev.service}/sign`
const asFile = (name) => new RegExp(`^files/\\d{4}/\\d\\d/\\d\\d/${UUID}/${name}$`)
const smallStored = { type: 'text/plain', key: asFile('a smäll \\(1\\) file\\+\\.txt') }
const largeStored = { type: 'video/mp4', key: asFile('film\\.mp4') }

use('a small file, as a form, so that the storage holds the size', 'v6', async ({ begin, result, count }) => {
  await begin({ options: { sign }, ...small })
  await assertStored(storage, await result(), smallStored)
  assert.equal(count(/^POST \/uploads\/?$/), 1)
})

use('60 MB in parts', 'v6', async ({ begin, result, count }) => {
  await begin({ options: { sign, multipart: true }, ...large })
  await assertStored(storage, await result(), largeStored)
  assert.equal(count(/^PUT /), 12)
  assert.deepEqual(await storage.uploads(), [])
})

use('called off, and nothing is left', 'v6', async ({ begin, parts, cancel, answer }) => {
  await begin({ options: { sign, multipart: true }, ...large })
  await parts(2)
  assert.equal((await storage.uploads()).length, 1)
  const aborted = answer(/^DELETE \/uploads\//)
  await cancel()
  assert.equal((await aborted).status(), 204)
  assert.deepEqual(await storage.uploads(), [])
})

use('paused and resumed', 'v6', async ({ begin, parts, pause, resume, answer, result }) => {
  await begin({ options: { sign, multipart: true }, ...large })
  await parts(3)
  await pause()
  const listed = answer(/^GET \/uploads\//)
  await resume()
  assert.match(await (await listed).text(), /<PartNumber>3<\/PartNumber>/)
  await assertStored(storage, await result(), largeStored)
})

use('a refusal in the words of the service', 'v6', async ({ begin, result }) => {
  const before = await storage.keys()
  for (const multipart of [false, true]) {
    await begin({ options: { sign, preset: 'photo', multipart }, ...small })
    assert.match((await result()).error, /takes image\/jpeg.*not `text\/plain`/)
  }
  assert.deepEqual(await storage.keys(), before)
})

use('more bytes than the preset takes', 'v6', async ({ begin, result }) => {
  const before = await storage.keys()
  const picture = { name: 'a.png', type: 'image/png', size: 21 * 1024 * 1024 }
  await begin({ options: { sign, preset: 'photo' }, ...picture })
  assert.match((await result()).error, /EntityTooLarge/)
  await begin({ options: { sign, preset: 'photo', multipart: true, chunk: 11 * 1024 * 1024 }, ...picture })
  assert.match((await result()).error, /at most 20\.0 MiB/)
  assert.deepEqual(await storage.keys(), before)
  assert.deepEqual(await storage.uploads(), [])
})
