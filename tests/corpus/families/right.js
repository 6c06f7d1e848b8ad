// Nothing wrong: spellings that differ and mean the same, and values that look odd.

import { AWS4, AWS4FETCH, AWS4FETCH_SENDS, AWS4_SENDS, AXIOS, BOTO3, BOTO3_SENDS, CHROMIUM, CURL, FETCH, MINIO_JS, MINIO_JS_SENDS, MINIO_PY, MINIO_PY_SENDS, NGINX, NODE, REQUESTS, V2, V2_SENDS, V3, V3_SENDS } from '../lib/names.js'
import { SESSION } from '../lib/signers.js'

export default async function ({ signers, carriers, add }) {
  const right = async (name, signer, captured_by, request, more = {}) =>
    add({ name, signer, captured_by, request: await request, expect: null, ...more })

  const odd = 'été 2025/it\'s (a) "key" + more, 100% ~ok!*=&$@:;?#[].png'
  const url = await signers.boto3('get_object', { Key: odd })
  await right('odd-key-boto3', BOTO3, CURL, carriers.curl(url))
  await right('odd-key-in-lower-case-escapes-boto3', BOTO3, CURL, carriers.curl(url.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())))
  await right('odd-key-sdk-v2', V2, AXIOS, carriers.axios({ url: await signers.v2('getObject', { Key: odd }) }))
  await right('odd-key-sdk-v3', V3, FETCH, carriers.fetch(await signers.v3('GetObject', { Key: odd })))
  await right('odd-key-minio-js', MINIO_JS, CHROMIUM, carriers.browser(({ url }) => fetch(url), { url: await signers.minio('GET', odd) }))
  await right('odd-key-minio-py', MINIO_PY, REQUESTS, carriers.requests('GET', await signers.minioPy('GET', odd)))
  await right('parameters-in-other-order-boto3', BOTO3, CURL, carriers.curl(url.replace(/\?(.*)$/, (_, query) => `?${query.split('&').reverse().join('&')}`)))
  await right('slashes-and-semicolons-decoded-boto3', BOTO3, CURL,
    carriers.curl((await signers.boto3('put_object', { Key: 'a.png', ContentType: 'image/png' })).replaceAll('%2F', '/').replaceAll('%3B', ';'), '-T', '.npmrc', '-H', 'Content-Type: image/png'))
  await right('through-nginx-boto3', BOTO3, NGINX, carriers.throughNginx('right', url))
  await right('over-http2-boto3', BOTO3, 'Node http2', carriers.http2(await signers.boto3('get_object', { Key: 'a.png' }, { endpoint: 'http://files.example.org' }), 'files.example.org', 'GET'))
  await right('unsigned-headers-added-boto3', BOTO3, CURL,
    carriers.curl(await signers.boto3('get_object', { Key: 'a.png' }), '-H', 'Range: bytes=0-99', '-H', 'X-Forwarded-For: 192.0.2.7', '-H', 'Cookie: a=b', '-H', 'Origin: https://app.example.org'))
  await right('session-token-boto3', BOTO3, CURL, carriers.curl(await signers.boto3('get_object', { Key: 'a.png' }, { keys: SESSION })), { credentials: [SESSION] })
  await right('session-token-sdk-v3-header', V3_SENDS, NODE, signers.v3Sends('PutObject', { Key: 'a.txt', Body: 'hello' }, { keys: SESSION }), { credentials: [SESSION] })
  await right('content-type-free-sdk-v2', V2, FETCH,
    carriers.fetch(await signers.v2('putObject', { Key: 'a.png', ContentType: 'image/png' }), { method: 'PUT', body: 'x', headers: { 'content-type': 'image/jpeg' } }))
  const notices = { notices: ['checksum'] }
  const put = { method: 'PUT', body: 'hello' }
  await right('checksum-of-nothing-in-query-sdk-v3', V3, FETCH, carriers.fetch(await signers.v3('PutObject', { Key: 'a.txt' }), put), notices)
  await right('checksum-of-nothing-in-part-sdk-v3', V3, FETCH, carriers.fetch(await signers.v3('UploadPart', { Key: 'a.txt', UploadId: 'VXBsb2Fk', PartNumber: 1 }), put), notices)
  await right('no-default-checksum-sdk-v3', `${V3}, requestChecksumCalculation WHEN_REQUIRED`, FETCH,
    carriers.fetch(await signers.v3('PutObject', { Key: 'a.txt' }, { config: { requestChecksumCalculation: 'WHEN_REQUIRED' } }), put), { notices: [] })
  await right('acl-in-query-and-header-sdk-v3', V3, FETCH,
    carriers.fetch(await signers.v3('PutObject', { Key: 'a.txt', ACL: 'public-read' }, { config: { requestChecksumCalculation: 'WHEN_REQUIRED' } }), { ...put, headers: { 'x-amz-acl': 'public-read' } }))
  await right('metadata-in-query-sdk-v3', V3, FETCH,
    carriers.fetch(await signers.v3('PutObject', { Key: 'a.txt', Metadata: { filename: 'Léa  und\ttab' } }, { config: { requestChecksumCalculation: 'WHEN_REQUIRED' } }), put))
  await right('length-signed-sdk-v3', V3, FETCH, carriers.fetch(await signers.v3('PutObject', { Key: 'a.txt', ContentLength: 5 }, { config: { requestChecksumCalculation: 'WHEN_REQUIRED' } }), put))
  await right('plus-for-space-aws4fetch', AWS4FETCH, CURL,
    carriers.curl((await signers.aws4fetch('http://storage.test:9000/uploads/my%20photo.png?response-content-disposition=attachment; filename="a b.png"', {}, { signQuery: true, service: 's3' })).url))
  await right('header-aws4fetch', AWS4FETCH_SENDS, FETCH, (async () => {
    const signed = await signers.aws4fetch('http://storage.test:9000/uploads/a%20b.txt', { method: 'PUT', body: 'hello' }, { service: 's3' })
    return carriers.fetch(signed.url, { ...put, headers: Object.fromEntries(signed.headers) })
  })())
  await right('two-spaces-minio-js-header', MINIO_JS_SENDS, NODE, signers.minioSends('a.txt', 'hello', { 'x-amz-meta-name': 'a  b' }))
  await right('two-spaces-minio-py-header', MINIO_PY_SENDS, 'urllib3 of minio-py', signers.minioPySends('a.txt', 'hello', { more: { metadata: { name: 'a  b' } } }))
  await right('accents-sdk-v2-header', V2_SENDS, NODE, signers.v2Sends('putObject', { Key: 'a.txt', Body: 'hello', Metadata: { name: 'Léo' } }))
  await right('accents-aws4-header', AWS4_SENDS, NODE, signers.aws4Sends('PUT', '/uploads/a.txt', { 'x-amz-meta-name': 'Léo' }, { body: 'hello' }))
  await right('subresource-without-value-boto3-header', BOTO3_SENDS, 'urllib3 of boto3', signers.boto3Sends('create_multipart_upload', { Key: 'a b.bin' }))
  await right('almost-expired-aws4', AWS4, CURL, carriers.curl((await signers.aws4('GET', '/uploads/a.png', {}, { expires: 60 })).url))
  await right('clock-ten-minutes-fast-boto3', BOTO3, CURL, carriers.curl(await signers.boto3('get_object', { Key: 'a.png' }, { at: '20260115T121000Z' })))
}
