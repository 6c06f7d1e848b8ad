/**
 * A short bad day, of which `cargo xtask bench client survival` has the long one: connections cut, 503, a reload, URLs
 * that have expired, a while offline, the service killed. The upload arrives without anybody's help, byte for byte, and
 * no part is sent again that had arrived.
 *
 * Environment: `DROPSLIP_BIN` (the binary), `CHROMIUM` (the browser).
 */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import { launch, servePages } from '../../../benches/client/lib/browser.js'
import { writeFile } from '../../../benches/client/lib/file.js'
import { folder } from '../../../benches/client/lib/programs.js'
import { short } from '../../../benches/client/lib/scenario.js'
import { survive } from '../../../benches/client/lib/survival.js'

const MB = 1_000_000
const LIMIT_MS = 150_000

test('an upload in parts survives a bad day', { timeout: 2 * LIMIT_MS }, async () => {
  const binary = process.env.DROPSLIP_BIN
  assert.ok(binary, 'set DROPSLIP_BIN to the path of the `dropslip` binary')
  const { path, remove } = await folder('survival')
  const pages = await servePages()
  const browser = await launch(chromium)
  try {
    const file = join(path, 'film.mp4')
    const sha256 = await writeFile(file, 60 * MB)
    /** @type {string[]} */
    const told = []
    const day = await survive(browser, pages, {
      binary, client: 'dropslip', path: file, sha256, partSize: 5 * 1024 * 1024, expires: '30s', bytesPerSecond: 6 * MB,
      events: short(), limitMs: LIMIT_MS, say: (text) => told.push(text),
    })
    const { hasEnded, isSame, errors, again, missedEvents, met } = day
    const { cut } = met
    assert.deepEqual(
      { hasEnded, isSame, errors, again, missedEvents, cut },
      { hasEnded: true, isSame: true, errors: [], again: 0, missedEvents: 0, cut: 4 },
      told.join('\n'),
    )
    assert.ok(met.busy > 0 && met.expired > 0, JSON.stringify(met))
  } finally {
    await browser.close()
    await pages.close()
    await remove()
  }
})
