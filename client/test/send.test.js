/** One PUT: what is handed to `XMLHttpRequest`, here a made-up one, and how its ends are told. */

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { parseS3Error, send } from '../src/send.js'

const PUT = {
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

  abort() {
    this.onabort()
  }

  getAllResponseHeaders() {
    return this.answerHeaders
  }

  answer(status, text = '', headers = '') {
    Object.assign(this, { status, responseText: text, answerHeaders: headers })
    this.onload()
  }
}

beforeEach(() => {
  sent = []
  globalThis.XMLHttpRequest = FakeXhr
})
afterEach(() => delete globalThis.XMLHttpRequest)

const start = (more = {}) => send({ put: PUT, body: BODY, signal: undefined, onLoaded: () => {}, ...more })
const failing = (promise) => promise.then(() => assert.fail('succeeded'), (error) => error)
const s3Error = (code, message) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>1</RequestId></Error>`

test('puts the bytes with exactly the signed headers', async () => {
  const promise = start()
  sent[0].answer(200)
  await promise
  assert.deepEqual([sent[0].opened, sent[0].headers, sent[0].body], [['PUT', PUT.url], PUT.headers, BODY])
})

for (const status of [200, 201, 204]) {
  test(`${status} is a success`, async () => {
    const promise = start()
    sent[0].answer(status)
    await promise
  })
}

test('reports what has left', async () => {
  const loaded = []
  const promise = start({ onLoaded: (bytes) => loaded.push(bytes) })
  sent[0].upload.onprogress({ loaded: 1 })
  sent[0].upload.onprogress({ loaded: 3 })
  sent[0].answer(200)
  await promise
  assert.deepEqual(loaded, [1, 3])
})

for (const [name, status, xml, code, says, hint] of [
  ['a mismatch', 403, s3Error('SignatureDoesNotMatch', 'They differ.'), 'SignatureDoesNotMatch', /SignatureDoesNotMatch: They differ\)/, /secret key/],
  ['an expired address', 403, s3Error('AccessDenied', 'Request has expired'), 'AccessDenied', /expired/, /again/],
  ['no right', 403, s3Error('AccessDenied', 'Access Denied'), 'AccessDenied', /AccessDenied/, /policy/],
  ['no bucket', 404, s3Error('NoSuchBucket', 'x'), 'NoSuchBucket', /NoSuchBucket/, /bucket/],
  ['a skewed clock', 403, s3Error('RequestTimeTooSkewed', 'x'), 'RequestTimeTooSkewed', /Skewed/, /clock/],
  ['a strange key', 403, s3Error('InvalidAccessKeyId', 'x'), 'InvalidAccessKeyId', /Invalid/, /credentials/],
  ['a code to come', 400, s3Error('Whatever', 'x &lt;y&gt; &amp;amp;'), 'Whatever', /x <y> &amp;/, /^$/],
  ['no message', 400, '<Error><Code>BadDigest</Code></Error>', 'BadDigest', /\(BadDigest\)/, /^$/],
  ["a proxy's page", 502, '<html><Code>x</Code></html>', undefined, /status 502/, /^$/],
  ['no body', 500, '', undefined, /status 500/, /^$/],
  ['a redirect', 307, '', undefined, /status 307/, /^$/],
]) {
  test(`refused: ${name}`, async () => {
    const promise = failing(start())
    sent[0].answer(status, xml)
    const error = await promise
    assert.deepEqual([error.code, error.status, error.storageCode], ['storage_refused', status, code])
    assert.match(error.message, says)
    assert.match(error.hint, hint)
  })
}

test('a signed address in the answer is not repeated', async () => {
  const promise = failing(start())
  sent[0].answer(403, s3Error('AccessDenied', `no: ${PUT.url.replaceAll('&', '&amp;')}`))
  assert.doesNotMatch(JSON.stringify(await promise) + (await promise).message, /5ec2e7/)
})

test('Retry-After is read where CORS shows it', async () => {
  const shown = failing(start())
  sent[0].answer(503, '', 'content-type: application/xml\r\nretry-after: 3\r\n')
  assert.equal((await shown).retryAfterMs, 3000)
  const hidden = failing(start())
  sent[1].answer(503, '', 'content-type: application/xml\r\n')
  assert.equal((await hidden).retryAfterMs, undefined)
})

test('no answer: the hint names the usual causes, the message no signature', async () => {
  const promise = failing(start())
  sent[0].onerror()
  const error = await promise
  assert.deepEqual([error.code, error.status], ['network', 0])
  assert.match(error.message, /https:\/\/s3\.example:9000$/)
  for (const cause of [/connection/, /running/, /CORS/, /origin/, /PUT/, /content-type, x-amz-acl/]) assert.match(error.hint, cause)
})

test('an abort stops the request at once', async () => {
  const controller = new AbortController()
  const promise = failing(start({ signal: controller.signal }))
  controller.abort('closed')
  const error = await promise
  assert.deepEqual([error.code, error.cause], ['aborted', 'closed'])
})

test('aborted before: nothing is sent', async () => {
  const error = await failing(start({ signal: AbortSignal.abort('closed') }))
  assert.deepEqual([error.code, sent.length], ['aborted', 0])
})

test('an abort after the end is nothing', async () => {
  const controller = new AbortController()
  const promise = start({ signal: controller.signal })
  sent[0].abort = () => assert.fail('aborted')
  sent[0].answer(200)
  await promise
  controller.abort()
})

for (const xml of ['', 'no XML', '<Errors><Code>a</Code></Errors>', '<Error><Code></Code></Error>', '<Error><Code>a</Error>', '<Error><Code><b/></Code></Error>']) {
  test(`no S3 code in ${JSON.stringify(xml)}`, () => assert.equal(parseS3Error(xml).code, undefined))
}

test('a long message is cut', () => {
  assert.equal(parseS3Error(s3Error('A', 'x'.repeat(9000))).message.length, 500)
})
