// The query: parameters added, taken off, changed.

import { AWS4, AWS4FETCH, AXIOS, BOTO3, CHROMIUM, CURL, FETCH, MINIO_JS, MINIO_PY, NGINX, REQUESTS, V2, V3, certain } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'photos/beach.png'
  const added = (part, arrived) => certain('query_added', part, null, arrived)

  let url = await signers.boto3('get_object', { Key })
  add({
    name: 'tracking-parameter-added-boto3',
    signer: BOTO3,
    broken_by: 'A newsletter adds utm_source to every link.',
    captured_by: CURL,
    request: await carriers.curl(`${url}&utm_source=newsletter`),
    good: await carriers.curl(url),
    expect: added('utm_source', 'newsletter'),
  })
  add({
    name: 'gateway-parameter-added-boto3',
    signer: BOTO3,
    broken_by: 'The gateway adds its trace id to the query.',
    captured_by: NGINX,
    request: await carriers.throughNginx('tagging', url),
    expect: added('trace_id', '7f3a'),
  })
  url = await signers.minioPy('GET', Key)
  add({
    name: 'cache-buster-added-minio-py',
    signer: MINIO_PY,
    broken_by: '`cache: false` of jQuery adds the time.',
    captured_by: AXIOS,
    request: await carriers.axios({ url, params: { _: 1768478400123 } }),
    expect: added('_', '1768478400123'),
  })
  url = await signers.minio('PUT', Key)
  add({
    name: 'x-id-added-minio-js',
    signer: MINIO_JS,
    broken_by: 'x-id was copied from a link of the AWS SDK.',
    captured_by: FETCH,
    request: await carriers.fetch(`${url}&x-id=PutObject`, { method: 'PUT', body: 'x' }),
    expect: added('x-id', 'PutObject'),
  })
  url = await signers.v2('getObject', { Key })
  add({
    name: 'response-disposition-added-sdk-v2',
    signer: V2,
    broken_by: 'The page asks for a download by a parameter that was not signed.',
    captured_by: CHROMIUM,
    request: await carriers.browser(({ url }) => fetch(url), { url: `${url}&response-content-disposition=attachment` }),
    expect: added('response-content-disposition', 'attachment'),
  })
  const { url: a4 } = await signers.aws4('GET', `/uploads/${Key}`)
  add({
    name: 'upload-id-added-aws4',
    signer: AWS4,
    broken_by: 'One link is to serve all parts: the number is added in the page.',
    captured_by: AXIOS,
    request: await carriers.axios({ url: a4, params: { partNumber: 3 } }),
    expect: added('partNumber', '3'),
  })

  // Taken off.
  url = await signers.v3('PutObject', { Key })
  const without = (url, ...names) => names.reduce((text, name) => text.replace(new RegExp(`[?&]${name}=[^&]*`), (all) => (all[0] === '?' ? '?' : '')).replace('?&', '?'), url)
  add({
    name: 'x-id-removed-sdk-v3',
    signer: V3,
    broken_by: 'A proxy keeps only the parameters that S3 documents, and x-id is not one.',
    captured_by: CURL,
    request: await carriers.curl(without(url, 'x-id'), '-T', '.npmrc'),
    good: await carriers.curl(url, '-T', '.npmrc'),
    expect: certain('query_missing', 'x-id', 'PutObject', null),
  })
  add({
    name: 'content-sha256-removed-sdk-v3',
    signer: V3,
    broken_by: 'The parameter looked needless, as other signers have none.',
    captured_by: CURL,
    request: await carriers.curl(without(url, 'X-Amz-Content-Sha256'), '-T', '.npmrc'),
    expect: certain('query_missing', 'X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD', null),
  })
  add({
    name: 'checksum-removed-sdk-v3',
    signer: V3,
    broken_by: 'The checksum of nothing was taken off the URL in the page, to get rid of it (aws-sdk-js-v3#6810).',
    captured_by: FETCH,
    request: await carriers.fetch(without(url, 'x-amz-checksum-crc32', 'x-amz-sdk-checksum-algorithm'), { method: 'PUT', body: 'x' }),
    expect: { cause: ['query_missing', 'checksum'], certainty: 'certain' },
  })
  url = await signers.v2('putObject', { Key, ContentType: 'image/png' })
  add({
    name: 'content-type-parameter-removed-sdk-v2',
    signer: V2,
    broken_by: 'v2 puts the type into the query; it was moved to a header, where it seemed to belong.',
    captured_by: FETCH,
    request: await carriers.fetch(without(url, 'Content-Type'), { method: 'PUT', body: 'x', headers: { 'content-type': 'image/png' } }),
    good: await carriers.fetch(url, { method: 'PUT', body: 'x', headers: { 'content-type': 'image/png' } }),
    expect: { cause: ['query_missing', 'content_type'], certainty: 'certain', signed: 'image/png' },
  })

  // Changed.
  url = await signers.boto3('upload_part', { Key, UploadId: 'VXBsb2FkIElE', PartNumber: 1 })
  add({
    name: 'part-number-changed-boto3',
    signer: BOTO3,
    broken_by: 'The link of the first part is used for the second.',
    captured_by: REQUESTS,
    request: await carriers.requests('PUT', url.replace('partNumber=1', 'partNumber=2'), { body: 'x' }),
    good: await carriers.requests('PUT', url, { body: 'x' }),
    expect: certain('query_changed', 'partNumber', '1', '2'),
  })
  url = await signers.v3('UploadPart', { Key, UploadId: 'VXBsb2FkIElE', PartNumber: 4 })
  add({
    name: 'part-number-changed-sdk-v3',
    signer: V3,
    broken_by: 'The parts are counted from 0 in the page and from 1 in the backend.',
    captured_by: FETCH,
    request: await carriers.fetch(url.replace('partNumber=4', 'partNumber=3'), { method: 'PUT', body: 'x' }),
    expect: certain('query_changed', 'partNumber', '4', '3'),
  })
  url = await signers.boto3('get_object', { Key }, { expires: 3600 })
  add({
    name: 'expires-extended-boto3',
    signer: BOTO3,
    broken_by: 'The link was to live longer, so a week was written into it.',
    captured_by: CURL,
    request: await carriers.curl(url.replace('X-Amz-Expires=3600', 'X-Amz-Expires=604800')),
    expect: certain('query_changed', 'X-Amz-Expires', '3600', '604800'),
  })
  url = await signers.v3('ListObjectsV2', { Prefix: 'summer%202025' })
  add({
    name: 'query-decoded-by-decodeuri-sdk-v3',
    signer: V3,
    broken_by: '`decodeURI` on the URL; the prefix has percent signs of its own.',
    captured_by: FETCH,
    request: await carriers.fetch(decodeURI(url)),
    good: await carriers.fetch(url),
    expect: certain('query_changed', 'prefix', ['summer%202025', 'summer%25202025'], ['summer 2025', 'summer%202025']),
  })
  url = await signers.boto3('get_object', { Key, ResponseContentDisposition: 'attachment; filename="rock + roll.png"' })
  add({
    name: 'plus-decoded-boto3',
    signer: BOTO3,
    broken_by: '`decodeURIComponent` on the URL makes `%2B` a plus, and a plus in a query is a space.',
    captured_by: FETCH,
    request: await carriers.fetch(decodeURIComponent(url)),
    good: await carriers.fetch(url),
    expect: certain('query_changed', 'response-content-disposition'),
  })
  url = await signers.boto3('get_object', { Key, ResponseContentDisposition: 'attachment; filename="a b.png"' })
  add({
    name: 'query-encoded-twice-boto3',
    signer: BOTO3,
    broken_by: '`encodeURI` on a URL that is encoded already: each `%` becomes `%25`.',
    captured_by: CURL,
    request: await carriers.curl(encodeURI(url)),
    good: await carriers.curl(url),
    expect: { cause: ['query_changed', 'malformed'], certainty: 'certain' },
  })
  const fetched = await signers.aws4fetch(`http://storage.test:9000/uploads/${Key}?response-content-type=image%2Fpng`, {}, { signQuery: true, service: 's3' })
  add({
    name: 'parameter-names-lowered-aws4fetch',
    signer: AWS4FETCH,
    broken_by: 'A cache lowers the names of parameters.',
    captured_by: CURL,
    request: await carriers.curl(fetched.url.replace(/[?&][^=]*=/g, (name) => name.toLowerCase())),
    good: await carriers.curl(fetched.url),
    expect: { cause: ['query_changed', 'malformed', 'query_missing'], certainty: ['certain', 'likely'] },
  })
}
