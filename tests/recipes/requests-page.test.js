// The live page of requests in a browser: what comes, what is refused and why, and that
// hostile keys stay text.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { launch } from './lib/browser.js'
import { start } from './lib/process.js'
import { binary, withoutSettings } from './lib/store.js'

const folder = await mkdtemp(join(tmpdir(), 'requests-page-'))
after(() => rm(folder, { recursive: true }))
const args = ['store', '--data', folder, '--listen', '127.0.0.1:0', '--bucket', 'uploads']
const store = await start(binary(), args, { patterns: [/S3 at (http:\S+?),/], env: withoutSettings(process.env) })
after(() => store.stop())
const origin = store.found[0][1]
const browser = await launch()
after(() => browser.close())
const page = await browser.newPage()
const complaints = []
page.on('console', (message) => complaints.push(message.text()))
page.on('pageerror', (error) => complaints.push(String(error)))
await page.goto(`${origin}/_dropslip/requests`)
await page.locator('.is-live').waitFor()

const row = (text) => page.locator('.row', { hasText: text })

test('a request shows as it is answered, and opens by key', async () => {
  await fetch(`${origin}/uploads/private.txt`)
  await row('private.txt').waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.locator('.why', { hasText: 'AccessDenied' }).waitFor()
  assert.equal(await row('private.txt').getAttribute('aria-expanded'), 'true')
})

test('what a fault did is said', async () => {
  const faults = JSON.stringify({ faults: [{ status: 503, times: 1 }] })
  await fetch(`${origin}/_dropslip/faults`, { method: 'PUT', body: faults })
  await fetch(`${origin}/uploads/met.txt`)
  await row('met.txt').click()
  await page.locator('.why', { hasText: 'answered 503 SlowDown' }).waitFor()
})

test('a hostile key is text', async () => {
  await fetch(`${origin}/uploads/${encodeURIComponent('<img src=x onerror=alert(1)>')}`)
  await row('<img src=x onerror=alert(1)>').waitFor()
  assert.equal(await page.locator('img').count(), 0)
})

test('the filter hides what does not fit', async () => {
  await page.keyboard.press('/')
  await page.keyboard.type('met.txt')
  assert.equal(await page.locator('.row:visible').count(), 1)
  await page.locator('#filter').fill('')
  await page.getByLabel('Faults', { exact: true }).check()
  assert.equal(await page.locator('.row:visible').count(), 1)
  await page.getByLabel('All', { exact: true }).check()
  assert.ok(await page.locator('.row:visible').count() >= 3)
})

test('nothing was complained about', () => assert.deepEqual(complaints, []))
