/** Rate and time left, over given times. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, reading, startMeter } from '../src/progress.js'

/** The readings after each `[atMs, loadedBytes]`. */
const run = (totalBytes, reports, attempt = 1) => {
  let meter = startMeter(totalBytes, attempt, 0)
  return reports.map(([atMs, loadedBytes]) => {
    meter = advance(meter, loadedBytes, atMs)
    return reading(meter)
  })
}
const last = (totalBytes, reports) => run(totalBytes, reports).at(-1)

test('nothing is known at the start', () => {
  assert.deepEqual(reading(startMeter(1000, 2, 0)), {
    loadedBytes: 0, totalBytes: 1000, bytesPerSecond: 0, secondsLeft: null, attempt: 2,
  })
})

test('the first burst gives the rate', () => {
  assert.deepEqual(last(1000, [[1000, 200]]), {
    loadedBytes: 200, totalBytes: 1000, bytesPerSecond: 200, secondsLeft: 4, attempt: 1,
  })
})

test('a steady rate stays', () => {
  const { bytesPerSecond } = last(1e6, Array.from({ length: 50 }, (_, i) => [(i + 1) * 100, (i + 1) * 1000]))
  assert.ok(Math.abs(bytesPerSecond - 10_000) < 1, bytesPerSecond)
})

test('a new rate is taken over within seconds, without a jump', () => {
  const reports = Array.from({ length: 100 }, (_, i) => {
    const s = (i + 1) / 10
    return [s * 1000, s <= 5 ? s * 1000 : 5000 + (s - 5) * 3000]
  })
  const rates = run(1e6, reports).map((r) => r.bytesPerSecond)
  assert.ok(rates[50] < 1200, `jumped to ${rates[50]}`)
  assert.ok(rates[99] > 2700, `still at ${rates[99]}`)
})

test('how often is told makes no difference', () => {
  const at = (stepMs) => {
    const reports = [[1000, 1000]]
    for (let ms = 1000 + stepMs; ms <= 5000; ms += stepMs) reports.push([ms, 1000 + (ms - 1000) * 2])
    return last(1e6, reports).bytesPerSecond
  }
  assert.ok(Math.abs(at(100) - at(1000)) < 1, `${at(100)} and ${at(1000)}`)
})

test('a stall lowers the rate and lengthens the rest', () => {
  const [before, after] = run(10_000, [[1000, 1000], [4000, 1000]])
  assert.ok(after.bytesPerSecond < before.bytesPerSecond)
  assert.ok(after.secondsLeft > before.secondsLeft)
})

test('reports of one instant give no wild rate', () => {
  assert.equal(last(1e9, [[0, 5e8]]).bytesPerSecond, 0)
  assert.equal(last(1e9, [[1, 5e8]]).bytesPerSecond, 0)
  assert.equal(last(1e9, [[1000, 1000], [1001, 5e8]]).bytesPerSecond, 1000)
})

test('done means no time left, at any rate', () => {
  assert.equal(last(100, [[0, 100]]).secondsLeft, 0)
  assert.equal(last(0, [[0, 0]]).secondsLeft, 0)
})

for (const [name, reports, expect] of [
  ['never backwards', [[100, 500], [200, 300]], 500],
  ['never negative', [[100, -5]], 0],
  ['never past the end', [[100, 2000]], 1000],
  ['not thrown by a clock that goes back', [[100, 400], [50, 500]], 500],
  ['not thrown by a missing time', [[Number.NaN, 500]], 500],
]) {
  test(name, () => {
    const { loadedBytes, bytesPerSecond } = last(1000, reports)
    assert.equal(loadedBytes, expect)
    assert.ok(bytesPerSecond >= 0 && Number.isFinite(bytesPerSecond))
  })
}
