/** One piece to one address: what is handed to `XMLHttpRequest`, here a made-up one, and how its ends are told. */

import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { send } from '../src/send.js'

const TARGET = {
  url: 'https://s3.example:9000/b/k.jpg?X-Amz-Signature=5ec2e7',
  headers: { 'content-type': 'image/jpeg', 'x-amz-acl': 'public-read' },
}
const BODY = new Blob(['abc'])

/** @type {FakeXhr[]} */
let sent = []

class FakeXhr {
  upload = {}
  headers = {}
  status = 0
  responseText = ''
  answerHeaders = ''

  open(...args) {
    this.opened = args
  }

  setRequestHeader(name, value) {
    this.headers[name] = value
  }

  send(body) {
    this.body = body
    sent.push(this)
  }

  /** As the standard has it: an end for who waits for one, and no status. */
  abort() {
    if (this.isOver) return
    this.isAborted = true
    this.answer(0)
  }

  getAllResponseHeaders() {
    return this.answerHeaders
  }

  answer(status, text = '', headers = '') {
    this.isOver = true
    Object.assign(this, { status, responseText: text, answerHeaders: headers })
    this.onloadend()
  }
}

beforeEach(() => {
  sent = []
  globalThis.XMLHttpRequest = FakeXhr
})
afterEach(() => {
  delete globalThis.XMLHttpRequest
  mock.restoreAll()
  mock.timers.reset()
})

const failing = (promise) => promise.then(() => assert.fail('succeeded'), (error) => error)

/** @param {{ target?: any, body?: Blob, onLoaded?: (bytes: number) => void }} [more] */
function start({ target = TARGET, body = BODY, onLoaded = () => {} } = {}) {
  const controller = new AbortController()
  return { controller, answer: send(target, body, controller.signal, onLoaded) }
}

test('puts the bytes with exactly the signed headers', async () => {
  const { answer } = start()
  await null
  sent[0].answer(200)
  assert.equal((await answer).status, 200)
  assert.deepEqual([sent[0].opened, sent[0].headers, sent[0].body], [['PUT', TARGET.url], TARGET.headers, BODY])
})

test('posts a form, with the file last', async () => {
  const { answer } = start({ target: { url: 'https://s3.example/b', fields: { key: 'k', policy: 'p' } } })
  await null
  sent[0].answer(204)
  await answer
  assert.deepEqual(sent[0].opened, ['POST', 'https://s3.example/b'])
  assert.deepEqual([...sent[0].body.keys()], ['key', 'policy', 'file'])
})

test('tells what has left', async () => {
  const loaded = []
  const { answer } = start({ onLoaded: (bytes) => loaded.push(bytes) })
  await null
  for (const bytes of [1, 3]) sent[0].upload.onprogress({ loaded: bytes })
  sent[0].answer(200)
  await answer
  assert.deepEqual(loaded, [1, 3])
})

test('a refusal is an answer, with what was said and how long to wait', async () => {
  const { answer } = start()
  await null
  sent[0].answer(503, '<Error/>', 'content-type: application/xml\r\nRetry-After: 7\r\n')
  assert.deepEqual(await answer, { status: 503, text: '<Error/>', retryAfterMs: 7000 })
})

test('no answer is a network failure that names the address and no secret', async () => {
  const { answer } = start()
  await null
  sent[0].answer(0)
  const error = await failing(answer)
  assert.deepEqual([error.code, error.status], ['network', 0])
  assert.match(error.message, /https:\/\/s3\.example:9000\/b\/k\.jpg$/)
  assert.ok(!`${error.message}${JSON.stringify(error)}`.includes('Signature'))
})

test('aborted: the request ends, and the reason is told', async () => {
  const { controller, answer } = start()
  await null
  controller.abort('because')
  assert.equal(await failing(answer), 'because')
  assert.equal(sent[0].isAborted, true)
})

test('aborted before: nothing is sent', async () => {
  const controller = new AbortController()
  controller.abort('early')
  assert.equal(await failing(send(TARGET, BODY, controller.signal, () => {})), 'early')
  assert.equal(sent.length, 0)
})

test('slow is no failure, standing still is', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const { answer } = start()
  await null
  for (let i = 0; i < 5; i += 1) {
    mock.timers.tick(89_000)
    sent[0].upload.onprogress({ loaded: 1 })
  }
  assert.equal(sent[0].isAborted, undefined)
  mock.timers.tick(90_000)
  assert.equal((await failing(answer)).code, 'network')
  assert.equal(sent[0].isAborted, true)
})

test('without XMLHttpRequest it is fetch', async () => {
  delete globalThis.XMLHttpRequest
  const fetched = mock.method(globalThis, 'fetch', async () => new Response('<Error/>', { status: 403 }))
  const { answer } = start()
  assert.deepEqual(await answer, { status: 403, text: '<Error/>', retryAfterMs: 0 })
  const [url, { method, headers, body }] = fetched.mock.calls[0].arguments
  assert.deepEqual([url, method, headers, body], [TARGET.url, 'PUT', TARGET.headers, BODY])
})
