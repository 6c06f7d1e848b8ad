// Recipe (g): signers of the time before Signature Version 4, and those that still
// sign as they did then: links of aws-sdk v2, which are of version 2 unless somebody
// says `signatureVersion: 'v4'`, and boto3 with `signature_version='s3'`.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import AWS from 'aws-sdk'

import { bytes } from './lib/bytes.js'
import { element, read } from './lib/s3.js'
import { startStore, withoutSettings } from './lib/store.js'
import { venv } from './lib/venv.js'

const Bucket = 'old-bucket'
const store = await startStore({ options: ['--allow-sigv2'] })
const strict = await startStore()
after(() => Promise.all([store.stop(), strict.stop()]))

function client({ endpoint, region, accessKeyId, secretAccessKey }) {
  return new AWS.S3({ endpoint, s3ForcePathStyle: true, region, accessKeyId, secretAccessKey })
}

const s3 = client(store)

before(async () => {
  await s3.createBucket({ Bucket }).promise()
})

function link(operation, params) {
  const url = s3.getSignedUrl(operation, { Bucket, Expires: 300, ...params })
  assert.match(url, /AWSAccessKeyId=.*Signature=/, 'the SDK signs links with version 2')
  return url
}

test('a link of aws-sdk v2 puts a file, another gets it', async () => {
  const file = bytes(70_000)
  const Key = "photos/été (1)+&'.jpg"
  const url = link('putObject', { Key, ContentType: 'image/jpeg', ACL: 'public-read', Metadata: { Camera: 'Pin hole' } })
  const put = await read(await fetch(url, { method: 'PUT', body: file, headers: { 'Content-Type': 'image/jpeg' } }))
  assert.equal(put.status, 200, put.body)

  const got = await fetch(link('getObject', { Key }))
  assert.equal(got.headers.get('content-type'), 'image/jpeg')
  assert.equal(got.headers.get('x-amz-meta-camera'), 'Pin hole')
  assert.ok(Buffer.from(await got.arrayBuffer()).equals(file))
  const head = await fetch(link('headObject', { Key }), { method: 'HEAD' })
  assert.equal(head.status, 200)
  const anyone = await fetch(link('getObject', { Key }).split('?')[0])
  assert.equal(anyone.status, 200, 'the ACL in the query counts')
  await anyone.arrayBuffer()

  const deleted = await fetch(link('deleteObject', { Key }), { method: 'DELETE' })
  assert.equal(deleted.status, 204)
})

test('a link is for one request only', async () => {
  const url = link('putObject', { Key: 'a', ContentType: 'image/jpeg', ContentMD5: 'XUFAKrxLKna5cZ2REBfFkg==' })
  const send = async (address, method, headers, body) => read(await fetch(address, { method, headers, body }))
  const right = { 'Content-Type': 'image/jpeg', 'Content-MD5': 'XUFAKrxLKna5cZ2REBfFkg==' }
  const refused = async (code, ...request) => {
    const { status, body } = await send(...request)
    assert.equal(element(body, 'Code'), code, body)
    assert.ok(status >= 400)
    return body
  }
  const body = await refused('SignatureDoesNotMatch', url, 'PUT', { ...right, 'Content-Type': 'image/png' }, 'hello')
  assert.match(element(body, 'StringToSign') ?? '', /^PUT\n.*\nimage\/png\n\d+\n\/old-bucket\/a$/)
  assert.equal(element(body, 'CanonicalRequest'), undefined)
  await refused('SignatureDoesNotMatch', url, 'DELETE', right)
  await refused('SignatureDoesNotMatch', url.replace('/a?', '/b?'), 'PUT', right, 'hello')
  await refused('SignatureDoesNotMatch', `${url}&x-amz-acl=public-read`, 'PUT', right, 'hello')
  await refused('SignatureDoesNotMatch', url, 'PUT', { ...right, 'x-amz-acl': 'public-read' }, 'hello')
  await refused('SignatureDoesNotMatch', `${url}&acl`, 'PUT', right, 'hello')
  await refused('AccessDenied', `${url}&retention`, 'PUT', right, 'hello')
  await refused('BadDigest', url, 'PUT', right, 'other')
  const { status } = await send(url, 'PUT', right, 'hello')
  assert.equal(status, 200)
  const old = s3.getSignedUrl('getObject', { Bucket, Key: 'a', Expires: -1 })
  assert.equal(element(await refused('AccessDenied', old, 'GET'), 'Message'), 'Request has expired')
})

test('boto3 with signature_version s3 works, links and calls', async () => {
  const script = join(fileURLToPath(new URL('.', import.meta.url)), 'boto3_sigv2.py')
  const env = {
    ...withoutSettings(process.env),
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
  }
  const { stdout } = await promisify(execFile)(join(venv(), 'python'), [script, store.endpoint, Bucket], { env })
  assert.equal(stdout.trim(), 'all of it works')
})

test('without --allow-sigv2 the store refuses and names the way out', async () => {
  const url = client(strict).getSignedUrl('getObject', { Bucket, Key: 'a' })
  const { status, body } = await read(await fetch(url))
  assert.equal(status, 400)
  assert.equal(element(body, 'Code'), 'InvalidRequest')
  assert.match(element(body, 'Message') ?? '', /signatureVersion: 'v4'.*--allow-sigv2/)
})
