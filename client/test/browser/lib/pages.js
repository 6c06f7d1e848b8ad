/**
 * Pages for tests, from an origin of their own, with the client under `/client/` as it is written.
 */

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const SRC = new URL('../../../src/', import.meta.url)
const BLANK = '<!doctype html><meta charset="utf-8"><title>Test</title><link rel="icon" href="data:,">'

/**
 * @typedef {{ body?: string, status?: number, headers?: Record<string, string> }} Page what it adds to a blank one
 *
 * @param {Record<string, Page>} pages by path; all others under `/` are blank
 */
export async function servePages(pages = {}) {
  const server = createServer(async ({ url }, response) => {
    const path = new URL(String(url), 'http://test').pathname
    const page = pages[path]
    const file = path.startsWith('/client/') && !page
    try {
      const body = file ? await readFile(new URL(path.slice('/client/'.length), SRC)) : BLANK + (page?.body ?? '')
      response.writeHead(page?.status ?? 200, {
        'content-type': `${file ? 'text/javascript' : 'text/html'}; charset=utf-8`,
        'access-control-allow-origin': '*',
        ...page?.headers,
      })
      response.end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
