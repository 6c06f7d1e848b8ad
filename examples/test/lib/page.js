// The pages of the examples in Chromium, exactly as they stand: their service is at http://localhost:7600, and the
// browser is told where that is today.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { chromium } from 'playwright-core'

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
/** How long anything on a page may take. Generous, for a busy machine. */
const TIMEOUT_MS = 30_000

/** Chromium, for which `localhost:7600` is this service. */
export function launch(service) {
  const { port } = new URL(service)
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      `--host-resolver-rules=MAP localhost:7600 127.0.0.1:${port}`, '--no-sandbox', '--disable-gpu',
      '--disable-dev-shm-usage', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  })
}

/** Serves the files of a folder, as any web server does. */
export async function serve(folder) {
  const server = createServer(async ({ url = '/' }, response) => {
    const name = url === '/' ? 'index.html' : url.slice(1)
    const body = await readFile(join(folder, name)).catch(() => undefined)
    response.writeHead(body ? 200 : 404, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * Opens a page for one test. It may ask this machine alone, and nothing may be in its console but what is expected.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {(use: { page: import('playwright-core').Page, row: (name: string) => import('playwright-core').Locator,
 *   throttle: (bytesPerSecond: number) => Promise<void> }) => Promise<void>} body
 * @param {RegExp} [expected] in the console
 */
export async function open(browser, url, body, expected) {
  const page = await browser.newPage()
  page.setDefaultTimeout(TIMEOUT_MS)
  const complaints = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    const isFine = !['error', 'warning'].includes(message.type()) || expected?.test(message.text())
    if (!isFine) complaints.push(message.text())
  })
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (/^(http|ws)/.test(protocol) && !['localhost', '127.0.0.1'].includes(hostname)) complaints.push(request.url())
  })
  try {
    await page.goto(url)
    const session = await page.context().newCDPSession(page)
    await body({
      page,
      row: (name) => page.getByRole('listitem').filter({ hasText: name }),
      /** So many bytes per second leave the page from now on; 0: as many as can. */
      throttle: (bytesPerSecond) => session.send('Network.emulateNetworkConditions', {
        offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond || -1,
      }),
    })
    assert.deepEqual(complaints, [])
  } catch (error) {
    error.message += `\nThe page said: ${complaints.join('\n') || 'nothing'}`
    throw error
  } finally {
    await page.close()
  }
}

/** The bytes that are stored under a key. */
export async function stored(service, key) {
  const answer = await fetch(`${service}/v1/downloads`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ key }),
  })
  assert.equal(answer.status, 201, await answer.clone().text())
  return Buffer.from(await (await fetch((await answer.json()).url)).arrayBuffer())
}
