// Recipe (b): aws4 and axios. The link is signed by hand, and the host is read
// from the environment, so that the same code meets a local store or the cloud.

import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { after, before, test } from 'node:test'

import aws4 from 'aws4'
import axios from 'axios'

import { bytes } from './lib/bytes.js'
import { assertMismatch, element } from './lib/s3.js'
import { startStore } from './lib/store.js'

const bucket = 'uploads'
const store = await startStore()
after(() => store.stop())

process.env.S3_HOST = `127.0.0.1:${store.port}`
const { accessKeyId, secretAccessKey, region } = store
const keys = { accessKeyId, secretAccessKey }

/** What the recipe is: a signed request, sent with the headers that came back. */
async function put(path, body, more = {}) {
  const host = process.env.S3_HOST
  const request = aws4.sign({ signQuery: true, service: 's3', method: 'PUT', host, path, region, ...more }, keys)
  return axios.put(`http://${host}${request.path}`, body, { headers: request.headers })
}

// Browsers and curl know that `*.localhost` is this machine; not every resolver
// does, so tests of virtual-host addressing look it up here.
axios.defaults.httpAgent = new Agent({
  lookup(hostname, options, found) {
    assert.match(hostname, /(^|\.)localhost$/)
    if (options.all) found(null, [{ address: '127.0.0.1', family: 4 }])
    else found(null, '127.0.0.1', 4)
  },
})
axios.defaults.proxy = false

const refused = (request) => request.then(
  () => assert.fail('it was not refused'),
  ({ response }) => ({ status: response.status, body: String(response.data) }),
)

async function stored(key) {
  const path = `/${bucket}/${key}`
  const host = `127.0.0.1:${store.port}`
  const { headers } = aws4.sign({ service: 's3', host, path, region }, keys)
  const response = await axios.get(`http://${host}${path}`, { headers, responseType: 'arraybuffer' })
  return { body: Buffer.from(response.data), type: response.headers['content-type'] }
}

before(() => put(`/${bucket}`, ''))

test('path style: the bucket in the path', async () => {
  const file = bytes(50_000)
  const answer = await put(`/${bucket}/report.pdf`, file)
  assert.equal(answer.status, 200)
  assert.ok((await stored('report.pdf')).body.equals(file))
})

test('virtual-host style: the bucket in the host', async (t) => {
  const before = process.env.S3_HOST
  process.env.S3_HOST = `${bucket}.localhost:${store.port}`
  t.after(() => { process.env.S3_HOST = before })
  const file = bytes(50_000, 7)
  const answer = await put('/2026/report.pdf', file)
  assert.equal(answer.status, 200)
  assert.ok((await stored('2026/report.pdf')).body.equals(file))
})

test('a signed type is kept', async () => {
  const file = bytes(100)
  await put(`/${bucket}/a.png`, file, { headers: { 'Content-Type': 'image/png' } })
  assert.deepEqual(await stored('a.png'), { body: file, type: 'image/png' })
})

test('names with spaces and accents, encoded once', async () => {
  const file = bytes(100, 3)
  const name = encodeURIComponent('été à la mer + 1.jpg')
  await put(`/${bucket}/${name}`, file)
  assert.ok((await stored(name)).body.equals(file))
})

test('another secret is refused', async () => {
  const host = process.env.S3_HOST
  const request = aws4.sign(
    { signQuery: true, service: 's3', method: 'PUT', host, path: `/${bucket}/no.pdf`, region },
    { accessKeyId, secretAccessKey: `${secretAccessKey} ` },
  )
  assertMismatch(await refused(axios.put(`http://${host}${request.path}`, 'x', { headers: request.headers })))
})

test('a link for another key is refused', async () => {
  const host = process.env.S3_HOST
  const request = aws4.sign(
    { signQuery: true, service: 's3', method: 'PUT', host, path: `/${bucket}/mine.pdf`, region },
    keys,
  )
  const moved = request.path.replace('mine.pdf', 'yours.pdf')
  assertMismatch(await refused(axios.put(`http://${host}${moved}`, 'x', { headers: request.headers })))
})

test('an unknown access key is named', async () => {
  const host = process.env.S3_HOST
  const request = aws4.sign(
    { signQuery: true, service: 's3', method: 'PUT', host, path: `/${bucket}/no.pdf`, region },
    { accessKeyId: 'AKIDNOBODY', secretAccessKey },
  )
  const { status, body } = await refused(
    axios.put(`http://${host}${request.path}`, 'x', { headers: request.headers }),
  )
  assert.equal(status, 403)
  assert.equal(element(body, 'Code'), 'InvalidAccessKeyId')
})
