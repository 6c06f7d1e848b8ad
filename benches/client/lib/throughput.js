// One large file from the page to the store on loopback, without faults and without a proxy.

import { stat } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'

import { launch } from './browser.js'
import { hashOf } from './file.js'
import { watchMemory } from './memory.js'
import { startService, startStore } from './programs.js'

/** An upload that takes longer has failed. */
const LIMIT_MS = 300_000

/**
 * @param {typeof import('playwright-core').chromium} chromium
 * @param {{ origin: string }} pages
 * @param {{ binary: string, client: string, path: string, sha256: string, partSize: number }} options
 */
export async function once(chromium, pages, { binary, client, path, sha256, partSize }) {
  const { size } = await stat(path)
  // What an earlier upload left unwritten is not this one's to write.
  execFileSync('sync')
  const store = await startStore(binary, pages.origin)
  const preset = (name, mode) => `
    [presets.${name}]
    bucket = "uploads"
    key = "films/{uuid}.{ext}"
    accept = ["video/*"]
    maxSize = "5 GiB"
    ${mode}`
  const service = await startService(binary, {
    origin: pages.origin, storage: store.url.origin, presets: preset('parts', `mode = "multipart"\npartSize = ${partSize}`) + preset('whole', 'mode = "put"'),
  })
  const browser = await launch(chromium)
  try {
    const page = await browser.newPage()
    const settings = { service: service.url.origin, preset: client === 'plain' ? 'whole' : 'parts', partSize }
    await page.goto(`${pages.origin}/${client}?settings=${encodeURIComponent(JSON.stringify(settings))}`)
    await page.waitForFunction(() => globalThis.seen?.isReady)
    const memory = await watchMemory(browser, page)
    await page.setInputFiles('#picker', path)
    await page.waitForFunction(() => globalThis.seen.ended, undefined, { timeout: LIMIT_MS, polling: 100 })
    const { key, error, tookMs } = await page.evaluate(() => globalThis.seen)
    const above = await memory.stop()
    if (error) throw new Error(`${client}: ${error}`)
    const isSame = (await hashOf(await store.presigned(key))) === sha256
    return { bytesPerSecond: (1000 * size) / tookMs, isSame, ...above }
  } finally {
    await browser.close()
    await service.stop()
    await store.stop()
  }
}
