/** Many files by one queue. */

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { uploadMany } from '../src/dropslip.js'
import { ENDPOINT, HANG, startWorld } from './world.js'

/** @type {ReturnType<typeof startWorld>} */
let world
afterEach(() => world?.end())

const begin = (files, options = {}) => uploadMany(files, { preset: 'p', endpoint: ENDPOINT, memory: null, ...options })
const file = (text, name = 'a.txt') => new File([text], name)
/** The file's turn, by the name in its issue. */
const named = (name) => (request) => request.name === 'POST uploads' && request.body.fileName === name

test('results are in the order of the files, and one that fails does not stop the rest', async () => {
  world = startWorld({ partSize: 2 })
  world.fault((request) => (named('bad')(request) ? world.problem(422, 'too_large') : undefined))
  const totals = []
  const each = new Map()
  const results = await begin([file('one'), file('four', 'bad'), file('fifth')], {
    onProgress: (progress) => totals.push(progress),
    onFile: (index, { phase }) => each.set(index, phase),
  })
  assert.deepEqual(results.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled'])
  assert.deepEqual([results[0].value.size, results[1].reason.code, results[2].value.size], [3, 'too_large', 5])
  const { doneFiles, failedFiles, totalFiles, loadedBytes, totalBytes } = totals.at(-1)
  assert.deepEqual([doneFiles, failedFiles, totalFiles, loadedBytes, totalBytes], [2, 1, 3, 8, 8])
  assert.equal(totals[0].totalBytes, 12)
  assert.deepEqual([each.get(0), each.get(2)], ['done', 'done'])
})

test('no more files at once than connections', async () => {
  world = startWorld()
  let open = 0
  let most = 0
  world.fault(({ name }) => {
    if (name === 'POST uploads') most = Math.max(most, (open += 1))
    if (name.endsWith('/complete')) open -= 1
  })
  const results = await begin(Array.from({ length: 40 }, (_, i) => file(String(i))))
  assert.ok(results.every(({ status }) => status === 'fulfilled'))
  assert.ok(most > 1 && most <= 6, `${most} at once`)
})

test('aborted: what has arrived stays, the rest is aborted', async () => {
  world = startWorld()
  const controller = new AbortController()
  world.fault((request) => (named('last')(request) ? (setImmediate(() => controller.abort()), HANG) : undefined))
  const results = await begin([file('first'), file('2', 'last')], { signal: controller.signal })
  assert.deepEqual(results.map(({ value, reason }) => value?.size ?? reason.code), [5, 'aborted'])
})

test('paused and resumed together', async () => {
  world = startWorld()
  const run = begin([file('one'), file('two')])
  run.pause()
  await new Promise(setImmediate)
  assert.equal(world.seen.length, 0)
  run.resume()
  assert.ok((await run).every(({ status }) => status === 'fulfilled'))
})

test('none', async () => assert.deepEqual(await begin([]), []))

test('a mistake of the caller is thrown', () => assert.throws(() => begin([file('x'), 'y']), TypeError))
