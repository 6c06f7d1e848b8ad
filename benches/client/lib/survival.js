// One upload on a bad day: a page, a line that fails to the storage, another to the service, and a person who gives the
// file again after a reload and presses "Retry" when an error is shown.

import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { hashOf } from './file.js'
import { Line } from './line.js'
import { startService, startStore } from './programs.js'

/** How often the page is looked at. */
const LOOK_MS = 100
/** How long a person looks at an error before they press "Retry". Never while the line is down. */
const RETRY_AFTER_MS = 3_000

/**
 * @typedef {object} Day
 * @property {string} binary `dropslip`
 * @property {string} client the page's name
 * @property {string} path of the file
 * @property {string} sha256 of the file
 * @property {number} partSize
 * @property {string} expires how long addresses hold, as in the configuration
 * @property {number} bytesPerSecond of the line to the storage
 * @property {import('./scenario.js').Event[]} events
 * @property {number} limitMs a run that takes longer is ended
 * @property {(text: string) => void} [say]
 */

/**
 * @param {import('playwright-core').Browser} browser
 * @param {{ origin: string }} pages
 * @param {Day} day
 */
export async function survive(browser, pages, day) {
  const { binary, path, partSize, expires, bytesPerSecond, limitMs } = day
  const { size } = await stat(path)
  const store = await startStore(binary, pages.origin)
  const run = new Run(day, size)
  const storage = await Line.open(store.url, { bytesPerSecond, moved: () => run.moved() })
  const service = await startService(binary, {
    origin: pages.origin,
    storage: store.url.origin,
    publicStorage: storage.origin,
    presets: `
      [presets.film]
      bucket = "uploads"
      key = "films/{uuid}.{ext}"
      accept = ["video/*"]
      maxSize = "1 GiB"
      mode = "multipart"
      partSize = ${partSize}
      expires = "${expires}"`,
  })
  const front = await Line.open(service.url)
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    page.on('pageerror', (error) => run.say(`page: ${error}`))
    Object.assign(run, { storage, front, service, context, page })
    run.address = `${pages.origin}/${day.client}?settings=${encodeURIComponent(JSON.stringify({
      service: front.origin, preset: 'film', partSize, isRemembered: true,
    }))}`
    await run.open()
    const limit = AbortSignal.timeout(limitMs)
    const end = await run.watch(limit)
    const sha256 = end.key && await hashOf(await store.presigned(end.key))
    return { ...run.report(), ...end, isSame: sha256 === day.sha256 }
  } finally {
    await context.close()
    await front.close()
    await storage.close()
    await service.stop()
    await store.stop()
  }
}

class Run {
  storage
  front
  service
  context
  page
  address = ''
  /** How often "Retry" was pressed. */
  retries = 0
  reloads = 0
  /** Errors that were shown. @type {string[]} */
  errors = []
  /** Why the next event could not happen: what has to be told. @type {unknown} */
  #trouble
  #day
  #size
  #next = 0
  /** Events that take their time, one after another. */
  #under = Promise.resolve()
  #busy = 0
  #start = performance.now()

  constructor(day, size) {
    this.#day = day
    this.#size = size
  }

  say(text) {
    const seconds = ((performance.now() - this.#start) / 1000).toFixed(1)
    this.#day.say?.(`${this.#day.client} ${seconds} s: ${text}`)
  }

  /** Bytes have passed: what is due by now happens. */
  moved() {
    const { events } = this.#day
    const share = this.storage.account.progressBytes / this.#size
    while (this.#next < events.length && events[this.#next].at <= share) {
      const event = events[this.#next]
      this.#next += 1
      this.#happen(event)
    }
  }

  #happen({ kind, seconds = 0, retryAfterS }) {
    if (kind === 'cut') {
      this.storage.cut()
      return
    }
    this.say(kind)
    if (kind === 'busy') this.storage.busy({ seconds, retryAfterS })
    if (kind === 'expire') this.storage.expire()
    const slow = {
      offline: () => this.#offline(seconds),
      reload: () => this.#reload(),
      restart: () => this.service.restart(seconds),
    }[kind]
    if (!slow) return
    this.#busy += 1
    this.#under = this.#under.then(slow).catch((error) => { this.#trouble = error }).finally(() => { this.#busy -= 1 })
  }

  async #offline(seconds) {
    this.storage.down()
    this.front.down()
    await this.context.setOffline(true)
    await sleep(1000 * seconds)
    this.storage.up()
    this.front.up()
    await this.context.setOffline(false)
    this.say('online')
  }

  async #reload() {
    this.reloads += 1
    await this.open()
  }

  /** The page is opened, or opened again, and the file given. */
  async open() {
    await this.page.goto(this.address)
    await this.page.waitForFunction(() => globalThis.seen?.isReady)
    await this.page.setInputFiles('#picker', this.#day.path)
  }

  /**
   * Looks at the page as a person does, until it has ended.
   *
   * @param {AbortSignal} limit
   */
  async watch(limit) {
    let failedAt
    while (!limit.aborted) {
      await sleep(LOOK_MS)
      if (this.#trouble) throw this.#trouble
      if (this.#busy > 0) {
        failedAt = undefined
        continue
      }
      const { ended, key, error } = await this.page.evaluate(() => globalThis.seen).catch(() => ({}))
      if (ended === 'done') return { hasEnded: true, key, tookMs: performance.now() - this.#start }
      if (ended !== 'failed') continue
      failedAt ??= performance.now()
      if (performance.now() - failedAt < RETRY_AFTER_MS) continue
      failedAt = undefined
      this.errors.push(error)
      this.retries += 1
      this.say(`failed, and tried again by hand: ${error}`)
      await this.page.evaluate(() => { globalThis.pressRetry() })
    }
    return { hasEnded: false, tookMs: performance.now() - this.#start }
  }

  report() {
    const { account, met } = this.storage
    return {
      retries: this.retries,
      reloads: this.reloads,
      errors: this.errors,
      met,
      missedEvents: this.#day.events.length - this.#next,
      parts: account.parts,
      again: account.againNumbers.length,
      sentShare: account.sentBytes / this.#size,
      acceptedShare: account.acceptedBytes / this.#size,
    }
  }
}
