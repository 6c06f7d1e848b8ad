// Recipe (a): aws-sdk v2. The application allows a website by CORS, makes the
// link with `getSignedUrl`, and the browser's `fetch` sends the file with the
// ACL and the type that were signed.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import AWS from 'aws-sdk'

import { bytes } from './lib/bytes.js'
import { assertMismatch, read } from './lib/s3.js'
import { startStore } from './lib/store.js'

const Bucket = 'my-bucket'
const website = 'http://www.example.com'
const store = await startStore({ region: 'fr-par' })
after(() => store.stop())

const s3 = new AWS.S3({
  endpoint: store.endpoint,
  s3ForcePathStyle: true,
  signatureVersion: 'v4',
  region: store.region,
  accessKeyId: store.accessKeyId,
  secretAccessKey: store.secretAccessKey,
})

function signedUrl(Key, ContentType) {
  return s3.getSignedUrl('putObject', { Bucket, Key, ACL: 'public-read', ContentType, Expires: 300 })
}

before(async () => {
  await s3.createBucket({ Bucket }).promise()
  await s3.putBucketCors({
    Bucket,
    CORSConfiguration: {
      CORSRules: [{
        AllowedHeaders: ['*'],
        AllowedMethods: ['GET', 'PUT'],
        AllowedOrigins: [website],
        ExposeHeaders: ['ETag'],
        MaxAgeSeconds: 3000,
      }],
    },
  }).promise()
})

test('the rules that were put are the rules', async () => {
  const { CORSRules } = await s3.getBucketCors({ Bucket }).promise()
  assert.deepEqual(CORSRules[0].AllowedOrigins, [website])
  assert.deepEqual(CORSRules[0].AllowedMethods, ['GET', 'PUT'])
  const { LocationConstraint } = await s3.getBucketLocation({ Bucket }).promise()
  assert.equal(LocationConstraint, store.region)
})

test('a file is put and everyone can read it', async () => {
  const file = bytes(70_000)
  const put = await fetch(signedUrl('photos/me.jpg', 'image/jpeg'), {
    method: 'PUT',
    body: file,
    headers: { 'x-amz-acl': 'public-read', 'Content-Type': 'image/jpeg' },
  })
  assert.equal(put.status, 200, await put.text())
  assert.match(put.headers.get('etag') ?? '', /^"[0-9a-f]{32}"$/)

  const got = await fetch(`${store.endpoint}/${Bucket}/photos/me.jpg`)
  assert.equal(got.status, 200)
  assert.equal(got.headers.get('content-type'), 'image/jpeg')
  assert.ok(Buffer.from(await got.arrayBuffer()).equals(file))

  const { Body, ContentType } = await s3.getObject({ Bucket, Key: 'photos/me.jpg' }).promise()
  assert.equal(ContentType, 'image/jpeg')
  assert.ok(file.equals(/** @type {Buffer} */ (Body)))
})

test('without x-amz-acl it is refused', async () => {
  const answer = await fetch(signedUrl('photos/no-acl.jpg', 'image/jpeg'), {
    method: 'PUT',
    body: 'x',
    headers: { 'Content-Type': 'image/jpeg' },
  })
  assertMismatch(await read(answer))
  await assert.rejects(
    s3.headObject({ Bucket, Key: 'photos/no-acl.jpg' }).promise(),
    { statusCode: 404 },
  )
})

// The SDK puts the type into the query and does not sign it as a header: nobody,
// AWS included, holds the sender to it.
test('with another ACL it is refused, another type is not signed', async () => {
  const url = signedUrl('photos/other.jpg', 'image/jpeg')
  const send = async (acl, type) => read(await fetch(url, {
    method: 'PUT',
    body: 'x',
    headers: { 'x-amz-acl': acl, 'Content-Type': type },
  }))
  assertMismatch(await send('private', 'image/jpeg'))
  const { status } = await send('public-read', 'image/png')
  assert.equal(status, 200)
  const { ContentType } = await s3.headObject({ Bucket, Key: 'photos/other.jpg' }).promise()
  assert.equal(ContentType, 'image/png')
})

test('the website passes the preflight, another one does not', async () => {
  const preflight = async (origin) => {
    const response = await fetch(signedUrl('photos/me.jpg', 'image/jpeg'), {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'PUT',
        'Access-Control-Request-Headers': 'content-type,x-amz-acl',
      },
    })
    await response.arrayBuffer()
    return response
  }
  const allowed = await preflight(website)
  assert.equal(allowed.status, 200)
  assert.equal(allowed.headers.get('access-control-allow-origin'), website)
  assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /x-amz-acl/i)
  const refused = await preflight('http://evil.example')
  assert.equal(refused.status, 403)
  assert.equal(refused.headers.get('access-control-allow-origin'), null)
})
