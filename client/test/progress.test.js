/** The account of an upload: what has arrived, what is on its way, how fast, how long. */

import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { UploadError } from '../src/error.js'
import { total } from '../src/many.js'
import { createProgress, secondsLeft, smoothed } from '../src/progress.js'

let nowMs = 0
beforeEach(() => {
  nowMs = 0
  mock.method(performance, 'now', () => nowMs)
  mock.method(globalThis, 'queueMicrotask', (task) => task())
})
afterEach(() => mock.restoreAll())

test('the first burst is the rate, later ones move it by the time they cover', () => {
  assert.equal(smoothed(0, 100, 50), 2000)
  assert.equal(smoothed(1000, 1000, 1000), 1000)
  assert.ok(Math.abs(smoothed(1000, 0, 2000) - 1000 / Math.E) < 1e-9)
  const often = Array.from({ length: 20 }).reduce((rate) => smoothed(Number(rate), 300, 100), 1000)
  assert.ok(Math.abs(Number(often) - smoothed(1000, 6000, 2000)) < 1e-6, 'however often one is told')
})

test('the time left', () => {
  assert.deepEqual([secondsLeft(10, 5), secondsLeft(0, 0), secondsLeft(0, 5), secondsLeft(10, 0)], [2, 0, 0, null])
})

/** @param {number} totalBytes @param {number[]} sizes */
function start(totalBytes, sizes) {
  const pieces = sizes.map((size) => ({ number: 1, start: 0, size, loaded: 0, isDone: false, untilMs: 0 }))
  const told = []
  const tell = createProgress(totalBytes, () => pieces, (progress) => told.push(progress))
  return { pieces, told, tell, last: () => told.at(-1) }
}

test('arrived, on the way, and never all of it before the end', () => {
  const { pieces: [one, two], tell, last } = start(10, [6, 4])
  tell('preparing')
  assert.deepEqual(last(), {
    phase: 'preparing', loadedBytes: 0, acceptedBytes: 0, totalBytes: 10, bytesPerSecond: 0, secondsLeft: null, cause: undefined,
  })
  nowMs = 100
  Object.assign(one, { loaded: 6, isDone: true })
  two.loaded = 2
  tell('sending')
  assert.deepEqual([last().loadedBytes, last().acceptedBytes, last().bytesPerSecond, last().secondsLeft], [8, 6, 80, 0.025])
  Object.assign(two, { loaded: 4, isDone: true })
  tell('finishing')
  assert.deepEqual([last().loadedBytes, last().acceptedBytes], [9, 10])
  tell('done')
  assert.deepEqual([last().loadedBytes, last().secondsLeft], [10, 0])
})

test('what is lost is told with its cause, until bytes move again', () => {
  const { pieces: [one], tell, last } = start(10, [10])
  const cause = new UploadError('network', 'cut')
  one.loaded = 5
  tell('sending')
  one.loaded = 0
  tell('waiting', cause)
  assert.deepEqual([last().loadedBytes, last().cause, last().bytesPerSecond, last().secondsLeft], [0, cause, 0, null])
  tell('sending')
  assert.equal(last().cause, cause)
  one.loaded = 1
  tell('sending')
  assert.equal(last().cause, undefined)
})

test('a wait is no measure of the line', () => {
  const { pieces: [one], tell, last } = start(1000, [1000])
  for (const [ms, loaded, phase] of [[0, 0, 'sending'], [100, 100, 'sending'], [60_100, 100, 'waiting'], [60_200, 200, 'sending']]) {
    nowMs = ms
    one.loaded = loaded
    tell(phase)
  }
  assert.ok(Math.abs(last().bytesPerSecond - 1000) < 1e-9)
})

test('an empty file', () => {
  const { tell, last } = start(0, [0])
  tell('sending')
  assert.deepEqual([last().loadedBytes, last().secondsLeft], [0, 0])
})

test('the sum of many: one that failed does not count any more', () => {
  const one = { phase: 'done', loadedBytes: 5, acceptedBytes: 5, totalBytes: 5, bytesPerSecond: 0 }
  const two = { phase: 'sending', loadedBytes: 10, acceptedBytes: 4, totalBytes: 20, bytesPerSecond: 5 }
  assert.deepEqual(total([one, two, undefined, { totalBytes: 5 }]), {
    loadedBytes: 15, acceptedBytes: 9, totalBytes: 30, bytesPerSecond: 5, secondsLeft: 3, doneFiles: 1, failedFiles: 1, totalFiles: 4,
  })
})
