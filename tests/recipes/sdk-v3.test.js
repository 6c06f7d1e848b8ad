// Recipe (c): the AWS SDK for JavaScript v3 behind a route of the application,
// and an AJAX upload from its page. The type is only signed because of
// `signableHeaders`; without it the SDK leaves it out.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'

import {
  CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutBucketCorsCommand, PutObjectCommand, S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'

import { serve } from './lib/app.js'
import { launch } from './lib/browser.js'
import { bytes } from './lib/bytes.js'
import { assertExpired, assertMismatch } from './lib/s3.js'
import { startStore } from './lib/store.js'

const Bucket = 'uploads'
const store = await startStore()
after(() => store.stop())

const client = new S3Client({
  endpoint: store.endpoint,
  forcePathStyle: true,
  region: store.region,
  credentials: { accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey },
})
after(() => client.destroy())

function signedUrl(fileName, fileType, more = {}) {
  const command = new PutObjectCommand({ Bucket, Key: fileName, ContentType: fileType })
  return getSignedUrl(client, command, {
    expiresIn: 60,
    signableHeaders: new Set(['content-type']),
    ...more,
  })
}

const html = await readFile(new URL('sdk-v3.html', import.meta.url))
const app = await serve(async (url, response) => {
  if (url.pathname !== '/api/signed_url') {
    response.setHeader('content-type', 'text/html')
    response.end(html)
    return
  }
  const link = await signedUrl(url.searchParams.get('file_name'), url.searchParams.get('file_type'))
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ url: link }))
})
after(() => app.close())

const browser = await launch()
after(() => browser.close())
const page = await browser.newPage()

before(async () => {
  await client.send(new CreateBucketCommand({ Bucket }))
  await client.send(new PutBucketCorsCommand({
    Bucket,
    CORSConfiguration: {
      CORSRules: [{
        AllowedOrigins: [app.origin],
        AllowedMethods: ['PUT'],
        AllowedHeaders: ['content-type'],
        ExposeHeaders: ['ETag'],
      }],
    },
  }))
  await page.goto(app.origin)
})

/** Puts from the page, as its own script would. */
const put = (url, body, type) => page.evaluate(
  ([url, body, type]) => globalThis.put(url, body, type),
  [url, body, type],
)

async function assertNotStored(Key) {
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key })), { name: 'NotFound' })
}

test('a chosen file arrives as it is, with its type', async () => {
  const name = 'été 1 + 2.png'
  const file = bytes(300_000)
  await page.setInputFiles('#file', { name, mimeType: 'image/png', buffer: file })
  const shown = page.locator('#result:not(:empty)')
  const result = JSON.parse(await shown.textContent() ?? '')
  assert.equal(result.status, 200, result.body)
  assert.match(result.etag, /^"[0-9a-f]{32}"$/)

  const got = await client.send(new GetObjectCommand({ Bucket, Key: name }))
  assert.equal(got.ContentType, 'image/png')
  assert.ok(file.equals(await got.Body.transformToByteArray()))
})

test('the default checksum parameters of the SDK are in the link and do no harm', async () => {
  const url = await signedUrl('checksum.txt', 'text/plain')
  assert.equal(new URL(url).searchParams.get('x-amz-checksum-crc32'), 'AAAAAA==')
  const { status, body } = await put(url, 'not empty', 'text/plain')
  assert.equal(status, 200, body)
})

// Uppy's Companion signs an empty body, since it does not have the one that will be sent.
for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']) {
  test(`the ${ChecksumAlgorithm} of an empty body in the link does no harm`, async () => {
    const Key = `${ChecksumAlgorithm}.txt`
    const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key, ChecksumAlgorithm, Body: '' }))
    assert.ok(new URL(url).searchParams.get(`x-amz-checksum-${ChecksumAlgorithm.toLowerCase()}`))
    const { status, body } = await put(url, 'not empty', 'text/plain')
    assert.equal(status, 200, body)
    const got = await client.send(new GetObjectCommand({ Bucket, Key }))
    assert.equal(await got.Body.transformToString(), 'not empty')
  })
}

test('another type: the page reads why', async () => {
  const result = await put(await signedUrl('other.png', 'image/png'), 'x', 'image/jpeg')
  assertMismatch(result)
  await assertNotStored('other.png')
})

test('an expired link: the page reads that it is', async () => {
  const signingDate = new Date(Date.now() - 120_000)
  assertExpired(await put(await signedUrl('late.png', 'image/png', { signingDate }), 'x', 'image/png'))
  await assertNotStored('late.png')
})

test('without signableHeaders the type is not signed, and any is taken', async () => {
  const url = await signedUrl('any.png', 'image/png', { signableHeaders: undefined })
  assert.equal(new URL(url).searchParams.get('X-Amz-SignedHeaders'), 'host')
  const { status, body } = await put(url, 'x', 'image/gif')
  assert.equal(status, 200, body)
})

test('from another website the answer cannot be read', async () => {
  const other = await serve(async (_url, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(html)
  })
  const stranger = await browser.newPage()
  await stranger.goto(other.origin)
  const url = await signedUrl('stranger.png', 'image/png')
  await assert.rejects(
    stranger.evaluate((url) => globalThis.put(url, 'x', 'image/png'), url),
    /the page may not read the answer/,
  )
  await stranger.close()
  await other.close()
  await assertNotStored('stranger.png')
})
