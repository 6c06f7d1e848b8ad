// One use of Uppy in a page, and what must hold of what it uploaded.

import assert from 'node:assert/strict'
import { test } from 'node:test'

const TIMEOUT_MS = 120_000

export const MB = 1_000_000
export const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}'
export const small = { name: 'a smäll (1) file+.txt', type: 'text/plain', size: 1234 }
export const large = { name: 'film.mp4', type: 'video/mp4', size: 60 * MB }

/** How each version is told where the service is. */
export const companion = {
  v5: (service) => ({ endpoint: service }),
  v6: (service) => ({ companionEndpoint: service }),
}

/**
 * Runs tests with pages of this browser. Each gets a page with its version of Uppy, which is closed whatever happens.
 *
 * @param {Awaited<ReturnType<typeof import('./page.js').startBrowser>>} browser
 */
export const uses = (browser) => (name, version, body) => {
  test(`${version}: ${name}`, { timeout: TIMEOUT_MS }, async () => {
    const page = await browser.open(version)
    page.setDefaultTimeout(TIMEOUT_MS)
    const requests = []
    page.on('request', (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname}`))
    const call = (name) => page.evaluate((name) => { window.page.uppy[name]() }, name)
    try {
      await body({
        page,
        /** Begins an upload; see `begin` of page/index.js. */
        begin: (upload) => page.evaluate((upload) => { window.page.begin(upload) }, upload),
        /** Resolves once so many parts have arrived. */
        parts: (count) => page.evaluate((count) => window.page.parts(count), count),
        /** How the upload ended. */
        result: () => page.evaluate(() => window.page.result()),
        pause: () => call('pauseAll'),
        resume: () => call('resumeAll'),
        cancel: () => call('cancelAll'),
        /** How many requests, as `METHOD path`, fit. */
        count: (pattern) => requests.filter((request) => pattern.test(request)).length,
        /** The answer to the next request that fits. */
        answer: (pattern) => page.waitForResponse((response) => {
          const request = response.request()
          return pattern.test(`${request.method()} ${new URL(request.url()).pathname}`)
        }),
      })
    } finally {
      await page.close()
    }
  })
}

/** The upload succeeded, and its bytes, its type, its key and its address are what they should be. */
export async function assertStored(storage, { error, hash, body, url }, { type, key: pattern }) {
  assert.equal(error, undefined)
  assert.match(body.key, pattern)
  const object = await storage.get(body.key)
  assert.equal(object.status, 200)
  assert.equal(object.hash, hash)
  assert.equal(object.headers.get('content-type'), type)
  assert.equal(decodeURIComponent(new URL(url).pathname), `/uploads/${body.key}`)
}
