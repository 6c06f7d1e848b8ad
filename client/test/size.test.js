/**
 * The byte budget: what a browser downloads when a bundler has made the client small.
 *
 * Measured as its peers are in docs/compare.md: esbuild's bundle of an ES module for es2022, minified, then brotli at
 * its highest quality. What is loaded only when it is needed is a chunk of its own.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** @param {string} entry a module of `src` @param {string[]} external what it loads later, or shares */
async function bytesOf(entry, external) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../src/${entry}`, import.meta.url))],
    bundle: true, minify: true, format: 'esm', target: 'es2022', write: false, logLevel: 'error', external,
  })
  return brotliCompressSync(outputFiles[0].contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
}

/** @param {number} bytes */
const shown = (bytes) => new Intl.NumberFormat('en').format(bytes)

for (const [name, entry, external, most] of /** @type {const} */ ([
  ['core', 'dropslip.js', ['./checksum.js', './explain.js'], 4000],
  ['element, without the core', 'element.js', ['./dropslip.js'], 6000],
])) {
  test(`the ${name}: at most ${shown(most)} bytes, and the README says how many`, async () => {
    const bytes = await bytesOf(entry, [...external])
    assert.ok(bytes <= most, `${bytes} bytes`)
    assert.ok(README.includes(`${shown(bytes)} bytes`), `the README does not say ${shown(bytes)} bytes`)
  })
}
