/**
 * Pages with `<dropslip-upload>` for tests, in Chromium, with the real core or with one that does what it is told.
 *
 * Whatever the browser complains about, a violated CSP included, fails the test.
 */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { launchChromium } from './chromium.js'
import { servePages } from './pages.js'

/** A busy machine is slow; nothing here waits so long by itself. */
const TIMEOUT_MS = 60_000
const FAKE = await readFile(new URL('element-core.js', import.meta.url), 'utf8')

/**
 * @typedef {object} Options
 * @property {string} [html] attributes of `<html>`
 * @property {string} [csp]
 * @property {boolean} [real] the core as it is
 * @property {RegExp} [expect] complaints that belong to the test
 * @property {import('playwright-core').BrowserContextOptions} [context]
 */

/** @returns a function like `test`, with a page to use */
export function elementPages() {
  /** @type {Record<string, import('./pages.js').Page>} */
  const pages = {}
  /** @type {Awaited<ReturnType<typeof servePages>>} */
  let site
  /** @type {import('playwright-core').Browser} */
  let browser
  let count = 0

  before(async () => {
    site = await servePages(pages)
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await site?.close()
  })

  /** @param {string} body @param {Options} options @returns {string} the page's path */
  function addPage(body, { html = 'lang="en"', csp } = {}) {
    const path = `/page-${(count += 1)}`
    const head = '<script type="module" src="/client/element.js"></script>'
    pages[path] = { body: `<html ${html}>${head}${body}`, ...(csp && { headers: { 'content-security-policy': csp } }) }
    return path
  }

  /**
   * @param {string} name
   * @param {string | (() => string)} body
   * @param {(use: ReturnType<typeof using>) => Promise<void>} run
   * @param {Options} [options]
   */
  function use(name, body, run, options = {}) {
    test(name, { timeout: 2 * TIMEOUT_MS }, async () => {
      const context = await browser.newContext(options.context)
      context.setDefaultTimeout(TIMEOUT_MS)
      /** @type {string[]} */
      const complaints = []
      const page = await context.newPage()
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      if (!options.real) {
        await page.route('**/client/dropslip.js', (route) =>
          route.fulfill({ contentType: 'text/javascript', body: FAKE }),
        )
      }
      try {
        await page.goto(site.origin + addPage(typeof body === 'string' ? body : body(), options))
        await page.locator('dropslip-upload:defined').first().waitFor()
        await run(using(page, site.origin))
        assert.deepEqual(
          complaints.filter((text) => !options.expect?.test(text)),
          [],
        )
      } finally {
        await context.close()
      }
    })
  }
  return use
}

/** @param {import('playwright-core').Page} page @param {string} origin */
function using(page, origin) {
  const element = page.locator('dropslip-upload').first()
  const row = (name) =>
    element.locator('[part~=file]').filter({ has: page.locator(`[part~=name][title=${JSON.stringify(name)}]`) })
  return {
    page,
    origin,
    element,
    row,
    /** @param {string} name @param {string} phase */
    phase: (name, phase) =>
      row(name)
        .and(page.locator(`.${phase}`))
        .waitFor(),
    button: (name) => element.getByRole('button', { name }),
    /** Evaluates with the element, and waits. */
    on: (body, argument) => element.evaluate(body, argument),
    /** Adds files of so many bytes each, by a paste, a drop or `add`. */
    add: (files, way = 'add') => element.evaluate(addFiles, { files, way }),
    /** Tells an upload of the fake core what to do. */
    tell: (index, word, ...args) =>
      page.evaluate(([i, word, args]) => globalThis.uploads[i][word](...args), [index, word, args]),
    said: (index) => page.evaluate((i) => globalThis.uploads[i].said, index),
    started: () => page.evaluate(() => globalThis.uploads.map(({ file }) => file.name)),
    focused: () =>
      page.evaluate(() => {
        const inner = document.activeElement?.shadowRoot?.activeElement
        return inner
          ? (inner.getAttribute('aria-label') ?? inner.textContent)?.replace(/[\u2068\u2069]/g, '')
          : document.activeElement?.id
      }),
    /** What the form would send. */
    sent: () => page.evaluate(() => [...new FormData(document.querySelector('form'))].map(String)),
    /** Waits until it is so. */
    until: (check, argument) => page.waitForFunction(check, argument),
  }
}

/** Runs in the page. */
function addFiles(element, { files, way }) {
  const made = files.map(([name, type, size = 5]) => {
    const file = new File(['hello'], name, { type })
    return size === 5 ? file : Object.defineProperty(file, 'size', { value: size })
  })
  if (way === 'add') return element.add(made)
  const transfer = new DataTransfer()
  for (const file of made) transfer.items.add(file)
  const options = { bubbles: true, composed: true, cancelable: true }
  const inner = element.shadowRoot.querySelector('button')
  const event =
    way === 'paste'
      ? new ClipboardEvent('paste', { ...options, clipboardData: transfer })
      : new DragEvent(way, { ...options, dataTransfer: transfer })
  inner.dispatchEvent(event)
  return event.defaultPrevented
}

export const text = (name, size) => [name, 'text/plain', size]
