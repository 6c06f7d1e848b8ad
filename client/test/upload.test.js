/** One upload, from its first call to its last, in a world that fails as asked. */

import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { UploadError, upload } from '../src/dropslip.js'
import { ENDPOINT, HANG, noAnswer, s3Error, startWorld } from './world.js'

/** @type {ReturnType<typeof startWorld>} */
let world
afterEach(() => world?.end())

const TEN = 'abcdefghij'
const file = (text = TEN) => new File([text], 'a.txt', { type: 'text/plain', lastModified: 1 })
const begin = (options = {}, blob = file()) => upload(blob, { preset: 'p', endpoint: ENDPOINT, memory: null, ...options })
const failure = (promise) => promise.then(() => assert.fail('it arrived'), (error) => error)
const stored = (id = 'id/1') => String(world.uploads.get(id)?.bytes)
/** A memory that can be looked at. */
const memory = () => {
  const kept = new Map()
  return { kept, getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v), removeItem: (k) => kept.delete(k) }
}

test('one piece: issued, put, completed', async () => {
  world = startWorld()
  assert.deepEqual(await begin({ headers: { authorization: 'Bearer key' }, metadata: { album: 'x' } }), {
    id: 'id/1', bucket: 'bucket', key: 'key-id/1', size: 10, contentType: 'text/plain', etag: 'x',
  })
  assert.deepEqual(world.names(), ['POST uploads', 'PUT whole', 'POST uploads/ID/complete'])
  const [issue, put] = world.seen
  assert.deepEqual(issue.body, { preset: 'p', fileName: 'a.txt', size: 10, contentType: 'text/plain', metadata: { album: 'x' } })
  assert.deepEqual([issue.headers.get('authorization'), put.headers.get('authorization')], ['Bearer key', null])
  assert.equal(stored(), TEN)
})

test('a Blob without a name and a type', async () => {
  world = startWorld()
  await begin({}, new Blob(['x']))
  assert.deepEqual(world.seen[0].body, { preset: 'p', fileName: 'upload', size: 1, contentType: '' })
})

test('headers are asked for before each call', async () => {
  world = startWorld()
  let count = 0
  await begin({ endpoint: `${ENDPOINT}/`, headers: async () => ({ 'x-count': String((count += 1)) }) })
  const counts = world.seen.filter(({ url }) => url.host === 'app.example').map(({ headers }) => headers.get('x-count'))
  assert.deepEqual(counts, ['1', '2'])
})

test('a form, with the file as its last field', async () => {
  world = startWorld({ post: true })
  await begin()
  const { body } = world.seen[1]
  assert.deepEqual([...body.keys()], ['key', 'file'])
  assert.equal(stored(), TEN)
})

test('parts: sent before all are signed, signed in batches, put together', async () => {
  world = startWorld({ partSize: 3 })
  await begin()
  assert.equal(stored(), TEN)
  const names = world.names()
  assert.deepEqual(names.filter((name) => name.startsWith('PUT')).sort(), ['PUT part 1', 'PUT part 2', 'PUT part 3', 'PUT part 4'])
  assert.equal(names.filter((name) => name === 'POST uploads/ID/parts').length, 1)
  assert.equal(names.filter((name) => name.startsWith('GET')).length, 0)
})

test('an empty file', async () => {
  for (const preset of [{}, { partSize: 3 }]) {
    world = startWorld(preset)
    await begin({}, file(''))
    assert.equal(stored(), '')
    assert.equal(world.seen.length, 3)
    world.end()
  }
})

test('a checksum of the whole, of the kind that the service names', async () => {
  world = startWorld({ checksum: 'crc32' })
  await begin({}, file('123456789'))
  assert.deepEqual(world.names().slice(0, 2), ['POST uploads', 'POST uploads'])
  assert.deepEqual(world.seen[1].body.checksum, { algorithm: 'crc32', value: 'y/Q5Jg==' })
})

test('checksums of parts are signed with them, and taken once', async () => {
  world = startWorld({ checksum: 'crc32', partSize: 9 })
  world.fail('PUT part 1', s3Error(403, 'AccessDenied'))
  await begin({}, file('1234567891'))
  assert.equal(world.uploads.get('id/1')?.sums.get(1), 'y/Q5Jg==')
  assert.equal(stored(), '1234567891')
})

for (const [name, ...ways] of [
  ['no answer', noAnswer, noAnswer], ['503', s3Error(503, 'SlowDown')], ['500', s3Error(500, 'InternalError')],
  ['slow bytes', s3Error(400, 'RequestTimeout')], ['an answer that breaks off', () => new Response(broken())],
]) {
  test(`sent again after ${name}`, async () => {
    for (const preset of [{}, { partSize: 4 }]) {
      world = startWorld(preset)
      world.fail(preset.partSize ? 'PUT part 2' : 'PUT whole', ...ways)
      await begin()
      assert.equal(stored(), TEN)
      world.end()
    }
  })
}

function broken() {
  return new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) })
}

test('calls to the service are made again', async () => {
  world = startWorld({ partSize: 2 })
  world.fail('POST uploads', noAnswer, () => world.problem(503, 'storage_unreachable'))
  world.fail('POST uploads/ID/parts', noAnswer)
  world.fail('POST uploads/ID/complete', () => new Response('<html>', { status: 502 }))
  await begin()
  assert.equal(stored(), TEN)
})

test('an upload that never began is given up after five attempts', async () => {
  world = startWorld()
  world.fault(noAnswer)
  const error = await failure(begin())
  assert.ok(error instanceof UploadError)
  assert.deepEqual([error.code, error.status, world.seen.length], ['network', 0, 5])
  assert.match(error.hint, /network.*CORS/)
  assert.ok(error.cause instanceof TypeError)
})

test('an upload under way is not given up after five', async () => {
  world = startWorld({ partSize: 5 })
  world.fail('PUT part 2', ...Array(12).fill(noAnswer))
  await begin()
  assert.equal(stored(), TEN)
})

for (const [status, code, shown] of [[422, 'too_large', 'too_large'], [404, undefined, 'bad_answer'], [200, undefined, 'bad_answer']]) {
  test(`not made again: ${status} ${code}`, async () => {
    world = startWorld()
    world.fail('POST uploads', () => (code ? world.problem(status, code, { limit: 7 }) : new Response('<html>', { status })))
    const error = await failure(begin())
    assert.deepEqual([error.code, error.status, world.seen.length], [shown, status, 1])
    assert.ok(error.hint)
    assert.equal(error.limit, code && 7)
  })
}

test('a refused address is signed again once, and the part sent with the new one', async () => {
  world = startWorld({ partSize: 4 })
  world.fault(({ url }) => (url.searchParams.get('signed') === '1' ? s3Error(403, 'AccessDenied')() : undefined))
  await begin()
  assert.equal(stored(), TEN)
  world.end()
  world = startWorld()
  world.fail('PUT whole', s3Error(403, 'AccessDenied'))
  await begin()
  assert.deepEqual(world.names(), ['POST uploads', 'PUT whole', 'POST uploads/ID/parts', 'PUT whole', 'POST uploads/ID/complete'])
})

test('once an address has ended, no part is sent to another that was signed before', async () => {
  world = startWorld({ partSize: 1 })
  const refused = []
  world.fault(({ url, name }) => {
    // The answer to the first call, and the first batch.
    if (!(Number(url.searchParams.get('signed') ?? 3) <= 2)) return undefined
    refused.push(name)
    return s3Error(403, 'AccessDenied')()
  })
  await begin()
  assert.equal(stored(), TEN)
  assert.ok(refused.length > 0 && refused.length <= 6, `under way when the first was refused: ${refused}`)
})

test('what the storage refuses with a new address too is told, with what the service makes of it', async () => {
  world = startWorld()
  const no = s3Error(403, 'SignatureDoesNotMatch')
  world.fail('PUT whole', no, no)
  const error = await failure(begin())
  const { code, status, storageCode, hint, message, text } = error
  assert.deepEqual([code, status, storageCode, hint], ['storage_refused', 403, 'SignatureDoesNotMatch', 'a hint'])
  assert.match(message, /SignatureDoesNotMatch/)
  assert.match(text, /<Code>/)
  const question = world.seen.find(({ url }) => url.pathname === '/v1/diagnose')?.body
  assert.deepEqual([question.id, question.status, question.answer], ['id/1', 403, text])
  assert.equal(world.uploads.get('id/1')?.state, 'aborted')
  assert.ok(!JSON.stringify(error).includes('X-Amz-Signature'))
})

test('an address that ends in the middle is not used any more', async () => {
  world = startWorld({ partSize: 1, expiresIn: 0 })
  const error = await failure(begin())
  assert.equal(error.code, 'bad_answer', 'the service signs nothing that can be used')
})

test('a failure that the browser does not explain is put to the service; what will not pass ends it', async () => {
  world = startWorld({ partSize: 4 })
  world.fault(({ name }) => (name.startsWith('PUT') ? noAnswer() : undefined))
  const verdict = { code: 'cors_origin', detail: 'the bucket allows no page', hint: 'add a rule', retry: false }
  world.fail('POST diagnose', ...Array(3).fill(() => world.json(verdict)))
  const error = await failure(begin())
  assert.deepEqual([error.code, error.message, error.hint], ['cors_origin', 'the bucket allows no page', 'add a rule'])
  assert.equal(error.cause.code, 'network')
  const { status } = world.seen.find(({ url }) => url.pathname === '/v1/diagnose')?.body ?? {}
  assert.equal(status, 0)
})

test('once a part has arrived from here, it is the line and nobody is asked', async () => {
  world = startWorld({ partSize: 4 })
  let arrived
  const first = new Promise((resolve) => (arrived = resolve))
  let failures = 3
  world.fault(async ({ name }) => {
    if (name === 'PUT part 3') await first
    if (name === 'PUT part 3' && failures-- > 0) noAnswer()
  })
  await begin({ onProgress: ({ acceptedBytes }) => acceptedBytes >= 8 && arrived() })
  assert.ok(!world.names().includes('POST diagnose'))
})

test('a put whose answer was lost is not sent again where a key takes one object', async () => {
  world = startWorld()
  let puts = 0
  world.fault(async ({ name, body }) => {
    if (name !== 'PUT whole') return
    puts += 1
    if (puts > 1) return s3Error(412, 'PreconditionFailed')()
    Object.assign(world.uploads.get('id/1'), { whole: Buffer.from(await body.arrayBuffer()), state: 'stored' })
    noAnswer()
  })
  await begin()
  assert.deepEqual([stored(), puts], [TEN, 2])
})

test('parts that the storage has lost are sent again', async () => {
  world = startWorld({ partSize: 4 })
  world.fail('POST uploads/ID/complete', () => {
    world.uploads.get('id/1')?.parts.delete(2)
  })
  await begin()
  assert.equal(stored(), TEN)
  assert.equal(world.names().filter((name) => name === 'PUT part 2').length, 2)
  assert.equal(world.names().filter((name) => name === 'PUT part 1').length, 1)
})

test('an upload that the storage does not know any more is issued anew', async () => {
  world = startWorld({ partSize: 4 })
  world.fail('PUT part 2', s3Error(404, 'NoSuchUpload'))
  const { id } = await begin()
  assert.deepEqual([id, stored('id/2')], ['id/2', TEN])
})

test('the same file goes on where it was, by what the service lists', async () => {
  world = startWorld({ partSize: 4 })
  const kept = memory()
  const controller = new AbortController()
  world.fault(({ name }) => name === 'PUT part 3' && HANG)
  // The page that is left: nothing of it goes on.
  const left = () => new File([TEN], 'left.txt', { lastModified: 2 })
  void begin({ memory: kept, onProgress: ({ acceptedBytes }) => acceptedBytes >= 8 && controller.abort() }, left())
  await new Promise((resolve) => controller.signal.addEventListener('abort', resolve))
  const [name, id] = [...kept.kept][0] ?? []
  assert.equal(id, 'id/1')
  const { uploads } = world
  world.end()

  world = startWorld({ partSize: 4 })
  for (const [key, value] of uploads) world.uploads.set(key, value)
  // Another page has no claims.
  const { upload: uploadThere } = await import(`../src/flow.js?page=2`)
  const seen = []
  const done = await uploadThere(left(), {
    preset: 'p', endpoint: ENDPOINT, memory: kept, onProgress: ({ acceptedBytes }) => seen.push(acceptedBytes),
  })
  assert.equal(done.id, 'id/1')
  assert.deepEqual(world.names(), ['GET uploads/ID', 'POST uploads/ID/parts', 'PUT part 3', 'POST uploads/ID/complete'])
  assert.equal(stored(), TEN)
  assert.ok(seen.includes(8) && !kept.kept.has(name))
})

for (const state of ['completed', 'stored', 'refused', 'aborted', 'gone']) {
  test(`what was begun earlier is ${state}`, async () => {
    world = startWorld({ partSize: 4 })
    const kept = memory()
    kept.getItem = () => 'id/old'
    const old = { size: 10, parts: new Map([[1, Buffer.from(TEN)]]), state, sums: new Map() }
    if (state !== 'gone') world.uploads.set('id/old', old)
    const { id } = await begin({ memory: kept })
    const goesOn = state === 'completed' || state === 'stored'
    assert.equal(id === 'id/old', goesOn)
    assert.equal(world.names().some((name) => name.startsWith('PUT')), !goesOn)
  })
}

test('a memory that fails is no failure of the upload', async () => {
  const broken = () => {
    throw new Error('quota')
  }
  for (const memory of [{ getItem: broken, setItem: broken, removeItem: broken }, undefined]) {
    world = startWorld({ partSize: 4 })
    await begin({ memory })
    assert.equal(stored(), TEN)
    world.end()
  }
})

test('the same file twice at once is two uploads', async () => {
  world = startWorld({ partSize: 4 })
  const kept = memory()
  const [one, two] = await Promise.all([begin({ memory: kept }), begin({ memory: kept })])
  assert.notEqual(one.id, two.id)
})

test('aborted: at once, with its reason, and taken back', async () => {
  world = startWorld({ partSize: 4 })
  const kept = memory()
  const controller = new AbortController()
  world.fault(({ name }) => name === 'PUT part 2' && controller.abort('because') && undefined)
  const error = await failure(begin({ signal: controller.signal, memory: kept }))
  assert.deepEqual([error.code, error.cause], ['aborted', 'because'])
  await new Promise(setImmediate)
  assert.equal(world.uploads.get('id/1')?.state, 'aborted')
  assert.equal(kept.kept.size, 0)
})

test('aborted before it began: nothing is asked', async () => {
  world = startWorld()
  const error = await failure(begin({ signal: AbortSignal.abort() }))
  assert.deepEqual([error.code, world.seen.length], ['aborted', 0])
})

test('paused: nothing travels; resumed: what has arrived is not sent again', async () => {
  world = startWorld({ partSize: 4 })
  world.fail('PUT part 3', () => HANG)
  let asked = 0
  const onProgress = ({ phase, acceptedBytes }) => {
    if (acceptedBytes === 8 && phase === 'sending' && !asked) run.pause()
    if (phase !== 'paused') return
    asked = world.seen.length
    setImmediate(() => {
      assert.equal(world.seen.length, asked)
      run.resume()
    })
  }
  const run = begin({ onProgress })
  await run
  assert.ok(asked > 0)
  assert.equal(stored(), TEN)
  for (const n of [1, 2]) assert.equal(world.names().filter((name) => name === `PUT part ${n}`).length, 1)
})

test('paused before it began, then aborted', async () => {
  world = startWorld()
  const controller = new AbortController()
  const run = begin({ signal: controller.signal })
  run.pause()
  setImmediate(() => controller.abort())
  assert.equal((await failure(run)).code, 'aborted')
})

test('a file that can no longer be read', async () => {
  world = startWorld({ partSize: 10 })
  const gone = (/** @type {() => any} */ arrayBuffer) => {
    const blob = file()
    blob.slice = () => ({ size: 10, slice: () => ({ arrayBuffer }) })
    return blob
  }
  for (const [name, read] of Object.entries({
    NotReadableError: () => Promise.reject(new DOMException('gone', 'NotReadableError')),
    AbortError: () => Promise.reject(new DOMException('Firefox', 'AbortError')),
  })) {
    const error = await failure(begin({}, gone(read)))
    assert.deepEqual([error.code, error.cause.name], ['file_unreadable', name])
    assert.match(error.hint, /Choose it again/)
  }
  assert.equal((await failure(begin({}, gone(async () => new ArrayBuffer(0))))).code, 'file_unreadable', 'shorter')
  assert.ok(!world.names().includes('PUT part 1'))
})

test('after a failure the bytes come from memory', async () => {
  world = startWorld({ partSize: 4 })
  const bodies = []
  world.fault(({ name, body }) => { if (name === 'PUT part 1') bodies.push(body) })
  world.fail('PUT part 1', noAnswer)
  const given = file()
  const slices = new Set()
  const { slice } = given
  given.slice = (...range) => {
    const part = slice.apply(given, range)
    slices.add(part)
    return part
  }
  await begin({}, given)
  assert.deepEqual(bodies.map((body) => slices.has(body)), [true, false])
})

test('progress never stands at the end before the end, and falls only with a cause', async () => {
  world = startWorld({ partSize: 2 })
  world.fail('PUT part 4', s3Error(503, 'SlowDown'))
  /** @type {import('../src/types.d.ts').Progress[]} */
  const told = []
  await begin({ onProgress: (progress) => told.push(progress) })
  let before = 0
  for (const { loadedBytes, acceptedBytes, totalBytes, phase, cause } of told) {
    assert.equal(loadedBytes === totalBytes, phase === 'done')
    assert.ok(acceptedBytes <= totalBytes && (loadedBytes >= before || cause), `${before} ${loadedBytes}`)
    before = loadedBytes
  }
  assert.deepEqual([told.at(0)?.phase, told.at(-1)?.phase, told.at(-1)?.cause], ['preparing', 'done', undefined])
  assert.ok(told.some(({ cause }) => cause?.storageCode === 'SlowDown'))
})

test('a callback that throws stops nothing', async () => {
  world = startWorld()
  const thrown = []
  const queued = mock.method(globalThis, 'queueMicrotask', (task) => {
    try {
      task()
    } catch (error) {
      thrown.push(error.message)
    }
  })
  await begin({ onProgress: () => { throw new Error('mine') } })
  queued.mock.restore()
  assert.ok(thrown.length > 0 && thrown.every((message) => message === 'mine'))
})

for (const [what, blob, options] of [
  ['no file', undefined, { preset: 'p' }], ['a text', 'a.txt', { preset: 'p' }], ['no options', file(), undefined],
  ['no preset', file(), {}],
]) {
  test(`a mistake of the caller: ${what}`, () => assert.throws(() => upload(blob, options), TypeError))
}
