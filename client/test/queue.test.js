/** Connections that uploads share: who goes when, and how many. */

import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { createQueue } from '../src/queue.js'

let nowMs = 0
beforeEach(() => {
  nowMs = 0
  mock.method(performance, 'now', () => nowMs)
})
afterEach(() => mock.restoreAll())

const { signal } = new AbortController()
const settle = () => new Promise(setImmediate)

/** Takes as many connections as it gets. @param {ReturnType<typeof createQueue>} queue */
async function takeAll(queue) {
  const got = []
  const controller = new AbortController()
  for (let i = 0; i < 10; i += 1) queue.connect(controller.signal).then((end) => got.push(end), () => {})
  await settle()
  controller.abort()
  return got
}

/** One round: each connection carries so many bytes in so many milliseconds. */
async function round(queue, bytes, ms) {
  const ends = await takeAll(queue)
  nowMs += ms
  for (const end of ends) end(bytes)
  return ends.length
}

test('few at first, one more after each faster round, six at most', async () => {
  const queue = createQueue()
  assert.equal(queue.limit, 3)
  const widths = []
  for (let i = 1; i <= 6; i += 1) widths.push(await round(queue, 1000 * i * i, 100))
  assert.deepEqual(widths, [3, 4, 5, 6, 6, 6])
})

test('not more when more is not faster', async () => {
  const queue = createQueue()
  await round(queue, 1000, 100)
  assert.equal(queue.limit, 4)
  await round(queue, 750, 100)
  assert.equal(queue.limit, 4)
})

test('half after congestion, once for all that were under way', async () => {
  const queue = createQueue()
  for (let i = 1; i <= 4; i += 1) await round(queue, 1000 * i * i, 100)
  assert.equal(queue.limit, 6)
  assert.equal(await round(queue, -1, 100), 6)
  assert.equal(queue.limit, 3)
  for (let i = 0; i < 3; i += 1) await round(queue, -1, 100)
  assert.equal(queue.limit, 1)
  assert.equal(await round(queue, 1000, 100), 1)
  assert.equal(queue.limit, 2)
})

test('an end that says nothing of the line changes nothing', async () => {
  const queue = createQueue()
  await round(queue, 0, 100)
  assert.equal(queue.limit, 3)
})

test('a limit of one', async () => {
  const queue = createQueue(1)
  assert.equal(await round(queue, 9000, 100), 1)
  assert.equal(queue.limit, 1)
})

test('first come, first served; who leaves is passed over and takes no place', async () => {
  const queue = createQueue(1)
  const order = []
  const first = await queue.enter(signal)
  const controller = new AbortController()
  const left = queue.enter(controller.signal).catch((reason) => reason)
  const waiting = ['a', 'b'].map((name) => queue.enter(signal).then((end) => (order.push(name), end())))
  controller.abort('gone')
  assert.equal(await left, 'gone')
  assert.equal(await queue.enter(AbortSignal.abort('late')).catch((reason) => reason), 'late')
  first()
  await Promise.all(waiting)
  assert.deepEqual(order, ['a', 'b'])
  await queue.enter(signal)
})
