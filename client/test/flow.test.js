/** The way of one upload in a made-up world: each failure at each step. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UploadError } from '../src/error.js'
import { uploadWith } from '../src/flow.js'

const ISSUED = {
  id: 'id1', bucket: 'uploads', key: 'photos/1.jpg',
  put: { url: 'https://s3.example/uploads/photos/1.jpg?X-Amz-Signature=5ec2e7', headers: { 'content-type': 'image/jpeg' } },
}
const COMPLETED = { key: 'photos/1.jpg', size: 10, contentType: 'image/jpeg', etag: '"e"' }
const FILE = new File([new Uint8Array(10)], 'cat.jpg', { type: 'image/jpeg' })

const network = () => new UploadError('network', 'no answer')
const status = (number, code = 'internal') => new UploadError(code, 'refused', { status: number })

/**
 * A world whose calls take their outcomes from lists: an error to throw, a function to run, or nothing to succeed.
 */
function world(outcomes = {}) {
  const log = []
  const next = (call) => {
    const outcome = outcomes[call]?.shift()
    if (typeof outcome === 'function') return outcome()
    if (outcome) throw outcome
  }
  let ms = 0
  return {
    log,
    connect: (endpoint, headers) => {
      log.push(`connect ${endpoint}`)
      return {
        async issue(wish) {
          log.push(`issue ${JSON.stringify(wish)}`)
          return (await next('issue')) ?? ISSUED
        },
        async complete(id) {
          log.push(`complete ${id}`)
          return (await next('complete')) ?? COMPLETED
        },
        async abort(id) {
          log.push(`abort ${id}${headers.get('authorization') ? ' with key' : ''}`)
        },
      }
    },
    async send({ put, body, signal, onLoaded }) {
      log.push(`send ${body.size} to ${new URL(put.url).pathname} ${JSON.stringify(put.headers)}`)
      onLoaded(4)
      if (signal?.aborted) throw new UploadError('aborted', 'aborted')
      await next('send')
    },
    async wait(delayMs, signal) {
      log.push(`wait ${delayMs}`)
      await next('wait')
      if (signal?.aborted) throw new UploadError('aborted', 'aborted')
    },
    nowMs: () => (ms += 100),
    random: () => 0.5,
  }
}
const calls = ({ log }) => log.map((line) => line.split(' ')[0]).join(' ')
const run = (w, options = {}, file = FILE) => uploadWith(w)(file, { preset: 'photo', ...options })
const failing = (promise) => promise.then(() => assert.fail('succeeded'), (error) => error)

test('issue, send, complete', async () => {
  const w = world()
  assert.deepEqual(await run(w), { id: 'id1', bucket: 'uploads', ...COMPLETED })
  assert.deepEqual(w.log, [
    'connect /v1/uploads',
    'issue {"preset":"photo","fileName":"cat.jpg","size":10,"contentType":"image/jpeg"}',
    'send 10 to /uploads/photos/1.jpg {"content-type":"image/jpeg"}',
    'complete id1',
  ])
})

for (const [name, file, options, expect] of [
  ['a Blob gets a name', new Blob(['x']), {}, '{"preset":"photo","fileName":"upload","size":1}'],
  ['a File without a name gets one', new File(['x'], ''), {}, '{"preset":"photo","fileName":"upload","size":1}'],
  ['a given name wins', FILE, { fileName: 'dog.png' }, '{"preset":"photo","fileName":"dog.png","size":10,"contentType":"image/jpeg"}'],
  ['a hostile name is passed on as it is', new File([], '../../é "x".jpg'), {}, '{"preset":"photo","fileName":"../../é \\"x\\".jpg","size":0}'],
]) {
  test(name, async () => {
    const w = world()
    await run(w, options, file)
    assert.equal(w.log[1], `issue ${expect}`)
  })
}

for (const [endpoint, expect] of [
  ['/up/', '/up'], ['https://a.example/v1/uploads', 'https://a.example/v1/uploads'],
  [new URL('https://a.example/t/1/'), 'https://a.example/t/1'],
]) {
  test(`endpoint ${endpoint}`, async () => {
    const w = world()
    await run(w, { endpoint })
    assert.equal(w.log[0], `connect ${expect}`)
  })
}

for (const [name, args] of [
  ['no file', [undefined, { preset: 'photo' }]],
  ['a name for a file', ['cat.jpg', { preset: 'photo' }]],
  ['a list of files', [[FILE], { preset: 'photo' }]],
  ['something that looks like a file', [{ name: 'cat.jpg', size: 1, type: '' }, { preset: 'photo' }]],
  ['no options', [FILE]],
  ['null for options', [FILE, null]],
  ['no preset', [FILE, {}]],
  ['an empty preset', [FILE, { preset: '' }]],
  ['a number for a preset', [FILE, { preset: 1 }]],
  ['an empty endpoint', [FILE, { preset: 'photo', endpoint: '' }]],
  ['null for an endpoint', [FILE, { preset: 'photo', endpoint: null }]],
  ['a text for onProgress', [FILE, { preset: 'photo', onProgress: 'log' }]],
  ['the controller for its signal', [FILE, { preset: 'photo', signal: new AbortController() }]],
  ['null for the signal', [FILE, { preset: 'photo', signal: null }]],
  ['an empty name', [FILE, { preset: 'photo', fileName: '' }]],
  ['a header that cannot be one', [FILE, { preset: 'photo', headers: { 'a b': 'c' } }]],
]) {
  test(`a TypeError and no call: ${name}`, async () => {
    const w = world()
    assert.ok((await failing(uploadWith(w)(...args))) instanceof TypeError)
    assert.deepEqual(w.log, [])
  })
}

for (const call of ['issue', 'send', 'complete']) {
  for (const failure of [network(), status(408), status(429), status(500), status(503)]) {
    test(`${call} is tried again after ${failure.status} ${failure.code}`, async () => {
      const w = world({ [call]: [failure, failure] })
      await run(w)
      const expect = 'connect issue send complete'.replace(call, `${call} wait ${call} wait ${call}`)
      assert.equal(calls(w), expect)
      assert.deepEqual(w.log.filter((line) => line.startsWith('wait')), ['wait 250', 'wait 500'])
    })
  }

  test(`${call} gives up after five attempts with the last failure`, async () => {
    const failures = [network(), network(), network(), network(), status(503)]
    const w = world({ [call]: [...failures] })
    assert.equal(await failing(run(w)), failures[4])
    assert.equal(w.log.filter((line) => line.startsWith(`${call} `)).length, 5)
  })

  for (const failure of [status(401, 'unauthorized'), status(403, 'storage_refused'), status(422, 'too_large'), status(200, 'bad_answer'), new RangeError('a fault')]) {
    test(`${call} is not tried again after ${failure.code ?? failure.name}`, async () => {
      const w = world({ [call]: [failure] })
      assert.equal(await failing(run(w)), failure)
      assert.equal(w.log.filter((line) => line.startsWith(`${call} `)).length, 1)
    })
  }
}

test('what complete refuses is passed on and not taken back', async () => {
  const w = world({ complete: [status(409, 'not_uploaded')] })
  assert.equal((await failing(run(w))).code, 'not_uploaded')
  assert.equal(calls(w), 'connect issue send complete')
})

test('bytes that may have arrived are taken back when sending fails', async () => {
  const w = world({ send: Array.from({ length: 5 }, network) })
  await failing(run(w))
  assert.equal(w.log.at(-1), 'abort id1')
})

test('an issue that fails leaves nothing to take back', async () => {
  const w = world({ issue: [status(422, 'too_large')] })
  await failing(run(w))
  assert.equal(calls(w), 'connect issue')
})

test('aborted before it begins: no call at all', async () => {
  const w = world()
  const error = await failing(run(w, { signal: AbortSignal.abort('closed') }))
  assert.deepEqual([error.code, error.cause, w.log], ['aborted', 'closed', []])
})

for (const [call, expect] of [
  ['issue', 'connect issue'],
  ['send', 'connect issue send abort'],
  ['complete', 'connect issue send complete abort'],
]) {
  test(`aborted during ${call}`, async () => {
    const controller = new AbortController()
    const w = world({
      [call]: [() => {
        controller.abort('closed')
        throw new UploadError('aborted', 'aborted')
      }],
    })
    const error = await failing(run(w, { signal: controller.signal }))
    assert.deepEqual([error.code, error.cause], ['aborted', 'closed'])
    assert.equal(calls(w), expect)
  })

  test(`aborted while waiting to try ${call} again`, async () => {
    const controller = new AbortController()
    const w = world({ [call]: [network()], wait: [() => controller.abort()] })
    const error = await failing(run(w, { signal: controller.signal }))
    assert.equal(error.code, 'aborted')
    assert.equal(calls(w), expect.replace(call, `${call} wait`))
  })
}

test('a failure that coincides with the abort is told as the abort', async () => {
  const controller = new AbortController()
  const w = world({ send: [() => { controller.abort(); throw network() }] })
  assert.equal((await failing(run(w, { signal: controller.signal }))).code, 'aborted')
})

test('aborting after the end changes nothing', async () => {
  const controller = new AbortController()
  const w = world()
  await run(w, { signal: controller.signal })
  controller.abort()
  await new Promise(setImmediate)
  assert.equal(calls(w), 'connect issue send complete')
})

test('the key goes along when an upload is taken back', async () => {
  const w = world({ send: [status(403, 'storage_refused')] })
  await failing(run(w, { headers: { authorization: 'Bearer k' } }))
  assert.equal(w.log.at(-1), 'abort id1 with key')
})

test('progress: 0 at each attempt, what is loaded, the whole at the end', async () => {
  const seen = []
  await run(world({ send: [network()] }), { onProgress: (p) => seen.push([p.attempt, p.loadedBytes, p.totalBytes]) })
  assert.deepEqual(seen, [[1, 0, 10], [1, 4, 10], [2, 0, 10], [2, 4, 10], [2, 10, 10]])
})

test('no progress after an abort', async () => {
  const controller = new AbortController()
  const seen = []
  const onProgress = (p) => {
    seen.push(p.loadedBytes)
    controller.abort()
  }
  await failing(run(world(), { signal: controller.signal, onProgress }))
  assert.deepEqual(seen, [0])
})

test('a fault in onProgress does not stop the bytes, and is not hidden', async (t) => {
  const later = []
  t.mock.method(globalThis, 'queueMicrotask', (job) => later.push(job))
  const onProgress = () => {
    throw new Error('a fault of the caller')
  }
  assert.equal((await run(world(), { onProgress })).id, 'id1')
  assert.equal(later.length, 3)
  assert.throws(later[0], /a fault of the caller/)
})
