// The tables, as docs/compare.md has them.

import { cpus, release, totalmem } from 'node:os'

/** @param {string[][]} rows the first is the head */
function table([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, at) => at === 0 ? '---' : '--:')), ...rows.map(line)].join('\n')
}

/** @param {string} browser its version */
export function machine(browser) {
  const [first] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${new Date().toISOString().slice(0, 10)}; Chromium ${browser}, headless; Node ${process.versions.node}; ` +
    `Linux ${release()}; ${cpus().length} × ${first?.model.trim()}, ${memory} GiB.`
}

/** @param {Record<string, number>} sizes @param {Record<string, string>} names */
export function sizeTable(sizes, names) {
  const bytes = new Intl.NumberFormat('en')
  return table([['', 'bytes'], ...Object.entries(sizes).map(([name, size]) => [names[name], bytes.format(size)])])
}

const yes = (is) => is ? 'yes' : '**no**'

/**
 * @param {{ name: string, day: any }[]} runs
 * @param {{ size: number, partSize: number, limitMs: number }} file
 */
export function survivalTable(runs, { size, partSize, limitMs }) {
  const row = (name, cell) => [name, ...runs.map(({ day }) => String(cell(day)))]
  const parts = Math.ceil(size / partSize)
  return table([
    ['', ...runs.map(({ name }) => name)],
    row('arrived by itself', (day) => yes(day.hasEnded && day.retries === 0)),
    row('times that a person had to press “Retry”', (day) => day.retries),
    row('arrived in the end', (day) => day.hasEnded ? 'yes' : `**not within ${limitMs / 60_000} min**`),
    row('SHA-256 of the object is that of the file', (day) => yes(day.isSame)),
    row('parts sent again that the storage had answered with 200', (day) => day.again),
    row(`requests with a part, of which the file has ${parts}`, (day) => day.parts),
    row('bytes sent, as a multiple of the file', (day) => day.sentShare.toFixed(2)),
    row('seconds', (day) => (day.tookMs / 1000).toFixed(0)),
    row('connections cut in the middle of a part', (day) => day.met.cut),
    row('parts answered 503', (day) => day.met.busy),
    row('parts answered as expired', (day) => day.met.expired),
    row('events that it did not live to see', (day) => day.missedEvents),
  ])
}

/** @param {{ name: string, day: any }[]} runs */
export function errorsList(runs) {
  return runs.map(({ name, day }) => {
    const errors = [...new Set(day.errors)].map((error) => `“${error}”`).join(', ')
    return `- ${name}: ${errors || 'no error was shown'}`
  }).join('\n')
}

/**
 * @param {{ name: string, turns: any[] }[]} runs the turns of each, in the order of rounds
 * @param {any[]} plain those that the others are measured against
 */
export function throughputTable(runs, plain) {
  const range = (numbers, digits) => {
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
    return `${median(numbers).toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`
  }
  const most = (turns, name) => Math.max(...turns.map((turn) => turn[name])).toFixed(0)
  return table([
    ['', 'of the plain PUT', 'MB/s', 'page, MB above start', 'scripts', 'rest', 'bytes are the same'],
    ...runs.map(({ name, turns }) => [
      name,
      range(turns.map((turn, round) => turn.bytesPerSecond / plain[round].bytesPerSecond), 2),
      range(turns.map(({ bytesPerSecond }) => bytesPerSecond / 1e6), 0),
      most(turns, 'renderer'),
      most(turns, 'heap'),
      most(turns, 'browser'),
      yes(turns.every(({ isSame }) => isSame)),
    ]),
  ])
}

/** @param {number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? Number(sorted[middle]) : (Number(sorted[middle - 1]) + Number(sorted[middle])) / 2
}
