// Uppy against services that are set up in other ways: API keys, and a storage that takes no forms.

import assert from 'node:assert/strict'
import { after } from 'node:test'

import { startDev, startService } from './lib/dropslip.js'
import { startBrowser } from './lib/page.js'
import { bucket } from './lib/storage.js'
import { assertStored, companion, large, small, uses } from './lib/use.js'

const dev = await startDev()
after(() => dev.stop())
const storage = bucket(dev.storage)
const browser = await startBrowser()
after(() => browser.close())
const use = uses(browser)

const KEY = 'correct-horse-battery-staple'
const preset = `
  [presets.file]
  bucket = "uploads"
  key = "{uuid}/{name}"
  accept = ["*/*"]
  maxSize = "100 MiB"
  metadata = ["caption"]`
const closed = await startService(dev.storage, `[auth]\napiKeys = ["${KEY}"]\n${preset}`)
after(() => closed.stop())
const formless = await startService(dev.storage, `[storage.can]\npost = false\n${preset}`)
after(() => formless.stop())

const smallStored = { type: 'text/plain', key: /\/a smäll \(1\) file\+\.txt$/ }
const largeStored = { type: 'video/mp4', key: /\/film\.mp4$/ }

for (const version of /** @type {const} */ (['v5', 'v6'])) {
  use('a token in the path, for clients that send no header', version, async ({ begin, result }) => {
    const options = companion[version](`${closed.service}/t/${KEY}`)
    await begin({ options, ...small })
    await assertStored(storage, await result(), smallStored)
    await begin({ options: { ...options, multipart: true }, ...large })
    await assertStored(storage, await result(), largeStored)
  })

  use('no token, a wrong one', version, async ({ begin, result }) => {
    const before = await storage.keys()
    for (const service of [closed.service, `${closed.service}/t/${KEY}x`]) {
      for (const multipart of [false, true]) {
        await begin({ options: { ...companion[version](service), multipart }, ...small })
        assert.ok((await result()).error)
      }
    }
    assert.deepEqual(await storage.keys(), before)
  })

  use('no forms: the file in parts, however small', version, async ({ begin, result }) => {
    await begin({ options: { ...companion[version](formless.service), multipart: true }, ...large, size: 5_300_000 })
    await assertStored(storage, await result(), largeStored)
  })

  use('metadata that the preset allows, and more that it does not', version, async ({ begin, result }) => {
    const options = companion[version](`${closed.service}/t/${KEY}`)
    for (const multipart of [false, true]) {
      await begin({ options: { ...options, multipart }, meta: { caption: 'Zoë  at sea', other: 'x' }, ...large, size: 6_000_000 })
      const done = await result()
      await assertStored(storage, done, largeStored)
      const { headers } = await storage.get(done.body.key)
      assert.equal(headers.get('x-amz-meta-caption'), '=?UTF-8?Q?Zo=C3=AB__at_sea?=')
      assert.equal(headers.get('x-amz-meta-other'), null)
      assert.equal(headers.get('x-amz-meta-name'), null)
    }
  })
}

use('an API key in a header', 'v5', async ({ begin, result }) => {
  const options = { endpoint: closed.service, headers: { authorization: `Bearer ${KEY}` } }
  await begin({ options, ...small })
  await assertStored(storage, await result(), smallStored)
})

use('no forms: one PUT', 'v5', async ({ begin, result, count }) => {
  await begin({ options: { endpoint: formless.service }, ...small })
  const done = await result()
  // Version 5 takes the key from the fields of a form, and there is none; the address has it.
  assert.equal(done.body.key, undefined)
  const key = decodeURIComponent(new URL(done.url).pathname).replace('/uploads/', '')
  await assertStored(storage, { ...done, body: { key } }, smallStored)
  assert.equal(count(/^PUT /), 1)
})

use('no forms: signRequest answers a PUT', 'v6', async ({ begin, result, count }) => {
  await begin({ options: { sign: `${formless.service}/sign` }, ...small })
  await assertStored(storage, await result(), smallStored)
  assert.equal(count(/^PUT /), 1)
})
