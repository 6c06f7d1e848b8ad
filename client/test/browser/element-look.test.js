/**
 * What `<dropslip-upload>` looks and reads like, in Chromium: accessibility in every state, languages, a strict CSP,
 * colours, sizes.
 *
 * Environment: `CHROMIUM` (the browser), `SCREENSHOTS` (a folder; pictures of the states are put there when it is set).
 */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { elementPages, text } from './lib/element-page.js'

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const use = elementPages()

const ground = `<style>
:root { color-scheme: light dark }
body { margin: 0; padding: 16px; background: light-dark(#f4f6f4, #0e1412); color: light-dark(#15201b, #e6ede9) }
body { font: 16px/1.5 system-ui, sans-serif }
</style><title>Test</title><main><h1>Papers</h1>`
const field = (attributes = '') => `${ground}<form><label for="f">Papers</label>
<dropslip-upload id="f" name="f" multiple required accept="image/*, .txt" ${attributes}>Up to 20 MB each.
</dropslip-upload></form></main>`

/** All states of a file, and a refused one, at once. */
async function fill({ add, tell, button }) {
  const names = [
    'done.txt',
    'sending.txt',
    'waiting.txt',
    'failed.txt',
    'finishing.txt',
    'cancelled.txt',
    'paused.txt',
    'queued.txt',
  ]
  await add([...names.map((name) => text(name, 4e6)), ['no.zip', 'application/zip']])
  await tell(0, 'done')
  await tell(3, 'fail', 'too_large', 'the file is larger than `3 MB`', { hint: 'Choose a smaller one.' })
  await tell(1, 'report', { phase: 'sending', loadedBytes: 1.9e6, bytesPerSecond: 4e5, secondsLeft: 6 })
  await tell(2, 'report', {
    phase: 'waiting',
    loadedBytes: 1e6,
    cause: { message: 'no readable answer from the storage' },
  })
  await tell(4, 'report', { phase: 'finishing', loadedBytes: 3.9e6 })
  await button(/cancelled\.txt/)
    .last()
    .click()
  await button(/paused\.txt/)
    .first()
    .click()
  await tell(6, 'report', { loadedBytes: 2e6 })
}

/** @param {string} name of the picture */
async function check({ page, element }, name) {
  // Colours that are on their way to others are not to be judged.
  await page.addStyleTag({ content: '* { transition: none !important }' })
  await page.waitForFunction(() => document.querySelector('dropslip-upload').shadowRoot.getAnimations().length === 0)
  const folder = process.env.SCREENSHOTS
  if (folder) await page.screenshot({ path: join(folder, `element-${name}.png`), fullPage: true })
  await page.evaluate(AXE)
  // It reads the colours that were asked for, not those that are forced.
  const rules = { 'color-contrast': { enabled: !name.startsWith('forced') } }
  const { violations, passes } = await page.evaluate((rules) => globalThis.axe.run(document, { rules }), rules)
  const found = violations.map(({ id, nodes }) => [
    id,
    ...nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
  ])
  assert.deepEqual(found, [], name)
  assert.ok(
    passes.some(({ id }) => id === 'button-name'),
    'axe looks into the element, where all buttons are',
  )
  const targets = await element
    .getByRole('button')
    .evaluateAll((all) =>
      all.map((one) => one.getBoundingClientRect()).map(({ width, height }) => Math.min(width, height)),
    )
  assert.ok(targets.length > 0 && targets.every((size) => size >= 24), targets.join(' '))
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, 'nothing is cut off')
}

const LOOKS = [
  ['light', { colorScheme: 'light' }, 'lang="en"'],
  ['dark', { colorScheme: 'dark' }, 'lang="en"'],
  ['rtl', { colorScheme: 'light' }, 'lang="ar" dir="rtl"'],
  ['narrow', { colorScheme: 'light', viewport: { width: 320, height: 640 } }, 'lang="en"'],
  ['forced', { colorScheme: 'dark', forcedColors: 'active' }, 'lang="en"'],
  [
    'touch',
    { colorScheme: 'dark', hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } },
    'lang="de"',
  ],
]
for (const [name, context, html] of LOOKS) {
  use(
    `axe-core finds nothing: ${name}`,
    field(),
    async (all) => {
      await all.page.evaluate(async () => {
        const { ar, de } = await import('/client/locales.js')
        customElements.get('dropslip-upload').addLocales({ ar, de })
      })
      await check(all, `${name}-empty`)
      await fillIn(all)
      await check(all, `${name}-full`)
      await all.on((element) => (element.disabled = true))
      await check(all, `${name}-disabled`)
    },
    { html, context },
  )
}

/** The same in any language: the first button of a row, or the last. */
async function fillIn({ page, element, add, tell, row }) {
  const button = (name) => row(name.source.replace('\\', '')).getByRole('button')
  await fill({ add, tell, button })
  await row('queued.txt').waitFor()
  await page.mouse.move(0, 0)
  assert.equal(await element.locator('[part~=file]').count(), 8)
}

// ---- languages ----

use(
  'the language of the page, of the element, of a region; its own texts win',
  field(),
  async ({ page, on, element }) => {
    const label = () => element.locator('[part~=choose]').innerText()
    assert.equal(await label(), 'Choose files')
    await page.evaluate(async () => {
      document.documentElement.lang = 'fr-CA'
      const locales = await import('/client/locales.js')
      customElements.get('dropslip-upload').addLocales(locales)
    })
    assert.equal(await label(), 'Choisir des fichiers')
    await on((element) => (element.lang = 'ja'))
    assert.equal(await label(), 'ファイルを選択')
    await on((element) => (element.lang = 'tlh'))
    assert.equal(await label(), 'Choose files')
    await on((element) => (element.strings = { chooseMany: 'Ngoq' }))
    assert.equal(await label(), 'Ngoq')
    await on((element) => ((element.strings = undefined), (element.lang = 'de')))
    assert.equal(await label(), 'Dateien auswählen')
    assert.equal(await on((element) => element.validationMessage), 'Wählen Sie eine Datei aus.')
  },
)

use(
  'rows change their language too, and errors have words of their own',
  field(),
  async ({ page, add, tell, row, phase, on }) => {
    await add([text('a.txt'), text('b.txt')])
    await tell(0, 'fail', 'too_large', 'the file has 30 bytes, at most 20 are taken')
    await phase('a.txt', 'failed')
    await page.evaluate(async () =>
      customElements.get('dropslip-upload').addLocales(await import('/client/locales.js')),
    )
    await on((element) => (element.lang = 'de'))
    assert.equal(
      await row('a.txt').locator('[part~=error]').innerText(),
      'Die Datei ist zu groß. The file has 30 bytes, at most 20 are taken.',
    )
    await row('b.txt')
      .getByRole('button', { name: /^Anhalten/ })
      .waitFor()
    await row('b.txt')
      .getByRole('progressbar', { name: /^Wird hochgeladen/ })
      .waitFor()
  },
)

use(
  'right to left: the bar fills from the right, the buttons are at the left',
  field(),
  async ({ add, tell, row }) => {
    await add([text('a.txt', 100)])
    await tell(0, 'report', { phase: 'sending', loadedBytes: 50 })
    const [bar, fill] = await row('a.txt')
      .locator('[part~=bar], [part~=fill]')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().right))
    assert.equal(bar, fill)
    const [name, close] = await row('a.txt')
      .locator('[part~=name], button:last-of-type')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left))
    assert.ok(close < name)
  },
  { html: 'lang="ar" dir="rtl"' },
)

// ---- the page's wishes ----

const CSP =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'none'; img-src blob: data:; " +
  "media-src blob:; require-trusted-types-for 'script'; trusted-types 'none'"
use(
  'a strict CSP is kept, and the element looks as it should',
  '<dropslip-upload multiple></dropslip-upload>',
  async ({ page, on, add, tell, row, element, button }) => {
    await on(async (element) => {
      const canvas = new OffscreenCanvas(8, 8)
      canvas.getContext('2d').fillRect(0, 0, 8, 8)
      element.add([new File([await canvas.convertToBlob()], 'a.png', { type: 'image/png' })])
    })
    await row('a.png')
      .locator('img')
      .evaluate((img) => img.decode())
    await tell(0, 'report', { phase: 'sending', loadedBytes: 40 })
    assert.notEqual(
      await row('a.png')
        .locator('[part~=fill]')
        .evaluate((fill) => fill.style.width),
      '0%',
    )
    assert.equal(
      await button('Choose').evaluate((button) => getComputedStyle(button).backgroundColor),
      'rgb(11, 110, 84)',
    )
    assert.equal(await element.evaluate((element) => element.shadowRoot.adoptedStyleSheets.length), 1)
  },
  { csp: CSP },
)

use(
  "colours and parts are the page's to change",
  `<style>
  dropslip-upload { --dropslip-accent: rgb(1, 2, 3) }
  dropslip-upload::part(zone) { border-style: dotted }
  dropslip-upload::part(file failed) { outline: 3px solid }
  </style><dropslip-upload></dropslip-upload>`,
  async ({ add, tell, row, element, button, phase, on }) => {
    const style = (locator, name) => locator.evaluate((element, name) => getComputedStyle(element)[name], name)
    assert.equal(await style(button('Choose'), 'backgroundColor'), 'rgb(1, 2, 3)')
    assert.equal(await style(element.locator('[part~=zone]'), 'borderTopStyle'), 'dotted')
    await add([text('a')])
    assert.equal(await style(row('a'), 'outlineStyle'), 'none')
    await tell(0, 'fail', 'network', 'no answer')
    await phase('a', 'failed')
    assert.equal(await style(row('a'), 'outlineStyle'), 'solid')
    await on((element) => (element.hidden = true))
    assert.equal(await element.isVisible(), false)
  },
)

use(
  'a dark scheme of the page counts, not only that of the system',
  '<style>:root { color-scheme: dark }</style><dropslip-upload></dropslip-upload>',
  async ({ button }) => {
    assert.equal(
      await button('Choose').evaluate((button) => getComputedStyle(button).backgroundColor),
      'rgb(85, 207, 161)',
    )
  },
  { context: { colorScheme: 'light' } },
)

use(
  'the focus can be seen; nothing moves where that is not wanted',
  '<dropslip-upload></dropslip-upload>',
  async ({ page, add, row, button }) => {
    await page.keyboard.press('Tab')
    assert.deepEqual(
      await button('Choose').evaluate((button) => [
        getComputedStyle(button).outlineStyle,
        getComputedStyle(button).outlineWidth,
      ]),
      ['solid', '2px'],
    )
    await add([text('a')])
    const duration = () =>
      row('a')
        .locator('[part~=fill]')
        .evaluate((fill) => getComputedStyle(fill).transitionDuration)
    assert.equal(await duration(), '0.2s')
    await page.emulateMedia({ reducedMotion: 'reduce' })
    assert.equal(await duration(), '0s')
  },
)
