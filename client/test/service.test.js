/** What is asked of the service, and how its answers, and those of others, are read. `fetch` is made up. */

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { connect } from '../src/service.js'

const realFetch = globalThis.fetch
afterEach(() => (globalThis.fetch = realFetch))

/** Answers each call with the same; collects the calls. */
function answering(status, body, headers = {}) {
  const calls = []
  globalThis.fetch = async (address, init) => {
    calls.push({ address, ...init, headers: Object.fromEntries(init.headers) })
    return new Response(typeof body === 'string' || body === null ? body : JSON.stringify(body), { status, headers })
  }
  return calls
}
const service = (headers = {}) => connect('/v1/uploads', new Headers(headers))
const failing = (promise) => promise.then(() => assert.fail('succeeded'), (error) => error)

const WISH = { preset: 'photo', fileName: 'é.jpg', contentType: 'image/jpeg', size: 3 }
const PUT = { url: 'https://s3.example/b/k?X-Amz-Signature=5ec2e7', headers: { 'content-type': 'image/jpeg' } }
const ISSUED = { id: 'id1', bucket: 'b', key: 'k', expiresAt: '2026-11-21T10:00:00Z', contentType: 'image/jpeg', put: PUT }
const COMPLETED = { key: 'k', size: 3, contentType: 'image/jpeg', etag: '"e"' }

test('issue', async () => {
  const calls = answering(201, ISSUED)
  assert.deepEqual(await service({ authorization: 'Bearer k' }).issue(WISH), { id: 'id1', bucket: 'b', key: 'k', put: PUT })
  const [{ address, method, headers, body }] = calls
  assert.deepEqual([address, method, headers['content-type'], headers.authorization], [
    '/v1/uploads', 'POST', 'application/json', 'Bearer k',
  ])
  assert.deepEqual(JSON.parse(body), WISH)
})

test('complete, private and public', async () => {
  const calls = answering(200, COMPLETED)
  assert.deepEqual(await service().complete('a/b?c'), COMPLETED)
  assert.equal(calls[0].address, '/v1/uploads/a%2Fb%3Fc/complete')
  answering(200, { ...COMPLETED, url: 'https://s3.example/b/k' })
  assert.equal((await service().complete('id1')).url, 'https://s3.example/b/k')
})

for (const url of ['javascript:alert(1)', 'data:text/html,x', '', 7, null]) {
  test(`a public address that is none is left out: ${url}`, async () => {
    answering(200, { ...COMPLETED, url })
    assert.deepEqual(await service().complete('id1'), COMPLETED)
  })
}

test('abort outlives the page and never rejects', async () => {
  const [calls] = [answering(500, 'x')]
  await service({ authorization: 'Bearer k' }).abort('id1')
  assert.deepEqual([calls[0].method, calls[0].address, calls[0].keepalive, calls[0].headers.authorization], [
    'DELETE', '/v1/uploads/id1', true, 'Bearer k',
  ])
  globalThis.fetch = () => Promise.reject(new TypeError('failed to fetch'))
  await service().abort('id1')
})

for (const [status, problem] of [
  [422, { code: 'too_large', title: 'Too large', detail: 'the file has 9 bytes, `photo` takes 5', hint: 'Choose a smaller one.' }],
  [401, { code: 'unauthorized', title: 'An API key is needed', hint: 'Send it.' }],
  [502, { code: 'storage_unreachable', detail: 'no answer' }],
  [400, { code: 'to_come' }],
]) {
  test(`problem ${problem.code}`, async () => {
    answering(status, problem, { 'x-request-id': 'r1', 'retry-after': '2' })
    const { code, message, hint, requestId, retryAfterMs, ...rest } = await failing(service().issue(WISH))
    assert.deepEqual({ code, status: rest.status, message, hint, requestId, retryAfterMs }, {
      code: problem.code, status, message: problem.detail ?? problem.title ?? problem.code,
      hint: problem.hint ?? '', requestId: 'r1', retryAfterMs: 2000,
    })
  })
}

for (const [name, status, body] of [
  ["a proxy's page", 502, '<html>Bad gateway</html>'],
  ['nothing', 404, ''],
  ['JSON that is no problem', 403, { error: 'no' }],
  ['a code that is no text', 403, { code: 7 }],
  ['a list', 500, []],
  ['null', 500, 'null'],
]) {
  test(`a refusal of something else: ${name}`, async () => {
    answering(status, body)
    const error = await failing(service().issue(WISH))
    assert.deepEqual([error.code, error.status], ['bad_answer', status])
    assert.match(error.hint, /endpoint/)
  })
}

for (const [name, body] of [
  ['no JSON', '<html>'], ['nothing', ''], ['null', 'null'], ['a list', []], ['no id', { ...ISSUED, id: undefined }],
  ['an empty id', { ...ISSUED, id: '' }], ['a number for the key', { ...ISSUED, key: 7 }],
  ['no bucket', { ...ISSUED, bucket: undefined }], ['another mode', { ...ISSUED, put: undefined, post: {} }],
  ['no address', { ...ISSUED, put: { headers: {} } }],
  ['an address of another kind', { ...ISSUED, put: { ...PUT, url: 'file:///etc/passwd' } }],
  ['an address without a host', { ...ISSUED, put: { ...PUT, url: '/b/k' } }],
  ['a broken address', { ...ISSUED, put: { ...PUT, url: 'http://[' } }],
  ['no headers', { ...ISSUED, put: { url: PUT.url } }],
  ['a header that is no text', { ...ISSUED, put: { ...PUT, headers: { a: 1 } } }],
]) {
  test(`issued, but ${name}`, async () => {
    answering(201, body)
    const error = await failing(service().issue(WISH))
    assert.equal(error.code, 'bad_answer')
    assert.doesNotMatch(`${error.message} ${error.hint}`, /5ec2e7/)
  })
}

for (const field of Object.keys(COMPLETED)) {
  test(`completed without ${field}`, async () => {
    answering(200, { ...COMPLETED, [field]: undefined })
    assert.equal((await failing(service().complete('id1'))).code, 'bad_answer')
  })
}

test('a network fault', async () => {
  const cause = new TypeError('failed to fetch')
  globalThis.fetch = () => Promise.reject(cause)
  const error = await failing(service().issue(WISH))
  assert.deepEqual([error.code, error.status, error.cause], ['network', 0, cause])
  assert.match(error.hint, /running/)
})

test('a body that breaks off is a network fault', async () => {
  globalThis.fetch = async () => new Response(new ReadableStream({ start: (c) => c.error(new Error('reset')) }))
  assert.equal((await failing(service().issue(WISH))).code, 'network')
})

test('an abort during a call', async () => {
  const controller = new AbortController()
  globalThis.fetch = (_, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const issue = failing(service().issue(WISH, controller.signal))
  controller.abort('closed')
  const error = await issue
  assert.deepEqual([error.code, error.cause], ['aborted', 'closed'])
})
