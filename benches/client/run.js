// `cargo xtask bench client`: what the client survives, and how fast it is, beside Uppy. Tables on standard output,
// what happens on standard error.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { chromium } from 'playwright-core'

import { launch, servePages } from './lib/browser.js'
import { bundles } from './lib/bundle.js'
import { writeFile } from './lib/file.js'
import { folder } from './lib/programs.js'
import { errorsList, machine, sizeTable, survivalTable, throughputTable } from './lib/report.js'
import { full } from './lib/scenario.js'
import { sizes } from './lib/size.js'
import { survive } from './lib/survival.js'
import { once } from './lib/throughput.js'

const MB = 1_000_000
const MIB = 1024 * 1024

const SURVIVAL = {
  full: { size: 300 * MB, offlineS: 60, limitMs: 15 * 60_000 },
  quick: { size: 100 * MB, offlineS: 10, limitMs: 5 * 60_000 },
  partSize: 5 * MIB,
  expires: '30s',
  bytesPerSecond: 8 * MB,
}
const THROUGHPUT = {
  full: { size: 1000 * MB, rounds: 5 },
  quick: { size: 200 * MB, rounds: 1 },
  partSize: 16 * MIB,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: '1' },
    dropslip: { type: 'string' },
  },
})
const binary = values.dropslip
if (!binary) throw new Error('`--dropslip BINARY` is missing: run it by `cargo xtask bench client`')
const length = values.quick ? 'quick' : 'full'
const wants = (name) => positionals.length === 0 || positionals.includes(name)
/** @param {string[]} clients */
const chosen = (clients) => clients.filter((client) => values.only.length === 0 || values.only.includes(client))
const say = (text) => process.stderr.write(`${text}\n`)
const print = (text) => process.stdout.write(`${text}\n\n`)

const names = {
  dropslip: 'Dropslip',
  uppy6: `Uppy ${await versionOf('uppy6')}`,
  uppy5: `Uppy ${await versionOf('uppy5')}`,
  tus: `tus-js-client ${await versionOf('.', 'tus-js-client')}`,
  plain: 'a plain PUT',
  sliced: 'the same of a slice, `file.slice()`',
  whole: 'Dropslip, in one piece (`mode = "put"`)',
  checked: 'Dropslip, with SHA-256 of each part',
}

/** The version that a lock file of ours has. */
async function versionOf(folder, name = '@uppy/aws-s3') {
  const lock = JSON.parse(await readFile(new URL(`${folder}/package-lock.json`, import.meta.url), 'utf8'))
  return lock.packages[`node_modules/${name}`].version
}

/** @param {{ origin: string }} pages @param {string} path */
async function survival(pages, path) {
  const { [length]: { size, offlineS, limitMs }, partSize, expires, bytesPerSecond } = SURVIVAL
  const sha256 = await writeFile(path, size)
  const runs = []
  for (const client of chosen(['dropslip', 'uppy6', 'uppy5'])) {
    const browser = await launch(chromium)
    try {
      const events = full(offlineS, Number(values.seed))
      const day = { binary, client, path, sha256, partSize, expires, bytesPerSecond, events, limitMs, say }
      runs.push({ name: names[client], day: await survive(browser, pages, day) })
    } finally {
      await browser.close()
    }
  }
  print(`## A bad day: ${size / MB} MB in parts of ${partSize / MIB} MiB`)
  print(survivalTable(runs, { size, partSize, limitMs }))
  print(`Errors that were shown:\n\n${errorsList(runs)}`)
}

/** @param {{ origin: string }} pages @param {string} path */
async function throughput(pages, path) {
  const { [length]: { size, rounds }, partSize } = THROUGHPUT
  const sha256 = await writeFile(path, size)
  const order = ['plain', 'sliced', ...chosen(['dropslip', 'uppy6']), ...chosen(['dropslip']).flatMap(() => ['whole', 'checked'])]
  const turns = Object.fromEntries(order.map((way) => [way, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < order.length; turn += 1) {
      const way = order[(round + turn) % order.length]
      const result = await once(chromium, pages, { binary, way, path, sha256, partSize })
      say(`${way}, round ${round + 1}: ${(result.bytesPerSecond / MB).toFixed(0)} MB/s`)
      turns[way].push(result)
    }
  }
  print(`## ${size / MB} MB over loopback, in parts of ${partSize / MIB} MiB`)
  print(throughputTable(order.map((way) => ({ name: names[way], turns: turns[way] })), turns.plain))
}

const pages = await servePages(await bundles())
const { path, remove } = await folder('bench')
try {
  const browser = await launch(chromium)
  print(machine(browser.version()))
  await browser.close()
  const file = join(path, 'film.mp4')
  if (wants('size')) print(`## Size\n\n${sizeTable(await sizes(), names)}`)
  if (wants('survival')) await survival(pages, file)
  if (wants('throughput')) await throughput(pages, file)
} finally {
  await pages.close()
  await remove()
}
