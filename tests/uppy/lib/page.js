// Pages with a real Uppy in them, served from another origin than service and storage, so that CORS is real.

import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'
import { chromium } from 'playwright-core'

import { serve } from '../../recipes/lib/app.js'

const at = (name) => fileURLToPath(new URL(name, import.meta.url))

/** One version of Uppy as one script. */
async function bundle(version) {
  const { outputFiles } = await build({
    entryPoints: [at(`../${version}/index.js`)], bundle: true, format: 'iife', target: 'chrome120', write: false,
  })
  return outputFiles[0].text
}

/** Chromium and the server of its pages; `open` gives a page with that version. */
export async function startBrowser() {
  const scripts = { '/v5.js': await bundle('v5'), '/v6.js': await bundle('v6'), '/page.js': await bundle('page') }
  const app = await serve(async (url, response) => {
    const script = scripts[url.pathname]
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
    const html = `<!doctype html><title>Uppy</title><link rel="icon" href="data:,">
      <script src="${url.pathname}.js"></script><script src="/page.js"></script>`
    response.end(script ?? html)
  })
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  })
  return {
    /** @param {'v5' | 'v6'} version */
    async open(version) {
      const page = await browser.newPage()
      await page.goto(`${app.origin}/${version}`)
      return page
    },
    async close() {
      await browser.close()
      await app.close()
    },
  }
}
