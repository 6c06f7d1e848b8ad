// Headless Chromium, and pages of an origin of their own, so that CORS is real.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { serve } from '../../../tests/recipes/lib/app.js'

const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const client = /^\/client\/([\w-]+\.js)$/
const JAVASCRIPT = 'text/javascript; charset=utf-8'

/**
 * Serves a page for each client at `/NAME?SETTINGS`, and the client's modules as they are.
 *
 * @param {Record<string, string>} scripts text of further scripts, by path
 */
export function servePages(scripts = {}) {
  return serve(async ({ pathname }, response) => {
    try {
      const [type, body] = await file(pathname, scripts)
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
}

/** @returns {Promise<[type: string, body: string | Buffer]>} */
async function file(pathname, scripts) {
  if (scripts[pathname] !== undefined) return [JAVASCRIPT, scripts[pathname]]
  const [, module] = client.exec(pathname) ?? []
  if (module) return [JAVASCRIPT, await readFile(at(`../../../client/src/${module}`))]
  const name = pathname.slice(1)
  if (/^\w+\.js$/.test(name)) return [JAVASCRIPT, await readFile(at(`../page/${name}`))]
  if (!/^\w+$/.test(name)) throw new Error('no such page')
  return ['text/html; charset=utf-8', `<!doctype html>
    <title>${name}</title><link rel="icon" href="data:,">
    <input type="file" id="picker" aria-label="File">
    <script type="module" src="/${name}.js"></script>`]
}

/** @param {typeof import('playwright-core').chromium} chromium */
export function launch(chromium) {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS })
}
