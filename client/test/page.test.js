/** The page's own decisions: words for numbers, which preset, how many at once. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

const page = new URL('../../crates/dropslip-service/page/', import.meta.url)
const { extension, rate, sentence, share, shownName, size, timeLeft, typeName, typeNames } = await import(new URL('format.js', page))
const { accepts, automatic, parsePresets } = await import(new URL('presets.js', page))
const { createQueue } = await import(new URL('queue.js', page))

const cases = (name, call, table) => {
  for (const [expect, ...args] of table) {
    test(`${name}(${args.map((a) => JSON.stringify(a)).join(', ')})`, () => assert.deepEqual(call(...args), expect))
  }
}

cases('size', size, [
  ['0 bytes', 0], ['1 byte', 1], ['1023 bytes', 1023], ['1 KiB', 1024], ['1.5 KiB', 1536], ['1 MiB', 1024 ** 2 - 1],
  ['20 MiB', 20 * 1024 ** 2], ['123 MiB', 123.4 * 1024 ** 2], ['2 GiB', 2 * 1024 ** 3], ['5000 TiB', 5000 * 1024 ** 4],
])
cases('share', share, [
  ['0 of 0 bytes', 0, 0], ['3 of 10 bytes', 3, 10], ['0.0 of 200 MiB', 1, 200 * 1024 ** 2],
  ['8.2 of 200 MiB', 8.2 * 1024 ** 2, 200 * 1024 ** 2], ['1.5 of 1.5 KiB', 1536, 1536],
])
cases('rate', rate, [['', 0], ['', Number.NaN], ['1 byte/s', 0.2], ['1.5 MiB/s', 1.5 * 1024 ** 2]])
cases('timeLeft', timeLeft, [
  ['', null], ['', Infinity], ['', Number.NaN], ['1 s left', 0], ['1 s left', 0.2], ['59 s left', 58.1], ['1 min 0 s left', 59.5],
  ['2 min 5 s left', 125], ['1 h 1 min left', 3661],
])
cases('shownName', shownName, [
  ['../../é "x".jpg', '../../é "x".jpg'], ['<b>x</b>', '<b>x</b>'], ['photo\ufffdgpj.exe', 'photo\u202egpj.exe'],
  ['a\ufffdb\ufffd', 'a\nb\u0000'], ['שלום.txt', 'שלום.txt'], ['', ''],
])
cases('extension', extension, [
  ['JPG', 'a.jpg'], ['GZ', 'a.tar.gz'], ['', 'a'], ['', '.env'], ['', 'a.'], ['', 'a.toolong'], ['', 'a.é'], ['', 'a.<b>'],
])
cases('typeName', typeName, [
  ['JPEG', 'image/jpeg'], ['WebP', 'image/webp'], ['any image', 'image/*'], ['any type', '*/*'],
  ['application/x-abiword', 'application/x-abiword'], ['', ''],
])
cases('typeNames', typeNames, [
  ['Any type', ['*/*']], ['JPEG, PNG', ['image/jpeg', 'image/png']], ['', []],
  ['A1, A2, A3, A4 and 2 more', ['x/a1', 'x/a2', 'x/a3', 'x/a4', 'x/a5', 'x/a6']],
])
cases('sentence', sentence, [['It failed.', 'it failed'], ['Why?', 'why?'], ['É.', 'é.'], ['', '']])

const preset = (name, ...accept) => ({ name, accept, maxSize: 1, minSize: 0, public: false })
const PRESETS = [preset('any', '*/*'), preset('photo', 'image/jpeg', 'image/png'), preset('picture', 'image/*')]
cases('automatic', (type) => automatic(PRESETS, type)?.name, [
  ['photo', 'image/jpeg'], ['photo', 'IMAGE/PNG'], ['photo', 'image/jpeg; q=1'], ['picture', 'image/tiff'],
  ['any', 'text/plain'], ['any', ''], ['any', 'image'], ['any', 'imagex/png'],
])
cases('accepts', (accept, type) => accepts(preset('p', ...accept), type), [
  [true, ['image/*'], 'image/png'], [true, [], 'x/y'], [true, ['*'], ''], [false, ['image/*'], ''],
  [false, ['image/png'], 'image/*'], [false, ['image/png'], 'image/pngx'],
])
test('no preset where none accepts', () => assert.equal(automatic(PRESETS.slice(1), 'text/plain'), undefined))

cases('parsePresets', (answer) => parsePresets(answer)?.length, [
  [3, { presets: PRESETS }], [0, { presets: [] }], [undefined, undefined], [undefined, null], [undefined, []],
  [undefined, { presets: {} }], [undefined, { presets: [null] }], [undefined, { presets: [{ name: 'a' }] }],
  [undefined, { presets: [{ ...PRESETS[0], name: 1 }] }], [undefined, { presets: [{ ...PRESETS[0], maxSize: 'x' }] }],
])

/** Jobs that end when told. */
function jobs(count) {
  const started = []
  const list = Array.from({ length: count }, (_, i) => {
    const job = () => {
      started.push(i)
      return new Promise((resolve) => (job.end = resolve))
    }
    return job
  })
  return { list, started }
}
const settle = () => new Promise(setImmediate)

test('the queue runs a few, in order', async () => {
  const queue = createQueue(2)
  const { list, started } = jobs(4)
  list.forEach(queue.add)
  assert.deepEqual(started, [0, 1])
  list[1].end()
  await settle()
  assert.deepEqual(started, [0, 1, 2])
  assert.equal(queue.busy(), true)
  for (const i of [0, 2]) list[i].end()
  await settle()
  list[3].end()
  await settle()
  assert.deepEqual([started, queue.busy()], [[0, 1, 2, 3], false])
})

test('a waiting job can be taken out, a running one and a stranger not', async () => {
  const queue = createQueue(1)
  const { list, started } = jobs(3)
  list.forEach(queue.add)
  assert.equal(queue.remove(list[1]), true)
  assert.equal(queue.remove(list[0]), false)
  queue.remove(() => Promise.resolve())
  list[0].end()
  await settle()
  assert.deepEqual(started, [0, 2])
})

test('a job that rests leaves its place, and has none to leave twice', async () => {
  const queue = createQueue(1)
  const ends = []
  const started = []
  const job = (id) => () => (started.push(id), new Promise((resolve) => ends.push(resolve)))
  const [first, second, third] = [job(1), job(2), job(3)]
  for (const each of [first, second, third]) queue.add(each)
  queue.rest(third)
  assert.deepEqual(started, [1])
  queue.rest(first)
  queue.rest(first)
  assert.deepEqual([started, queue.busy()], [[1, 2], true])
  queue.wake(first)
  ends[0]()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(started, [1, 2])
  ends[1]()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(started, [1, 2, 3])
  ends[2]()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(queue.busy(), false)
})
