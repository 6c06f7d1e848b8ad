// Recipe (f): streams. A client that does not know a body's checksum before its last
// byte sends it in chunks (`aws-chunked`) with the checksum behind them: the AWS SDK
// for JavaScript whenever the body is a stream, boto3 and `aws` over https.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import {
  CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client,
} from '@aws-sdk/client-s3'

import { bytes } from './lib/bytes.js'
import { startStore, withoutSettings } from './lib/store.js'
import { startTls } from './lib/tls.js'
import { venv } from './lib/venv.js'

const Bucket = 'streams'
const store = await startStore()
after(() => store.stop())
const folder = await mkdtemp(join(tmpdir(), 'dropslip-streams-'))
after(() => rm(folder, { recursive: true }))

/** A client; the headers of what it sends are in `client.sent`. */
function open(options = {}) {
  const client = new S3Client({
    endpoint: store.endpoint,
    forcePathStyle: true,
    region: store.region,
    credentials: { accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey },
    ...options,
  })
  client.sent = []
  client.middlewareStack.add((next) => (args) => {
    client.sent.push(args.request.headers)
    return next(args)
  }, { step: 'finalizeRequest', priority: 'low' })
  after(() => client.destroy())
  return client
}

const client = open()
before(() => client.send(new CreateBucketCommand({ Bucket })))

async function assertStored(Key, expect, bucket = Bucket) {
  const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
  assert.equal(got.ContentLength, expect.length)
  assert.ok(expect.equals(await got.Body.transformToByteArray()), 'the bytes are those that were sent')
  return got
}

async function assertNotStored(Key) {
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key })), { name: 'NotFound' })
}

/** The stream of a body in pieces of a size. */
function* pieces(body, size) {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size)
}

test('a file as a stream, with the default checksum behind it', async () => {
  const file = bytes(700_001)
  const path = join(folder, 'file.bin')
  await writeFile(path, file)
  const client = open()
  const put = await client.send(new PutObjectCommand({
    Bucket, Key: 'file', Body: createReadStream(path), ContentEncoding: 'identity',
  }))
  const [sent] = client.sent
  assert.equal(sent['x-amz-content-sha256'], 'STREAMING-UNSIGNED-PAYLOAD-TRAILER')
  assert.equal(sent['x-amz-trailer'], 'x-amz-checksum-crc32')
  assert.equal(sent['content-encoding'], 'identity,aws-chunked')
  assert.match(put.ChecksumCRC32, /^[A-Za-z0-9+/]{6}==$/)
  const got = await assertStored('file', file)
  assert.equal(got.ContentEncoding, 'identity')
  assert.equal(got.ChecksumCRC32, put.ChecksumCRC32)
})

for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']) {
  test(`a stream with ${ChecksumAlgorithm}`, async () => {
    const file = bytes(100_000, 5)
    const put = await client.send(new PutObjectCommand({
      Bucket, Key: ChecksumAlgorithm, ChecksumAlgorithm,
      Body: Readable.from(pieces(file, 32 * 1024)), ContentLength: file.length,
    }))
    assert.ok(put[`Checksum${ChecksumAlgorithm}`])
    await assertStored(ChecksumAlgorithm, file)
  })
}

test('an empty stream', async () => {
  const put = await client.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: Readable.from([]), ContentLength: 0 }))
  assert.equal(put.ChecksumCRC32, 'AAAAAA==')
  await assertStored('empty', Buffer.alloc(0))
})

test('small pieces are refused as S3 refuses them, and taken once the SDK gathers them', async () => {
  const file = bytes(20_000, 7)
  const put = (client) => client.send(new PutObjectCommand({
    Bucket, Key: 'small', Body: Readable.from(pieces(file, 1000)), ContentLength: file.length,
  }))
  await assert.rejects(put(client), { name: 'InvalidChunkSizeError', message: /requestStreamBufferSize/ })
  await assertNotStored('small')
  await put(open({ requestStreamBufferSize: 64 * 1024 }))
  await assertStored('small', file)
})

for (const [what, ContentLength] of [['shorter', 9001], ['longer', 8999]]) {
  test(`a stream ${what} than announced stores nothing`, async () => {
    const put = client.send(new PutObjectCommand({ Bucket, Key: what, Body: Readable.from([bytes(9000)]), ContentLength }))
    await assert.rejects(put)
    await assertNotStored(what)
  })
}

// Over https: a proxy ends TLS in front of the store.

const tls = await startTls(store.port)
after(() => tls.close())

/** Runs a program of the Python environment against an endpoint; gives what it prints. */
function python(program, words, endpoint, input = '') {
  const env = {
    ...withoutSettings(process.env),
    HOME: folder,
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    AWS_DEFAULT_REGION: store.region,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_CA_BUNDLE: tls.certificate,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  return new Promise((resolve, reject) => {
    const child = execFile(join(venv(), program), words, { env, cwd: folder }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${words.join(' ')}: ${stderr}`))
      else resolve(stdout)
    })
    child.stdin.end(input)
  })
}

const Boto = 'boto3'
before(() => client.send(new CreateBucketCommand({ Bucket: Boto })))

for (const [scheme, endpoint] of [['http', store.endpoint], ['https', tls.endpoint]]) {
  test(`boto3 over ${scheme}, each way of putting bytes`, async () => {
    const script = fileURLToPath(new URL('boto3_streams.py', import.meta.url))
    const body = Buffer.concat(new Array(8000).fill(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))))
    const lines = (await python('python', [script, Boto, `${scheme}/`], endpoint)).trim().split('\n')
    assert.equal(lines.length, 9)
    for (const { way, key, error, sent } of lines.map((line) => JSON.parse(line))) {
      assert.equal(error, null, way)
      const inChunks = sent['X-Amz-Content-SHA256'] === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
      assert.equal(inChunks, scheme === 'https', way)
      const got = await assertStored(key, way === 'empty' ? Buffer.alloc(0) : body, Boto)
      assert.equal(got.ContentEncoding, way === 'gzip' ? 'gzip' : undefined, way)
    }
  })
}

test('aws over https: a file, and what comes through a pipe', async () => {
  const file = bytes(3_000_000, 9)
  await writeFile(join(folder, 'large.bin'), file)
  await python('aws', ['s3', 'cp', 'large.bin', `s3://${Bucket}/aws-file`], tls.endpoint)
  await assertStored('aws-file', file)
  await python('aws', ['s3', 'cp', '-', `s3://${Bucket}/aws-pipe`], tls.endpoint, file)
  await assertStored('aws-pipe', file)
  const put = ['s3api', 'put-object', '--bucket', Bucket, '--key', 'aws-sha256', '--body', 'large.bin']
  const answer = JSON.parse(await python('aws', [...put, '--checksum-algorithm', 'SHA256'], tls.endpoint))
  assert.match(answer.ChecksumSHA256, /^[A-Za-z0-9+/]{43}=$/)
  await assertStored('aws-sha256', file)
})
