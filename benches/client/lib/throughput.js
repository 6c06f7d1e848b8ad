// One large file from the page to the store on loopback, without faults and without a proxy.

import { stat } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'

import { launch } from './browser.js'
import { hashOf } from './file.js'
import { watchMemory } from './memory.js'
import { startService, startStore } from './programs.js'

/** An upload that takes longer has failed. */
const LIMIT_MS = 300_000

/** What is measured: a page, and the preset that it uses. */
export const WAYS = {
  plain: { page: 'plain', preset: 'whole' },
  sliced: { page: 'plain', preset: 'whole', isSliced: true },
  dropslip: { page: 'dropslip', preset: 'parts' },
  whole: { page: 'dropslip', preset: 'whole' },
  checked: { page: 'dropslip', preset: 'checked' },
  uppy6: { page: 'uppy6', preset: 'parts' },
}

/**
 * @param {typeof import('playwright-core').chromium} chromium
 * @param {{ origin: string }} pages
 * @param {{ binary: string, way: keyof typeof WAYS, path: string, sha256: string, partSize: number }} options
 */
export async function once(chromium, pages, { binary, way, path, sha256, partSize }) {
  const { size } = await stat(path)
  // What an earlier upload left unwritten is not this one's to write.
  execFileSync('sync')
  const store = await startStore(binary, pages.origin)
  const parts = `mode = "multipart"\npartSize = ${partSize}`
  const written = (name, mode) => `
    [presets.${name}]
    bucket = "uploads"
    key = "films/{uuid}.{ext}"
    accept = ["video/*"]
    maxSize = "5 GiB"
    ${mode}`
  const service = await startService(binary, {
    origin: pages.origin,
    storage: store.url.origin,
    presets: [
      written('whole', 'mode = "put"'), written('parts', parts), written('checked', `${parts}\nchecksum = "sha256"`),
    ].join('\n'),
  })
  const browser = await launch(chromium)
  try {
    const page = await browser.newPage()
    const { page: name, ...rest } = WAYS[way]
    const settings = { service: service.url.origin, partSize, ...rest }
    await page.goto(`${pages.origin}/${name}?settings=${encodeURIComponent(JSON.stringify(settings))}`)
    await page.waitForFunction(() => globalThis.seen?.isReady)
    const memory = await watchMemory(browser, page)
    await page.setInputFiles('#picker', path)
    await page.waitForFunction(() => globalThis.seen.ended, undefined, { timeout: LIMIT_MS, polling: 100 })
    const { key, error, tookMs } = await page.evaluate(() => globalThis.seen)
    const above = await memory.stop()
    if (error) throw new Error(`${way}: ${error}`)
    const isSame = (await hashOf(await store.presigned(key))) === sha256
    return { bytesPerSecond: (1000 * size) / tookMs, isSame, ...above }
  } finally {
    await browser.close()
    await service.stop()
    await store.stop()
  }
}
