// The pages for React, Svelte, Vue and plain HTML, used as a person would, against a running `dropslip dev`.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, open as openFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { startDev } from '../../tests/uppy/lib/dropslip.js'
import { bytes } from '../../tests/recipes/lib/bytes.js'
import { launch, open, serve, stored } from './lib/page.js'
import { run } from './lib/program.js'

const MIB = 1024 * 1024
const at = (name) => new URL(`../${name}/`, import.meta.url)

let dev, browser, folder

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dropslip-examples-'))
  dev = await startDev()
  browser = await launch(dev.service)
})

after(async () => {
  await browser?.close()
  await dev?.stop()
  await rm(folder, { recursive: true })
})

/** What every page does. */
function uploads(site) {
  const file = (name, size) => ({ name, mimeType: 'application/octet-stream', buffer: bytes(size, name.length) })
  const use = (body, expected) => open(browser, site().origin, body, expected)

  test('several files arrive, and the page has their keys', () => use(async ({ page, row }) => {
    const files = [file('notes.txt', 1000), file('zwölf (12).bin', 3 * MIB), file('empty', 0)]
    await page.setInputFiles('input', files.slice(0, 2))
    await page.setInputFiles('input', files[2])
    for (const { name, buffer } of files) {
      const key = await row(name).locator('code:not(:empty)').textContent()
      assert.match(key, /^files\/\d{4}\/\d\d\/\d\d\/[0-9a-f-]{36}\//)
      assert.deepEqual(await stored(dev.service, key), buffer)
      assert.equal(await row(name).locator('output').textContent(), 'done')
      assert.equal(await row(name).getByRole('button', { name: /Pause|Resume/ }).count(), 0)
    }
  }))

  test('a file pauses, goes on and arrives', () => use(async ({ page, row, throttle }) => {
    await throttle(256 * 1024)
    const sent = file('film.bin', 4 * MIB)
    await page.setInputFiles('input', sent)
    const film = row('film.bin')
    await film.locator('progress:not([value="0"])').waitFor()
    await film.getByRole('button', { name: 'Pause' }).click()
    await film.locator('output', { hasText: 'paused' }).waitFor()
    await throttle(0)
    await film.getByRole('button', { name: 'Resume' }).click()
    const key = await film.locator('code:not(:empty)').textContent()
    assert.deepEqual(await stored(dev.service, key), sent.buffer)
  }))

  test('who removes a file aborts it at the storage', () => use(async ({ page, row, throttle }) => {
    await throttle(256 * 1024)
    await page.setInputFiles('input', file('film.bin', 4 * MIB))
    await row('film.bin').locator('progress:not([value="0"])').waitFor()
    const aborted = page.waitForResponse((response) => response.request().method() === 'DELETE')
    await row('film.bin').getByRole('button', { name: 'Remove' }).click()
    assert.ok((await aborted).ok())
    assert.equal(await page.getByRole('listitem').count(), 0)
  }))

  test('a file that is refused says why, and what to do', () => use(async ({ page, row }) => {
    const path = join(folder, 'vast.bin')
    const vast = await openFile(path, 'w')
    await vast.truncate(1024 * MIB + 1)
    await vast.close()
    await page.setInputFiles('input', path)
    const alert = row('vast.bin').getByRole('alert')
    assert.match(await alert.textContent(), /maxSize/)
    await row('vast.bin').getByRole('button', { name: 'Try again' }).click()
    assert.match(await alert.textContent(), /maxSize/)
    await row('vast.bin').getByRole('button', { name: 'Remove' }).click()
    await row('vast.bin').waitFor({ state: 'detached' })
  }, /status of 422/))
}

for (const name of ['react', 'svelte', 'vue']) {
  describe(name, () => {
    let site
    before(async () => {
      const out = join(folder, name)
      await promisify(execFile)('npm', ['run', 'build', '--', '--outDir', out], { cwd: fileURLToPath(at(name)) })
      site = await serve(out)
    })
    after(() => site?.stop())
    uploads(() => site)

    test('`npm start` serves the same', async () => {
      const address = /Local: +(http:\/\/[\w.]+:\d+)/
      const server = await run('npm', ['start'], { cwd: at(name), env: { BROWSER: 'none' }, address })
      try {
        await open(browser, server.origin, async ({ page, row }) => {
          await page.setInputFiles('input', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('bytes') })
          const key = await row('a.txt').locator('code:not(:empty)').textContent()
          assert.equal(String(await stored(dev.service, key)), 'bytes')
        })
      } finally {
        await server.stop()
      }
    })
  })
}

describe('html', () => {
  let site
  before(async () => {
    site = await serve(fileURLToPath(at('html')))
  })
  after(() => site?.stop())
  uploads(() => site)

  test('the element makes keys of a form', () => open(browser, `${site.origin}/element.html`, async ({ page }) => {
    const send = () => page.getByRole('button', { name: 'Send the form' }).click()
    const sent = page.locator('#sent code')
    await send()
    assert.equal(await page.locator('dropslip-upload:invalid').count(), 1)
    assert.equal(await sent.count(), 0)

    const files = ['a.txt', 'b.txt'].map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(`in ${name}`) }))
    await page.setInputFiles('dropslip-upload input[type=file]', files)
    await page.locator('dropslip-upload:valid').waitFor()
    await send()
    await sent.nth(1).waitFor()
    const keys = await sent.allTextContents()
    const texts = await Promise.all(keys.map(async (key) => String(await stored(dev.service, key))))
    assert.deepEqual(texts.sort(), ['in a.txt', 'in b.txt'])
  }))
})
