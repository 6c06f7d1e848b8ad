// Clocks and lifetimes.

import { AWS4, AWS4_SENDS, BOTO3, BOTO3_SENDS, CURL, FETCH, MINIO_PY, NODE, REQUESTS, V2, V3, V3_SENDS, certain } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'photos/beach.png'
  const time = (cause) => ({ cause, certainty: 'certain' })

  add({
    name: 'expired-boto3',
    signer: BOTO3,
    broken_by: 'The link was in a mail and was opened the next day.',
    captured_by: CURL,
    now: '20260116T081500Z',
    request: await carriers.curl(await signers.boto3('get_object', { Key }, { expires: 3600 })),
    refused: 'expired',
    expect: time('expired'),
  })
  add({
    name: 'expired-in-queue-sdk-v3',
    signer: V3,
    broken_by: 'All parts were signed at the start, and the last waited in the queue for too long.',
    captured_by: FETCH,
    now: '20260115T121501Z',
    request: await carriers.fetch(await signers.v3('UploadPart', { Key, UploadId: 'VXBsb2Fk', PartNumber: 9 }), { method: 'PUT', body: 'x' }),
    refused: 'expired',
    expect: time('expired'),
  })
  add({
    name: 'clock-ten-minutes-slow-aws4',
    signer: AWS4,
    broken_by: 'The clock of the signer is ten minutes slow, so a link for five minutes is never good.',
    captured_by: CURL,
    request: await carriers.curl((await signers.aws4('GET', `/uploads/${Key}`, {}, { at: '20260115T115100Z', expires: 300 })).url),
    refused: 'expired',
    expect: time('expired'),
  })
  add({
    name: 'clock-local-time-sdk-v2',
    signer: V2,
    broken_by: 'The clock of a container was set to local time, an hour ahead.',
    captured_by: CURL,
    request: await carriers.curl(await signers.v2('getObject', { Key }, { at: '20260115T130000Z' })),
    refused: 'not yet valid',
    expect: time('clock'),
  })
  add({
    name: 'clock-ahead-minio-py',
    signer: MINIO_PY,
    broken_by: 'A virtual machine woke up with its clock 20 minutes ahead.',
    captured_by: REQUESTS,
    request: await carriers.requests('PUT', await signers.minioPy('PUT', Key, { at: '20260115T122200Z' }), { body: 'x' }),
    refused: 'not yet valid',
    expect: time('clock'),
  })
  add({
    name: 'clock-slow-boto3-header',
    signer: BOTO3_SENDS,
    broken_by: 'WSL fell behind while the laptop slept (aws-cli#1065).',
    captured_by: 'urllib3 of boto3',
    request: await signers.boto3Sends('put_object', { Key, Body: 'hello' }, { at: '20260115T112000Z' }),
    refused: 'skewed',
    expect: time('clock'),
  })
  add({
    name: 'clock-ahead-sdk-v3-header',
    signer: V3_SENDS,
    broken_by: 'A device without a battery for its clock (aws-sdk-js-v3#2208).',
    captured_by: NODE,
    request: await signers.v3Sends('GetObject', { Key }, { at: '20260115T122000Z' }),
    refused: 'skewed',
    expect: time('clock'),
  })
  add({
    name: 'expiry-too-long-boto3',
    signer: BOTO3,
    broken_by: 'A link for 30 days; a week is the most, and boto3 does not say so.',
    captured_by: CURL,
    request: await carriers.curl(await signers.boto3('get_object', { Key }, { expires: 2_592_000 })),
    refused: 'expires',
    expect: time('expiry'),
  })
  add({
    name: 'expiry-in-milliseconds-aws4',
    signer: AWS4,
    broken_by: 'Given in milliseconds, as everything else in JavaScript.',
    captured_by: CURL,
    request: await carriers.curl((await signers.aws4('GET', `/uploads/${Key}`, {}, { expires: 900_000 })).url),
    refused: 'expires',
    expect: time('expiry'),
  })
  add({
    name: 'expiry-zero-boto3',
    signer: BOTO3,
    broken_by: 'Zero was thought to mean that the link lives for ever.',
    captured_by: CURL,
    now: '20260115T120000Z',
    request: await carriers.curl(await signers.boto3('get_object', { Key }, { expires: 0 })),
    refused: 'expires',
    expect: time('expiry'),
  })
  add({
    name: 'date-of-other-day-aws4-header',
    signer: AWS4_SENDS,
    broken_by: 'A scope that was kept from the day before, with the date of today.',
    captured_by: NODE,
    request: await signers.aws4Sends('GET', `/uploads/${Key}`, {}, {
      change: (signed) => (signed.headers.Authorization = signed.headers.Authorization.replace('/20260115/', '/20260114/')),
    }),
    refused: 'date',
    expect: certain(['clock', 'malformed']),
  })
}
