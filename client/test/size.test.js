/** The byte budget: what a browser downloads, as it is served, compressed. */

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

/** Comments included, since nothing strips them. */
const GZIP_BYTES_MAX = 10_000
/** Loaded when a preset asks for a checksum. */
const LATER = ['checksum.js', 'checksum-worker.js', 'digest.js']

test(`the client is at most ${GZIP_BYTES_MAX} bytes of gzip`, () => {
  const folder = new URL('../src/', import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.js') && !LATER.includes(name))
  const bytes = files.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, folder))).length, 0)
  assert.ok(bytes <= GZIP_BYTES_MAX, `${bytes} bytes`)
})
