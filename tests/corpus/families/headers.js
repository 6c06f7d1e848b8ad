// Headers other than the type, the ACL and metadata; checksums and payload hashes.

import { createHash } from 'node:crypto'
import { AWS4, AWS4_SENDS, AXIOS, BOTO3, CURL, FETCH, NGINX, NODE, SMITHY, V3, V3_SENDS, certain, likely } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'reports/q4.pdf'
  const put = (headers) => ({ method: 'PUT', body: 'x', headers })
  const dropped = async (slug, params, headers, expect, broken_by) => {
    const url = await signers.boto3('put_object', { Key, ...params })
    add({
      name: `${slug}-dropped-boto3`,
      signer: BOTO3,
      broken_by,
      captured_by: FETCH,
      request: await carriers.fetch(url, put({})),
      good: await carriers.fetch(url, put(headers)),
      expect,
    })
  }
  await dropped(
    'cache-control',
    { CacheControl: 'max-age=31536000, immutable' },
    { 'cache-control': 'max-age=31536000, immutable' },
    likely('header', 'cache-control', undefined, null),
    'boto3 signs Cache-Control; the page does not send it.',
  )
  await dropped(
    'content-disposition',
    { ContentDisposition: 'attachment; filename="Q4 report.pdf"' },
    { 'content-disposition': 'attachment; filename="Q4 report.pdf"' },
    likely('header', 'content-disposition', undefined, null),
    'boto3 signs Content-Disposition; the page does not send it.',
  )
  await dropped(
    'if-none-match',
    { IfNoneMatch: '*' },
    { 'if-none-match': '*' },
    certain('header', 'if-none-match', '*', null),
    'Signed so that nothing is overwritten; the page does not know.',
  )
  await dropped(
    'server-side-encryption',
    { ServerSideEncryption: 'AES256' },
    { 'x-amz-server-side-encryption': 'AES256' },
    certain('header', 'x-amz-server-side-encryption', 'AES256', null),
    'The bucket asks for encryption, so the backend signs it; the page does not send it.',
  )
  await dropped(
    'storage-class',
    { StorageClass: 'STANDARD_IA' },
    { 'x-amz-storage-class': 'STANDARD_IA' },
    certain('header', 'x-amz-storage-class', 'STANDARD_IA', null),
    'The backend signs a storage class; the page does not send it.',
  )
  await dropped(
    'sdk-checksum-algorithm',
    { ChecksumAlgorithm: 'SHA256' },
    { 'x-amz-sdk-checksum-algorithm': 'SHA256' },
    certain(['header', 'checksum'], 'x-amz-sdk-checksum-algorithm', 'SHA256', null),
    'boto3 signs which checksum is to come; the page sends neither.',
  )

  let url = await signers.boto3('put_object', { Key, ServerSideEncryption: 'aws:kms' })
  add({
    name: 'server-side-encryption-changed-boto3',
    signer: BOTO3,
    broken_by: 'The page still asks for the encryption of before.',
    captured_by: FETCH,
    request: await carriers.fetch(url, put({ 'x-amz-server-side-encryption': 'AES256' })),
    expect: certain('header', 'x-amz-server-side-encryption', 'aws:kms', 'AES256'),
  })
  url = await signers.boto3('put_object', { Key })
  add({
    name: 'tagging-added-boto3',
    signer: BOTO3,
    broken_by: 'A tag for the lifecycle rule was added in the page alone.',
    captured_by: CURL,
    request: await carriers.curl(url, '-X', 'PUT', '-H', 'x-amz-tagging: keep=30d', '-T', '.npmrc'),
    refused: 'header not signed',
    expect: certain('header_not_signed', 'x-amz-tagging', null, 'keep=30d'),
  })
  const sha256 = createHash('sha256').update('x').digest('base64')
  add({
    name: 'checksum-added-boto3',
    signer: BOTO3,
    broken_by: 'The page wants the storage to check the bytes; the header was not signed (aws-sdk-js-v3#3906).',
    captured_by: FETCH,
    request: await carriers.fetch(url, put({ 'x-amz-checksum-sha256': sha256 })),
    refused: 'header not signed',
    expect: certain('header_not_signed', 'x-amz-checksum-sha256', null, sha256),
  })

  const empty = { options: { unhoistableHeaders: new Set(['x-amz-checksum-crc32']) } }
  url = await signers.v3('PutObject', { Key }, empty)
  add({
    name: 'checksum-of-nothing-signed-sdk-v3',
    signer: `${V3}, unhoistableHeaders`,
    broken_by: 'v3 signs the CRC32 of no body as a header; the page sends that of its file.',
    captured_by: FETCH,
    request: await carriers.fetch(url, put({ 'x-amz-checksum-crc32': 'jNxRgQ==' })),
    good: await carriers.fetch(url, put({ 'x-amz-checksum-crc32': 'AAAAAA==' })),
    expect: certain('checksum', 'x-amz-checksum-crc32', 'AAAAAA==', 'jNxRgQ=='),
  })
  add({
    name: 'checksum-of-nothing-not-sent-sdk-v3',
    signer: `${V3}, unhoistableHeaders`,
    broken_by: 'v3 signs the CRC32 of no body as a header; the page knows nothing of it.',
    captured_by: FETCH,
    request: await carriers.fetch(url, put({})),
    expect: certain('checksum', 'x-amz-checksum-crc32', 'AAAAAA==', null),
  })
  url = await signers.v3('PutObject', { Key })
  add({
    name: 'checksum-conflict-sdk-v3',
    signer: V3,
    broken_by: 'The default checksum of v3 is that of no body and stands in the query; the page sends the right one.',
    captured_by: FETCH,
    request: await carriers.fetch(url, put({ 'x-amz-checksum-crc32': 'jNxRgQ==' })),
    good: await carriers.fetch(url, put({})),
    refused: 'conflict',
    expect: certain(['checksum', 'ambiguous'], 'x-amz-checksum-crc32', 'AAAAAA==', 'jNxRgQ=='),
  })

  // Payload hashes.
  url = await signers.smithy('PUT', 'http://storage.test:9000/uploads/reports/q4.pdf')
  add({
    name: 'payload-of-nothing-smithy',
    signer: `${SMITHY} without S3's options`,
    broken_by: 'The general signer signs the hash of no body where S3 has UNSIGNED-PAYLOAD.',
    captured_by: CURL,
    request: await carriers.curl(url, '-T', '.npmrc'),
    expect: certain('payload_hash', ['payload', 'x-amz-content-sha256'], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'UNSIGNED-PAYLOAD'),
  })
  const general = await signers.botocore('SigV4QueryAuth', 'PUT', 'http://storage.test:9000/uploads/reports/q4.pdf', { expires: 900 })
  add({
    name: 'payload-of-nothing-botocore',
    signer: 'botocore 1.44.5 SigV4QueryAuth (not S3SigV4QueryAuth)',
    broken_by: 'The general signer signs the hash of no body where S3 has UNSIGNED-PAYLOAD.',
    captured_by: CURL,
    request: await carriers.curl(general.url, '-T', '.npmrc'),
    expect: certain('payload_hash', ['payload', 'x-amz-content-sha256'], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'UNSIGNED-PAYLOAD'),
  })
  const { url: a4 } = await signers.aws4('GET', '/uploads/reports/q4.pdf')
  add({
    name: 'payload-hash-header-added-aws4',
    signer: AWS4,
    broken_by: 'A client adds the hash of its empty body as a header to a presigned GET.',
    captured_by: AXIOS,
    request: await carriers.axios({
      url: a4,
      headers: { 'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
    }),
    refused: 'header not signed',
    expect: certain('header_not_signed', 'x-amz-content-sha256', null),
  })
  add({
    name: 'payload-hash-unsigned-instead-aws4',
    signer: AWS4_SENDS,
    broken_by: 'A streaming middleware puts UNSIGNED-PAYLOAD over the hash that was signed.',
    captured_by: NODE,
    request: await signers.aws4Sends('GET', '/uploads/reports/q4.pdf', {}, {
      change: (signed) => (signed.headers['X-Amz-Content-Sha256'] = 'UNSIGNED-PAYLOAD'),
    }),
    expect: certain('payload_hash', ['payload', 'x-amz-content-sha256'], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'UNSIGNED-PAYLOAD'),
  })

  // Headers that something on the way touches.
  add({
    name: 'accept-encoding-changed-aws4fetch',
    signer: 'aws4fetch 1.0.20 Authorization header, allHeaders',
    broken_by: 'A CDN sets Accept-Encoding to its own list (hashicorp/terraform#36412, minio/minio#15506).',
    captured_by: NGINX,
    request: await (async () => {
      const signed = await signers.aws4fetch(
        'http://storage.test:9000/uploads/reports/q4.pdf',
        { headers: { 'accept-encoding': 'identity' } },
        { allHeaders: true, service: 's3' },
      )
      const headers = [...signed.headers].flatMap(([name, value]) => ['-H', `${name}: ${value}`])
      return carriers.throughNginx('compressing', signed.url, ...headers)
    })(),
    expect: certain('header', 'accept-encoding', 'identity', 'gzip, br'),
  })
  add({
    name: 'content-sha256-removed-sdk-v3-header',
    signer: V3_SENDS,
    broken_by: 'A gateway lets only the headers on its list pass, and x-amz-content-sha256 is not on it.',
    captured_by: `${NODE}, header removed after`,
    request: await (async () => {
      const request = await signers.v3Sends('GetObject', { Key })
      return { ...request, headers: request.headers.filter(([name]) => name !== 'x-amz-content-sha256') }
    })(),
    expect: { ...certain('payload_hash', undefined, undefined, null), cause: ['payload_hash', 'header'], certainty: ['certain', 'likely'] },
  })
}
