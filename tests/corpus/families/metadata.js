// User metadata, where accents and spaces meet the rules of HTTP headers.

import { AWS4FETCH_SENDS, AWS4_SENDS, AXIOS, BOTO3, FETCH, HANDWRITTEN, MINIO_JS_SENDS, NODE, REQUESTS, V3, certain, likely, unknown } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const meta = (value) => ({ 'x-amz-meta-filename': value })

  let url = await signers.boto3('put_object', { Key: 'a.bin', Metadata: { filename: 'Summer in Athens' } })
  const good = await carriers.fetch(url, { method: 'PUT', body: 'x', headers: meta('Summer in Athens') })
  add({
    name: 'metadata-dropped-boto3',
    signer: BOTO3,
    broken_by: 'boto3 signs metadata as headers; the page sends only the file.',
    captured_by: FETCH,
    request: await carriers.fetch(url, { method: 'PUT', body: 'x' }),
    good,
    expect: likely('metadata', 'x-amz-meta-filename', undefined, null),
  })
  add({
    name: 'metadata-spaces-encoded-boto3',
    signer: BOTO3,
    broken_by: 'The page percent-encodes the value, as it would in a URL.',
    captured_by: AXIOS,
    request: await carriers.axios({ method: 'put', url, data: 'x', headers: meta(encodeURIComponent('Summer in Athens')) }),
    expect: certain('metadata', 'x-amz-meta-filename', 'Summer in Athens', 'Summer%20in%20Athens'),
  })
  add({
    name: 'metadata-other-text-boto3',
    signer: BOTO3,
    broken_by: 'The user renamed the file between signing and sending. Nobody can guess the old name.',
    captured_by: AXIOS,
    request: await carriers.axios({ method: 'put', url, data: 'x', headers: meta('Winter in Oslo') }),
    expect: unknown,
  })

  url = await signers.boto3('put_object', { Key: 'a.bin', Metadata: { filename: 'L%C3%A9a.jpg' } })
  add({
    name: 'metadata-decoded-boto3',
    signer: BOTO3,
    broken_by: 'The backend encodes the name for the header, the page sends it as it is.',
    captured_by: REQUESTS,
    request: await carriers.requests('PUT', url, { body: 'x', headers: meta('Léa.jpg') }),
    good: await carriers.requests('PUT', url, { body: 'x', headers: meta('L%C3%A9a.jpg') }),
    expect: certain('metadata', 'x-amz-meta-filename', 'L%C3%A9a.jpg'),
  })

  url = await signers.boto3('put_object', { Key: 'a.bin' })
  add({
    name: 'metadata-added-boto3',
    signer: BOTO3,
    broken_by: 'The page adds the original name; the URL was signed without.',
    captured_by: FETCH,
    request: await carriers.fetch(url, { method: 'PUT', body: 'x', headers: meta('beach.png') }),
    refused: 'header not signed',
    expect: certain('header_not_signed', 'x-amz-meta-filename', null, 'beach.png'),
  })

  url = await signers.v3('PutObject', { Key: 'a.bin', Metadata: { filename: 'a.png' } })
  add({
    name: 'metadata-conflict-sdk-v3',
    signer: V3,
    broken_by: 'v3 puts metadata into the query; the page sends the header with another name.',
    captured_by: FETCH,
    request: await carriers.fetch(url, { method: 'PUT', body: 'x', headers: meta('b.png') }),
    refused: 'conflict',
    expect: certain(['metadata', 'ambiguous'], 'x-amz-meta-filename', 'a.png', 'b.png'),
  })

  add({
    name: 'metadata-accents-minio-js',
    signer: MINIO_JS_SENDS,
    broken_by: 'minio-js signs the name in UTF-8, Node sends it in Latin-1 (minio/minio-js#1300).',
    captured_by: NODE,
    request: await signers.minioSends('a.txt', 'hello', { 'x-amz-meta-firstname': 'Léo' }),
    good: await signers.minioSends('a.txt', 'hello', { 'x-amz-meta-firstname': 'Leo' }),
    expect: certain('metadata', 'x-amz-meta-firstname', 'Léo'),
  })
  const spaces = 'Silk road  Self driving.mp4'
  add({
    name: 'metadata-double-space-handwritten',
    signer: HANDWRITTEN,
    broken_by: 'Two spaces are signed as two; the rules fold them into one (devlikeapro/waha#2279).',
    captured_by: NODE,
    request: await signers.handwritten('PUT', '/uploads/a.mp4', meta(spaces), 'x'),
    good: await signers.handwritten('PUT', '/uploads/a.mp4', meta('Silk road'), 'x'),
    expect: certain('metadata', 'x-amz-meta-filename', spaces),
  })
  add({
    name: 'metadata-accents-aws4fetch',
    signer: AWS4FETCH_SENDS,
    broken_by: 'The value was turned into UTF-8 by hand for fetch, and is encoded once more when it is signed.',
    captured_by: FETCH,
    request: await (async () => {
      const value = Buffer.from('Zoë').toString('latin1')
      const signed = await signers.aws4fetch('http://storage.test:9000/uploads/a.txt', { method: 'PUT', body: 'x', headers: meta(value) }, { service: 's3' })
      return carriers.fetch(signed.url, { method: 'PUT', body: 'x', headers: Object.fromEntries(signed.headers) })
    })(),
    expect: certain('metadata', 'x-amz-meta-filename'),
  })
  add({
    name: 'metadata-accents-aws4',
    signer: AWS4_SENDS,
    broken_by: 'Signed as UTF-8 bytes, then set again by a logger that reads headers as Latin-1 and writes them as ASCII with escapes.',
    captured_by: NODE,
    request: await signers.aws4Sends('PUT', '/uploads/a.txt', { 'x-amz-meta-filename': 'Léa.jpg' }, {
      body: 'hello',
      change: (signed) => (signed.headers['x-amz-meta-filename'] = encodeURIComponent('Léa.jpg')),
    }),
    expect: certain('metadata', 'x-amz-meta-filename', undefined, 'L%C3%A9a.jpg'),
  })
}
