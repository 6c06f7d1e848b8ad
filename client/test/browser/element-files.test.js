/**
 * The files of `<dropslip-upload>`, in Chromium, with a core that does what it is told: how they come, what is shown of
 * each, its buttons, the keyboard, what is read aloud.
 *
 * Environment: `CHROMIUM` (the browser).
 */

import assert from 'node:assert/strict'
import { elementPages, text } from './lib/element-page.js'

const use = elementPages()
const many = '<dropslip-upload multiple preset="p"></dropslip-upload>'
const png = (name) => [name, 'image/png']
const shown = (locator) => locator.innerText().then((text) => text.replace(/[\u2068\u2069]/g, '').replace(/\xa0/g, ' '))

// ---- how they come ----

use(
  'files come by drop and by paste; text that is pasted or dragged is left to the page',
  many,
  async ({ add, started, on, page }) => {
    assert.equal(await add([text('a')], 'drop'), true)
    assert.equal(await add([text('b')], 'paste'), true)
    await page.waitForFunction(() => globalThis.uploads.length === 2)
    assert.deepEqual(await started(), ['a', 'b'])
    assert.deepEqual(
      await on((element) =>
        ['paste', 'drop', 'dragover'].map((type) => {
          const transfer = new DataTransfer()
          transfer.setData('text/plain', 'words')
          const options = {
            bubbles: true,
            composed: true,
            cancelable: true,
            clipboardData: transfer,
            dataTransfer: transfer,
          }
          const event = type === 'paste' ? new ClipboardEvent(type, options) : new DragEvent(type, options)
          element.shadowRoot.querySelector('button').dispatchEvent(event)
          return event.defaultPrevented
        }),
      ),
      [false, false, false],
    )
  },
)

use('the place to drop shows that files are dragged over it, as long as they are', many, async ({ add, element }) => {
  const over = () => element.locator('[part~=zone]').evaluate((zone) => zone.part.contains('over'))
  const seen = []
  for (const type of ['dragover', 'dragleave', 'dragover', 'drop']) {
    await add([text('a')], type)
    seen.push(await over())
  }
  assert.deepEqual(seen, [true, false, true, false])
})

use(
  'accept holds for dropped files: what is refused is named, with what is accepted',
  `<dropslip-upload multiple accept="image/*, .zip"></dropslip-upload>`,
  async ({ add, page, element, started, on }) => {
    await on((element) =>
      element.addEventListener(
        'dropslip-error',
        ({ detail }) => (globalThis.refused = [detail.file.name, detail.error.code]),
      ),
    )
    await add([png('a.png'), text('<b>.txt')], 'drop')
    await page.waitForFunction(() => globalThis.refused)
    assert.deepEqual(
      [await started(), await page.evaluate(() => globalThis.refused)],
      [['a.png'], ['<b>.txt', 'type_not_accepted']],
    )
    const notice = element.locator('[part~=notice]')
    assert.equal(await shown(notice), 'Not added: <b>.txt. Only image/*, .zip can be added.')
    assert.equal(await notice.getAttribute('role'), 'status')
    await add([png('c.png')])
    assert.equal(await notice.innerText(), '')
  },
)

use(
  'four files at a time; one that is paused gives its place to another',
  many,
  async ({ add, started, button, tell, said }) => {
    await add(['1', '2', '3', '4', '5', '6', '7'].map((name) => text(name)))
    assert.deepEqual(await started(), ['1', '2', '3', '4'])
    await tell(2, 'done')
    assert.equal((await started()).at(-1), '5')
    await button(/Pause.*1/).click()
    assert.equal((await started()).at(-1), '6')
    await button(/Pause.*7/).click()
    await tell(1, 'done')
    assert.equal((await started()).at(-1), '6')
    await button(/Resume.*7/).click()
    assert.equal((await started()).at(-1), '7')
    await button(/Resume.*1/).click()
    assert.deepEqual(await said(0), ['pause', 'resume'])
  },
)

use(
  'every upload gets what the element was given',
  '<dropslip-upload preset="photo" endpoint="/up"></dropslip-upload>',
  async ({ on, add, page }) => {
    await on((element) =>
      Object.assign(element, { headers: { authorization: 'Bearer x' }, metadata: { album: 'sea' } }),
    )
    await add([text('a')])
    const given = await page.evaluate(() => {
      const { queue, signal, onProgress, ...given } = globalThis.uploads[0].options
      return given
    })
    assert.deepEqual(given, {
      preset: 'photo',
      endpoint: '/up',
      headers: { authorization: 'Bearer x' },
      metadata: { album: 'sea' },
    })
  },
)

// ---- what is shown ----

use(
  'progress: a bar with its name, value and words; a reason while it waits',
  many,
  async ({ add, tell, row, phase, page }) => {
    await add([text('a.txt', 2e6)])
    const bar = row('a.txt').getByRole('progressbar')
    const told = () =>
      bar.evaluate(({ ariaLabel, ariaValueNow, ariaValueText }) => [
        ariaLabel.replace(/[\u2068\u2069]/g, ''),
        ariaValueNow,
        ariaValueText.replace(/\xa0/g, ' '),
      ])
    assert.deepEqual(await told(), ['Uploading a.txt', '0', 'Preparing: 2 MB'])
    await tell(0, 'report', { phase: 'sending', loadedBytes: 9e5, bytesPerSecond: 1e5, secondsLeft: 11 })
    assert.deepEqual(await told(), ['Uploading a.txt', '45', 'Uploading: 900 kB of 2 MB · 100 kB/s · 11 sec left'])
    await tell(0, 'report', { phase: 'waiting', cause: { message: 'the storage `s` gives no answer' } })
    assert.match((await told())[2], /^Waiting: The storage s gives no answer\.$/)
    await page.context().setOffline(true)
    await tell(0, 'report', { phase: 'sending' })
    await tell(0, 'report', { phase: 'waiting' })
    assert.match((await told())[2], /^Waiting: You are offline\.$/)
    await page.context().setOffline(false)
    await tell(0, 'report', { phase: 'finishing', loadedBytes: 1_999_999 })
    assert.deepEqual((await told()).slice(1), ['99', 'Finishing: 2 MB'])
    await tell(0, 'done')
    await phase('a.txt', 'done')
    assert.equal(await bar.isVisible(), false)
  },
)

use(
  'a failure shows message and hint, and a retry starts anew',
  many,
  async ({ add, tell, row, button, phase, started, on }) => {
    await add([text('a')])
    await tell(0, 'fail', 'too_large', 'the file is larger than `20 MiB`', { hint: 'Choose a smaller one.' })
    await phase('a', 'failed')
    assert.equal(
      await shown(row('a').locator('[part~=error]')),
      'The file is larger than 20 MiB. Choose a smaller one.',
    )
    assert.deepEqual(await on((f) => f.files.map(({ phase, error }) => [phase, error.code])), [['failed', 'too_large']])
    await button(/Retry/).click()
    assert.deepEqual([await started(), await row('a').locator('[part~=error]').isVisible()], [['a', 'a'], false])
    assert.deepEqual(await on((f) => f.files.map(({ phase, error }) => [phase, error])), [['preparing', undefined]])
    await tell(1, 'done')
    await phase('a', 'done')
  },
)

use('a fault that is no error of an upload is shown too', many, async ({ add, row, page }) => {
  await add([text('a')])
  await page.evaluate(() => globalThis.uploads[0].reject(new TypeError('a preset is needed')))
  assert.equal(await shown(row('a').locator('[part~=message]')), 'A preset is needed.')
})

use('all files together, once there are several', many, async ({ add, tell, element }) => {
  const total = element.locator('[part~=total]')
  await add([text('a', 1e6)])
  assert.equal(await total.isVisible(), false)
  await add([text('b', 3e6), text('c', 5e6)])
  await tell(0, 'done')
  await tell(1, 'report', { phase: 'sending', loadedBytes: 1e6, bytesPerSecond: 5e5, secondsLeft: 4 })
  await tell(2, 'fail', 'network', 'no answer')
  assert.equal(await shown(total), '1 of 3 files uploaded · 1 failed · 2 MB of 4 MB · 500 kB/s · 4 sec left')
  await tell(1, 'done')
  assert.equal(await shown(total), '2 of 3 files uploaded · 1 failed · 4 MB')
})

use(
  'pictures are shown, what is none falls back to the icon, and no address is kept',
  many,
  async ({ page, on, add, row }) => {
    await page.evaluate(() => {
      globalThis.open = new Set()
      const { createObjectURL, revokeObjectURL } = URL
      URL.createObjectURL = (file) => {
        const url = createObjectURL(file)
        globalThis.open.add(url)
        return url
      }
      URL.revokeObjectURL = (url) => (globalThis.open.delete(url), revokeObjectURL(url))
    })
    await on(async (element) => {
      const canvas = new OffscreenCanvas(8, 8)
      canvas.getContext('2d').fillRect(0, 0, 8, 8)
      element.add([new File([await canvas.convertToBlob()], 'real.png', { type: 'image/png' })])
    })
    await add([png('broken.png'), ['broken.mp4', 'video/mp4'], text('a.txt')])
    await row('real.png').locator('img').waitFor()
    await page.waitForFunction(() => globalThis.open.size === 0)
    for (const name of ['broken.png', 'broken.mp4', 'a.txt']) {
      assert.equal(await row(name).locator('img, video').count(), 0, name)
      assert.equal(await row(name).locator('[part~=preview] svg').isVisible(), true)
    }
    assert.equal(
      await row('real.png')
        .locator('img')
        .evaluate((img) => img.naturalWidth),
      8,
    )
  },
)

// ---- buttons ----

use(
  'the keyboard alone: choose, pause, cancel, retry, remove; the focus stays where the hand is',
  many,
  async ({ page, add, tell, focused, started }) => {
    const opened = page.waitForEvent('filechooser')
    await page.keyboard.press('Tab')
    assert.equal(await focused(), 'Choose files')
    await page.keyboard.press('Enter')
    assert.equal((await opened).isMultiple(), true)
    await add([text('a'), text('b')])
    await page.keyboard.press('Tab')
    assert.equal(await focused(), 'Pause a')
    await page.keyboard.press('Space')
    assert.equal(await focused(), 'Resume a')
    await page.keyboard.press('Space')
    assert.equal(await focused(), 'Pause a')
    await tell(0, 'report', { phase: 'finishing' })
    assert.equal(await focused(), 'Cancel a')
    await tell(0, 'done')
    assert.equal(await focused(), 'Remove a')
    await page.keyboard.press('Enter')
    assert.equal(await focused(), 'Cancel b')
    await page.keyboard.press('Enter')
    assert.equal(await focused(), 'Remove b')
    await page.keyboard.press('Shift+Tab')
    assert.equal(await focused(), 'Retry b')
    await page.keyboard.press('Enter')
    assert.deepEqual(await started(), ['a', 'b', 'b'])
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    assert.equal(await focused(), 'Choose files')
  },
)

use(
  'a file that is cancelled or removed is aborted, and what it says later is not heard',
  many,
  async ({ add, tell, button, said, phase, on, page }) => {
    await page.evaluate(() => (globalThis.heard = []))
    await on((element) =>
      ['progress', 'done', 'error'].forEach((one) =>
        element.addEventListener(`dropslip-${one}`, () => globalThis.heard.push(one)),
      ),
    )
    await add([text('a'), text('b')])
    await button(/Cancel.*a/).click()
    await phase('a', 'cancelled')
    await button(/Cancel.*b/).click()
    await button(/Remove.*b/).click()
    for (const i of [0, 1]) {
      assert.deepEqual(await said(i), ['abort'])
      await tell(i, 'report', { phase: 'sending' })
      await tell(i, 'done')
    }
    await phase('a', 'cancelled')
    assert.deepEqual(
      [await page.evaluate(() => globalThis.heard), await on((f) => f.files.map(({ phase }) => phase))],
      [[], ['cancelled']],
    )
  },
)

use(
  'moved within the page, uploads go on; taken out of it, they are aborted',
  `${many}<main></main>`,
  async ({ add, tell, said, page, phase, button, started }) => {
    await add([text('a'), text('b')])
    await page.evaluate(() => document.querySelector('main').append(document.querySelector('dropslip-upload')))
    // A task later, when it would have been aborted.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)))
    assert.deepEqual(await said(0), [])
    await tell(0, 'done')
    await phase('a', 'done')
    await page.evaluate(async () => {
      globalThis.kept = document.querySelector('dropslip-upload')
      globalThis.kept.remove()
      await new Promise((resolve) => setTimeout(resolve))
    })
    assert.deepEqual(await said(1), ['abort'])
    await page.evaluate(() => document.body.append(globalThis.kept))
    await phase('a', 'done')
    await phase('b', 'cancelled')
    await button(/Retry/).click()
    assert.deepEqual(await started(), ['a', 'b', 'b'])
  },
)

// ---- names ----

use('a hostile name is text, and stays in its place', many, async ({ page, add, tell, row, phase, element }) => {
  const names = [
    '<img src=x onerror=alert(1)>.png',
    'photo\u202egpj.exe',
    `${'long '.repeat(60)}.txt`,
    '../../é "x" & y',
  ]
  await add(names.map((name) => text(name)))
  await tell(0, 'fail', 'x', '<b>bold</b> \u202e', { hint: '<script>alert(1)</script>' })
  await phase(names[0], 'failed')
  assert.equal(await row(names[0]).locator('[part~=name]').innerText(), names[0])
  assert.equal(await row('photo\ufffdgpj.exe').locator('[part~=name]').innerText(), 'photo\ufffdgpj.exe')
  assert.match(await row(names[0]).locator('[part~=error]').innerText(), /<b>bold<\/b>.*<script>alert/)
  assert.equal(await element.locator('img, b, script').count(), 0)
  await page.setViewportSize({ width: 320, height: 600 })
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320)
  const box = await row(names[2].trim()).or(element.locator('[part~=file]').nth(2)).first().boundingBox()
  assert.ok(box.height < 160, `${box.height} px high`)
})

// ---- what is read aloud ----

use(
  'starts, ends and failures are read aloud, politely; percents are not',
  many,
  async ({ page, add, tell, element }) => {
    await page.clock.install()
    const live = element.locator('[part~=live]')
    const read = async () => {
      await page.clock.runFor(1000)
      return (await live.textContent()).replace(/[\u2068\u2069]/g, '')
    }
    assert.equal(await live.getAttribute('role'), 'status')
    await add([text('a'), text('b')])
    assert.equal(await read(), 'Uploading a. Uploading b')
    for (const loadedBytes of [1, 2, 3]) await tell(0, 'report', { phase: 'sending', loadedBytes })
    assert.equal(await read(), 'Uploading a. Uploading b')
    await tell(0, 'done')
    await tell(1, 'fail', 'network', 'no answer')
    await page.waitForFunction(() =>
      document
        .querySelector('dropslip-upload')
        .files.every(({ phase }) => phase !== 'preparing' && phase !== 'sending'),
    )
    assert.equal(await read(), 'Uploaded a. Failed b. No answer.')
    await add(['c', 'd', 'e', 'f'].map((name) => text(name)))
    assert.match(await read(), /^1 of 6 files uploaded/)
  },
)
