/**
 * Pages for tests, from an origin of their own, with the client under `/client/` as it is written.
 */

import { readFile } from 'node:fs/promises'
import { serve } from '../../../../tests/recipes/lib/app.js'

const SRC = new URL('../../../src/', import.meta.url)
const BLANK = '<!doctype html><meta charset="utf-8"><title>Test</title><link rel="icon" href="data:,">'

/**
 * @typedef {{ body?: string, status?: number, headers?: Record<string, string> }} Page what it adds to a blank one
 *
 * @param {Record<string, Page>} pages by path; all others under `/` are blank
 */
export function servePages(pages = {}) {
  return serve(async ({ pathname }, response) => {
    const page = pages[pathname]
    const file = pathname.startsWith('/client/') && !page
    try {
      const body = file ? await readFile(new URL(pathname.slice('/client/'.length), SRC)) : BLANK + (page?.body ?? '')
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
}
