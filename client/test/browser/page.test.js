/**
 * The page of a running `dropslip dev`, used as a person would, in Chromium.
 *
 * Environment: `DROPSLIP_BIN` (the binary), `CHROMIUM` (the browser), `SCREENSHOTS` (a folder; pictures of each state
 * are put there when it is set).
 */

import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { measure, picture, sha256, writeLarge } from './files.js'
import { presignGet, startDev } from './server.js'

const MIB = 1024 * 1024
/** How long anything on the page may take, the large file included. */
const TIMEOUT_MS = 60_000
const ARGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

/** @type {Awaited<ReturnType<typeof startDev>>} */
let dev
/** @type {import('playwright-core').Browser} */
let browser
/** @type {{ jpeg: Buffer, png: Buffer }} */
let pictures

before(async () => {
  dev = await startDev()
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS })
  const page = await browser.newPage()
  pictures = { jpeg: await picture(page, 'image/jpeg'), png: await picture(page, 'image/png') }
  await page.close()
})

after(async () => {
  await browser?.close()
  await dev?.clean()
})

/**
 * Runs a use of the page. Whatever the browser complains about, CSP included, is a failure, except for the refusals
 * that the use expects: Chromium logs every answer of 400 and above.
 *
 * @param {string} name
 * @param {(use: ReturnType<typeof using>) => Promise<void>} body
 * @param {{ expect?: RegExp, context?: import('playwright-core').BrowserContextOptions }} [options]
 */
function use(name, body, { expect, context: contextOptions = {} } = {}) {
  test(name, { timeout: 2 * TIMEOUT_MS }, async () => {
    const context = await browser.newContext(contextOptions)
    context.setDefaultTimeout(TIMEOUT_MS)
    /** @type {string[]} */
    const complaints = []
    const page = await context.newPage()
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    try {
      await body(using(page))
      assert.deepEqual(complaints.filter((text) => !expect?.test(text)), [])
    } finally {
      await context.close()
    }
  })
}

/** @param {import('playwright-core').Page} page */
function using(page) {
  /** @type {string[]} keys of the uploads that the service has issued */
  const keys = []
  page.on('response', async (response) => {
    if (response.request().method() === 'POST' && response.status() === 201) keys.push((await response.json()).key)
  })
  const session = page.context().newCDPSession(page)
  const row = (name) => page.locator(`[data-file][data-name=${JSON.stringify(name)}]`)
  return {
    page,
    keys,
    row,
    async open() {
      await page.goto(dev.page)
      await page.getByRole('radio', { name: /Automatic/ }).waitFor()
    },
    choose: (files) => page.setInputFiles('#picker', files),
    kind: (name) => page.getByRole('radio', { name }).check(),
    state: (name, state) => row(name).and(page.locator(`[data-state=${state}]`)).waitFor(),
    /** From now on at most so many bytes per second leave the browser; 0: as many as it can. */
    async throttle(bytesPerSecond) {
      await (await session).send('Network.emulateNetworkConditions', {
        offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond || -1,
      })
    },
    key: (name) => row(name).locator('.key').innerText(),
    focusedName: () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id),
  }
}

const jpeg = (name) => ({ name, mimeType: 'image/jpeg', buffer: pictures.jpeg })
const png = (name) => ({ name, mimeType: 'image/png', buffer: pictures.png })
const text = (name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from('hello') })
const heavy = (name, mebibytes = 16) => ({ name, mimeType: 'application/zip', buffer: Buffer.alloc(mebibytes * MIB, name) })

use('a JPEG, a PNG and 200 MB arrive byte for byte', async ({ page, open, choose, state, row, key }) => {
  const path = join(dev.folder, 'holiday.mp4')
  const digest = await writeLarge(path, 200)
  await open()
  await page.evaluate(() => {
    const seen = (globalThis.seenValues = new Set())
    const look = ([{ target }]) => {
      if (target.closest('[data-name="holiday.mp4"]')) seen.add(Number(target.getAttribute('aria-valuenow')))
    }
    new MutationObserver((records) => records.forEach((record) => look([record]))).observe(document.body, {
      subtree: true, attributeFilter: ['aria-valuenow'],
    })
  })
  await choose(path)
  await page.evaluate(
    ([jpeg, png]) => {
      const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([bytes(jpeg)], 'dusk.jpg', { type: 'image/jpeg' }))
      dataTransfer.items.add(new File([bytes(png)], 'sea.png', { type: 'image/png' }))
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    },
    [pictures.jpeg.toString('base64'), pictures.png.toString('base64')],
  )
  for (const name of ['dusk.jpg', 'sea.png', 'holiday.mp4']) await state(name, 'done')

  const moved = await page.evaluate(() => [...globalThis.seenValues].filter((value) => value > 0 && value < 100))
  assert.ok(moved.length >= 3, `the bar stood at ${moved.join(', ')} only`)

  for (const [name, bytes, type] of [['dusk.jpg', pictures.jpeg, 'image/jpeg'], ['sea.png', pictures.png, 'image/png']]) {
    const url = await row(name).locator('.link').getAttribute('href')
    assert.deepEqual(await measure(String(url)), { status: 200, type, size: bytes.length, sha256: sha256(bytes) })
    await row(name).locator(`.thumb img[src=${JSON.stringify(url)}]`).waitFor()
    assert.ok(String(url).endsWith(await key(name)))
  }
  assert.equal(await row('holiday.mp4').locator('.link').isVisible(), false)
  assert.match(await row('holiday.mp4').locator('.state').innerText(), /private/)
  const url = await presignGet(dev.storage, await key('holiday.mp4'))
  assert.deepEqual(await measure(url), { status: 200, type: 'video/mp4', size: 200 * MIB, sha256: digest })
  assert.deepEqual([(await fetch(url.split('?')[0])).status], [403])
})

use('a pasted picture is uploaded', async ({ page, open, state }) => {
  await open()
  await page.evaluate(() => {
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File(['x'], 'pasted.txt', { type: 'text/plain' }))
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
  })
  await state('pasted.txt', 'done')
})

use('a type outside the preset is refused with the reason and what is accepted', async ({ open, choose, kind, state, row, keys }) => {
  await open()
  await kind(/Photo/)
  await choose(text('notes.txt'))
  await state('notes.txt', 'failed')
  const error = await row('notes.txt').locator('.error').innerText()
  assert.match(error, /text\/plain/)
  assert.match(error, /image\/jpeg/)
  assert.deepEqual(keys, [])

  await kind(/File/)
  await row('notes.txt').getByRole('button', { name: 'Retry notes.txt' }).click()
  await state('notes.txt', 'done')
}, { expect: /422/ })

use('a file above the limit is refused before its bytes travel', async ({ page, open, choose, kind, state, row }) => {
  const puts = []
  page.on('request', (request) => request.method() === 'PUT' && puts.push(request.url()))
  await open()
  await kind(/Photo/)
  await choose({ name: 'poster.png', mimeType: 'image/png', buffer: Buffer.alloc(21 * MIB) })
  await state('poster.png', 'failed')
  assert.match(await row('poster.png').locator('.error').innerText(), /20(\.0)? MiB|20971520/)
  assert.deepEqual(puts, [])
}, { expect: /422/ })

use('a hostile name is shown as it is and never becomes a path', async ({ open, choose, state, row, key, page }) => {
  await open()
  const names = ['../../é "x".jpg', '<img src=x onerror=alert(1)>.jpg']
  await choose(names.map(jpeg))
  for (const name of names) {
    await state(name, 'done')
    assert.equal(await row(name).locator('.name').innerText(), name)
    assert.match(await key(name), /^photos\/[\d/-]+\/[\w-]+\.jpe?g$/)
    await row(name).getByRole('button', { name: `Remove ${name} from the list` }).waitFor()
  }
  assert.equal(await page.locator('#rows .name img').count(), 0)

  await page.getByRole('radio', { name: /File/ }).check()
  await choose(text('../../é "y".txt'))
  await state('../../é "y".txt', 'done')
  const safe = await key('../../é "y".txt')
  assert.match(safe, /^files\//)
  assert.doesNotMatch(safe, /\.\.|["\\\p{Cc}]/u)
  assert.equal((await measure(await presignGet(dev.storage, safe))).status, 200)
})

use('cancelled in flight: nothing is left, and a retry arrives', async ({ open, choose, state, row, keys, throttle, key }) => {
  await open()
  await throttle(2 * MIB)
  await choose(heavy('backup.zip'))
  const bar = row('backup.zip').getByRole('progressbar')
  await bar.and(row('backup.zip').locator('[aria-valuenow]:not([aria-valuenow="0"])')).waitFor()
  await row('backup.zip').getByRole('button', { name: 'Cancel backup.zip' }).click()
  await state('backup.zip', 'cancelled')
  assert.match(await row('backup.zip').locator('.state').innerText(), /cancelled/i)
  assert.equal((await measure(await presignGet(dev.storage, String(keys[0])))).status, 404)

  await throttle(0)
  await row('backup.zip').getByRole('button', { name: 'Retry backup.zip' }).click()
  await state('backup.zip', 'done')
  assert.notEqual(await key('backup.zip'), keys[0])
  assert.equal((await measure(await presignGet(dev.storage, await key('backup.zip')))).size, 16 * MIB)
  assert.equal((await measure(await presignGet(dev.storage, String(keys[0])))).status, 404)
})

use('three at a time, the others wait; one that waits can be cancelled', async ({ page, open, choose, state, row, throttle }) => {
  await open()
  await throttle(MIB)
  const names = ['1.zip', '2.zip', '3.zip', '4.zip', '5.zip']
  await choose(names.map((name) => heavy(name, 2)))
  await state('5.zip', 'queued')
  assert.equal(await page.locator('[data-state=uploading], [data-state=finishing]').count(), 3)
  await row('4.zip').getByRole('button', { name: 'Cancel 4.zip' }).click()
  await state('4.zip', 'cancelled')
  await throttle(0)
  for (const name of ['1.zip', '2.zip', '3.zip', '5.zip']) await state(name, 'done')
  await state('4.zip', 'cancelled')
  assert.match(await page.locator('#summary').innerText(), /4 of 5 arrived/)
})

use('a pause leaves its place to the next file, and ends', async ({ page, open, choose, state, row, throttle, focusedName, key }) => {
  await open()
  await throttle(2 * MIB)
  const names = ['1.zip', '2.zip', '3.zip', '4.zip']
  await choose(names.map((name) => heavy(name, 8)))
  await state('4.zip', 'queued')
  await row('1.zip').getByRole('button', { name: 'Pause 1.zip' }).press('Enter')
  await state('1.zip', 'paused')
  assert.equal(await focusedName(), 'Resume 1.zip')
  await row('4.zip').and(page.locator('[data-state=uploading]')).waitFor()
  assert.match(await page.locator('#summary').innerText(), /1 paused/)
  assert.match(await page.getByRole('log').innerText(), /1\.zip is paused/)
  await row('1.zip').getByRole('button', { name: 'Resume 1.zip' }).press('Enter')
  await row('1.zip').and(page.locator('[data-state=uploading]')).waitFor()
  await row('2.zip').getByRole('button', { name: 'Pause 2.zip' }).click()
  await state('2.zip', 'paused')
  await row('2.zip').getByRole('button', { name: 'Cancel 2.zip' }).click()
  await state('2.zip', 'cancelled')
  await throttle(0)
  for (const name of ['1.zip', '3.zip', '4.zip']) await state(name, 'done')
  assert.equal((await measure(await presignGet(dev.storage, await key('1.zip')))).size, 8 * MIB)
})

use('offline: it says so, and goes on by itself', async ({ page, open, choose, state, row }) => {
  await open()
  await page.context().setOffline(true)
  await choose(text('train.txt'))
  await row('train.txt').getByText('Offline, goes on by itself').waitFor()
  await page.context().setOffline(false)
  await state('train.txt', 'done')
}, { expect: /ERR_INTERNET_DISCONNECTED/ })

use('the keyboard alone: choose, cancel, retry, remove', async ({ page, open, state, throttle, focusedName }) => {
  // Asked for early: until the browser knows that it is to be caught, a dialog would open that nobody sees.
  const opened = page.waitForEvent('filechooser')
  await open()
  await throttle(2 * MIB)
  const tabTo = async (name) => {
    for (let i = 0; i < 20; i += 1) {
      if ((await focusedName()) === name) return
      await page.keyboard.press('Tab')
    }
    assert.fail(`Tab does not reach ${name}`)
  }
  await tabTo('picker')
  await page.keyboard.press('Enter')
  const chooser = await opened
  assert.equal(chooser.isMultiple(), true)
  await chooser.setFiles(heavy('keys.zip'))
  await state('keys.zip', 'uploading')
  await tabTo('Cancel keys.zip')
  await page.keyboard.press('Enter')
  await state('keys.zip', 'cancelled')
  assert.equal(await focusedName(), 'Retry keys.zip')
  await throttle(0)
  await page.keyboard.press('Space')
  await state('keys.zip', 'done')
  assert.equal(await focusedName(), 'Remove keys.zip from the list')
  await page.keyboard.press('Enter')
  assert.equal(await page.locator('[data-file]').count(), 0)
  assert.equal(await focusedName(), 'picker')
})

use('each end is announced, politely', async ({ page, open, choose, state, kind }) => {
  await open()
  await kind(/Photo/)
  await choose([jpeg('a.jpg'), text('b.txt')])
  await state('a.jpg', 'done')
  await state('b.txt', 'failed')
  const log = page.getByRole('log')
  assert.equal(await log.getAttribute('aria-live'), 'polite')
  const said = await log.innerText()
  assert.match(said, /a\.jpg has arrived/)
  assert.match(said, /b\.txt failed/)
}, { expect: /422/ })

use('a storage that cannot be reached: reason, hint, and a retry that works', async ({ page, open, choose, state, row }) => {
  await page.clock.install()
  await open()
  await page.route(`**/uploads/photos/**`, (route) => route.abort('connectionrefused'))
  await choose(png('later.png'))
  while ((await row('later.png').getAttribute('data-state')) !== 'failed') await page.clock.runFor(1000)
  const error = await row('later.png').locator('.error').innerText()
  assert.match(error, /No readable answer from http:/)
  assert.match(error, /Content-Security-Policy/)
  assert.doesNotMatch(error, /X-Amz-Signature/i)
  await page.unroute(`**/uploads/photos/**`)
  await row('later.png').getByRole('button', { name: 'Retry later.png' }).click()
  await state('later.png', 'done')
}, { expect: /ERR_CONNECTION_REFUSED/ })

use('a service that wants a key: asked for, kept, sent along', async ({ page, open, choose, state }) => {
  await page.route('**/v1/**', async (route) => {
    if (route.request().headers().authorization === 'Bearer right') return route.continue()
    const body = { code: 'unauthorized', status: 401, title: 'An API key is needed', hint: 'Send it.' }
    await route.fulfill({ status: 401, contentType: 'application/problem+json', body: JSON.stringify(body) })
  })
  await page.goto(dev.page)
  await page.getByLabel('API key').fill('wrong')
  await page.keyboard.press('Enter')
  await page.getByText('does not know this key').waitFor()
  await page.getByLabel('API key').fill('right')
  await page.getByRole('button', { name: 'Continue' }).click()
  await choose(text('secret.txt'))
  await state('secret.txt', 'done')
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ''])
}, { expect: /401/ })

use('a service that fails: told, and tried again; what was dropped meanwhile is not lost', async ({ page, choose, state }) => {
  let answer = { status: 500, body: JSON.stringify({ code: 'internal', detail: 'the service has a fault', hint: 'See its log.' }) }
  await page.route('**/v1/presets', (route) => (answer ? route.fulfill(answer) : route.continue()))
  await page.goto(dev.page)
  await page.getByText('The service has a fault.').waitFor()
  await page.getByText('See its log.').waitFor()
  await choose(text('early.txt'))
  answer = { status: 200, body: '<html>' }
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('status 200').waitFor()
  answer = undefined
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('radio', { name: /Automatic/ }).waitFor()
  await state('early.txt', 'done')
}, { expect: /500/ })

use('the snippet of the page works in an application on another port', async ({ page, open }) => {
  await open()
  const snippet = String(await page.locator('#snippet-js').textContent())
  const html = `<!doctype html><link rel="icon" href="data:,"><input type="file"><output></output><script type="module">
    document.querySelector('input').onchange = async () => {
      ${snippet.replace(/^import .*$/m, '')}
      document.querySelector('output').textContent = key
    }
    ${/^import .*$/m.exec(snippet)?.[0]}
  </script>`
  const application = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  await new Promise((resolve) => application.listen(0, '127.0.0.1', () => resolve(undefined)))
  try {
    const { port } = /** @type {import('node:net').AddressInfo} */ (application.address())
    await page.goto(`http://localhost:${port}`)
    await page.setInputFiles('input', jpeg('mine.jpg'))
    await page.getByText(/^photos\/.*\.jpg$/).waitFor()
  } finally {
    application.closeAllConnections()
    application.close()
  }
})

const folder = process.env.SCREENSHOTS
if (folder) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    for (const [shape, width] of /** @type {const} */ ([['wide', 1200], ['narrow', 360]])) {
      const context = { colorScheme, viewport: { width, height: 900 } }
      use(`pictures: ${colorScheme}, ${shape}`, async ({ page, open, choose, state, throttle, row }) => {
        await mkdir(folder, { recursive: true })
        const shoot = (name) => page.screenshot({ path: join(folder, `${name}-${colorScheme}-${shape}.png`), fullPage: true })
        await open()
        await shoot('empty')
        await throttle(MIB)
        await choose([jpeg('harbour at dusk.jpg'), png('waves.png'), heavy('a recording of the early morning.zip', 6), heavy('b.zip', 1)])
        await row('harbour at dusk.jpg').locator('[aria-valuenow]:not([aria-valuenow="0"])').waitFor()
        await shoot('uploading')
        await throttle(0)
        await page.getByRole('radio', { name: /Photo/ }).check()
        await choose(text('notes.txt'))
        await state('notes.txt', 'failed')
        await state('b.zip', 'done')
        await shoot('done')
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'scrolls sideways')
      }, { context, expect: /422/ })
    }
  }
}

test('Ctrl-C stops the server with exit code 0', async () => {
  const { code, signal, output } = await dev.interrupt()
  assert.deepEqual([code, signal], [0, null], output)
})
