// Recipe (i): large files in parts. A page or an app uploads each part by a presigned URL
// and gives the ETags back; the AWS SDK for JavaScript, boto3 and `aws` do it by themselves
// for whatever is larger than a few megabytes.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateBucketCommand,
  CreateMultipartUploadCommand, GetObjectCommand, ListMultipartUploadsCommand, ListPartsCommand,
  S3Client, UploadPartCommand, UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'

import { bytes } from './lib/bytes.js'
import { startStore, withoutSettings } from './lib/store.js'
import { venv } from './lib/venv.js'

const Bucket = 'large'
const PART = 5 * 1024 * 1024
const file = bytes(2 * PART + 12_345, 5)
const parts = [file.subarray(0, PART), file.subarray(PART, 2 * PART), file.subarray(2 * PART)]

const store = await startStore()
after(() => store.stop())
const folder = await mkdtemp(join(tmpdir(), 'dropslip-multipart-'))
after(() => rm(folder, { recursive: true }))
const client = new S3Client({
  endpoint: store.endpoint,
  forcePathStyle: true,
  region: store.region,
  credentials: { accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey },
})
after(() => client.destroy())
before(() => client.send(new CreateBucketCommand({ Bucket })))

async function assertStored(Key) {
  const got = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
  assert.ok(file.equals(await got.Body.transformToByteArray()), 'the bytes are those that were sent')
  return got
}

test('parts by presigned URLs, one of them again', async () => {
  const at = { Bucket, Key: 'presigned é.bin' }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, ContentType: 'video/mp4' }))
  const put = async (PartNumber, body) => {
    const url = await getSignedUrl(client, new UploadPartCommand({ ...at, UploadId, PartNumber }), { expiresIn: 60 })
    const answer = await fetch(url, { method: 'PUT', body })
    assert.equal(answer.status, 200, await answer.text())
    return { PartNumber, ETag: answer.headers.get('etag') }
  }
  await put(1, 'not this one')
  const Parts = await Promise.all(parts.map((body, index) => put(index + 1, body)))
  const list = await client.send(new ListPartsCommand({ ...at, UploadId }))
  assert.deepEqual(list.Parts.map((part) => part.Size), parts.map((body) => body.length))
  const done = await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }))
  assert.match(done.ETag, /^"[0-9a-f]{32}-3"$/)
  const got = await assertStored(at.Key)
  assert.equal(got.ContentType, 'video/mp4')
  assert.equal(got.ETag, done.ETag)
})

for (const [ChecksumAlgorithm, ChecksumType] of [
  ['CRC32', 'COMPOSITE'], ['CRC32', 'FULL_OBJECT'], ['CRC32C', 'COMPOSITE'], ['CRC32C', 'FULL_OBJECT'],
  ['CRC64NVME', 'FULL_OBJECT'], ['SHA1', 'COMPOSITE'], ['SHA256', 'COMPOSITE'],
]) {
  test(`the SDK's parts with ${ChecksumAlgorithm}, ${ChecksumType}`, async () => {
    const at = { Bucket, Key: `${ChecksumAlgorithm}-${ChecksumType}` }
    const begun = await client.send(new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm, ChecksumType }))
    assert.equal(begun.ChecksumType, ChecksumType)
    const { UploadId } = begun
    const name = `Checksum${ChecksumAlgorithm}`
    const Parts = []
    for (const [index, Body] of parts.entries()) {
      const PartNumber = index + 1
      const put = new UploadPartCommand({ ...at, UploadId, PartNumber, Body, ChecksumAlgorithm })
      const { ETag, [name]: checksum } = await client.send(put)
      Parts.push({ PartNumber, ETag, [name]: checksum })
    }
    const complete = new CompleteMultipartUploadCommand({ ...at, UploadId, ChecksumType, MultipartUpload: { Parts } })
    const done = await client.send(complete)
    assert.match(done[name], ChecksumType === 'COMPOSITE' ? /=-3$/ : /=$/)
    // The SDK holds the bytes against a checksum of all of them by itself.
    const got = await assertStored(at.Key)
    assert.equal(got[name], done[name])
    assert.equal(got.ChecksumType, ChecksumType)
  })
}

test('parts copied from an object', async () => {
  const CopySource = `${Bucket}/${encodeURIComponent('presigned é.bin')}`
  const at = { Bucket, Key: 'copied' }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(at))
  const copy = async (PartNumber, start, body) => {
    const CopySourceRange = `bytes=${start}-${start + body.length - 1}`
    const command = new UploadPartCopyCommand({ ...at, UploadId, PartNumber, CopySource, CopySourceRange })
    const { CopyPartResult } = await client.send(command)
    return { PartNumber, ETag: CopyPartResult.ETag }
  }
  const Parts = [await copy(1, 0, parts[0]), await copy(2, PART, parts[1]), await copy(3, 2 * PART, parts[2])]
  await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }))
  await assertStored('copied')
})

test('an aborted upload is gone', async () => {
  const at = { Bucket, Key: 'aborted' }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(at))
  await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }))
  await client.send(new AbortMultipartUploadCommand({ ...at, UploadId }))
  const missing = client.send(new ListPartsCommand({ ...at, UploadId }))
  await assert.rejects(missing, { name: 'NoSuchUpload' })
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }))
  assert.deepEqual(Uploads, [])
})

const env = {
  ...withoutSettings(process.env),
  HOME: folder,
  AWS_ACCESS_KEY_ID: store.accessKeyId,
  AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
  AWS_DEFAULT_REGION: store.region,
  AWS_ENDPOINT_URL_S3: store.endpoint,
  AWS_EC2_METADATA_DISABLED: 'true',
}
const run = promisify(execFile)

test('aws s3 cp, there and back', async () => {
  const path = join(folder, 'large.bin')
  await writeFile(path, file)
  const aws = (...words) => run(join(venv(), 'aws'), words, { env, cwd: folder })
  await aws('s3', 'cp', '--no-progress', path, `s3://${Bucket}/from-aws`)
  await assertStored('from-aws')
  await aws('s3', 'cp', '--no-progress', `s3://${Bucket}/from-aws`, 'back.bin')
  assert.ok(file.equals(await readFile(join(folder, 'back.bin'))))
})

test('boto3 uploads and downloads in parts', async () => {
  const path = join(folder, 'boto3.bin')
  await writeFile(path, file)
  const script = fileURLToPath(new URL('boto3_multipart.py', import.meta.url))
  await run(join(venv(), 'python'), [script, Bucket, 'from-boto3', path], { env, cwd: folder })
  await assertStored('from-boto3')
})
