// Requests that are signed in another way than was meant, twice, or not at all.

import { AWS4, AWS4_SENDS, AXIOS, BOTO3, BOTO3_SENDS, CURL, FETCH, NGINX, NODE, REQUESTS, S3CMD, V2, V2_SENDS, V3, certain } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'photos/beach.png'
  const v2 = { cause: 'signature_v2', certainty: 'certain' }

  add({
    name: 'signature-v2-boto3',
    signer: `${BOTO3}, signature_version="s3"`,
    broken_by: 'What boto3 still does for some configurations: Signature Version 2.',
    captured_by: CURL,
    request: await carriers.curl(await signers.boto3('get_object', { Key }, { version: 's3' })),
    expect: v2,
  })
  add({
    name: 'signature-v2-sdk-v2',
    signer: `${V2}, signatureVersion v2`,
    broken_by: 'aws-sdk v2 presigns with Signature Version 2 in us-east-1 unless told otherwise.',
    captured_by: FETCH,
    request: await carriers.fetch(await signers.v2('putObject', { Key, ContentType: 'image/png' }, { version: 'v2' }), {
      method: 'PUT',
      body: 'x',
      headers: { 'content-type': 'image/png' },
    }),
    expect: v2,
  })
  add({
    name: 'signature-v2-sdk-v2-header',
    signer: `${V2_SENDS}, signatureVersion v2`,
    broken_by: 'An old configuration.',
    captured_by: NODE,
    request: await signers.v2Sends('putObject', { Key, Body: 'hello' }, { version: 'v2' }),
    expect: v2,
  })

  add({
    name: 'signature-v2-s3cmd',
    signer: S3CMD,
    broken_by: '`s3cmd signurl` signs with Signature Version 2.',
    captured_by: CURL,
    request: await carriers.curl(await signers.s3cmd(Key, 1768479300)),
    expect: v2,
  })

  // Not signed.
  add({
    name: 'authorization-removed-by-gateway-boto3',
    signer: BOTO3_SENDS,
    broken_by: 'The gateway takes the Authorization header for its own and does not pass it on.',
    captured_by: 'nginx, boto3 before it',
    request: await signers.boto3Sends('list_objects_v2', {}, { port: await carriers.nginxPort('unauthorized') }),
    refused: 'not signed',
    expect: certain('not_signed'),
  })
  let url = await signers.v3('PutObject', { Key })
  add({
    name: 'query-removed-sdk-v3',
    signer: V3,
    broken_by: 'The page sends to `url.split("?")[0]`, which is where the file will be.',
    captured_by: FETCH,
    request: await carriers.fetch(url.split('?')[0], { method: 'PUT', body: 'x' }),
    refused: 'not signed',
    expect: certain('not_signed'),
  })

  // Twice.
  add({
    name: 'bearer-beside-presigned-sdk-v3',
    signer: V3,
    broken_by: 'The API client of the app adds its bearer token to all it sends, the upload too.',
    captured_by: AXIOS,
    request: await carriers.axios({ method: 'put', url, data: 'x', headers: { Authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' } }),
    good: await carriers.axios({ method: 'put', url, data: 'x' }),
    refused: 'signed twice',
    expect: certain('ambiguous'),
  })
  url = await signers.boto3('get_object', { Key })
  add({
    name: 'basic-beside-presigned-boto3',
    signer: BOTO3,
    broken_by: 'A `.netrc` or a proxy adds a password for the host.',
    captured_by: CURL,
    request: await carriers.curl(url, '-u', 'user:password'),
    refused: 'signed twice',
    expect: certain('ambiguous'),
  })
  add({
    name: 'presigned-again-boto3',
    signer: BOTO3,
    broken_by: 'The query of a second link was appended to the first.',
    captured_by: CURL,
    request: await carriers.curl(`${url}&${(await signers.boto3('put_object', { Key })).split('?')[1]}`),
    expect: certain('ambiguous'),
  })
  add({
    name: 'signed-and-presigned-aws4',
    signer: `${AWS4}, ${AWS4_SENDS}`,
    broken_by: 'An interceptor signs what is signed in the query already.',
    captured_by: NODE,
    request: await (async () => {
      const { url } = await signers.aws4('GET', `/uploads/${Key}`)
      const { pathname, search } = new URL(url)
      return signers.aws4Sends('GET', pathname + search)
    })(),
    refused: 'signed twice',
    expect: certain('ambiguous'),
  })

  // Signatures that cannot be read.
  add({
    name: 'bearer-alone',
    signer: 'none: the token of the app',
    broken_by: 'The storage was given the token of the app, which it does not know.',
    captured_by: REQUESTS,
    request: await carriers.requests('GET', `http://storage.test:9000/uploads/${Key}`, { headers: { Authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' } }),
    expect: certain(['malformed', 'not_signed']),
  })
  add({
    name: 'signature-in-upper-case-boto3',
    signer: BOTO3,
    broken_by: 'A tool writes the whole query in upper case digits.',
    captured_by: CURL,
    request: await carriers.curl(url.replace(/(X-Amz-Signature=)(\w+)/, (_, name, value) => name + value.toUpperCase())),
    expect: certain(['malformed', 'query_changed'], 'X-Amz-Signature'),
  })
  add({
    name: 'credential-without-scope-boto3-header',
    signer: BOTO3_SENDS,
    broken_by: 'A script writes the key alone where the credential belongs.',
    captured_by: 'urllib3 of boto3, header changed after',
    request: await (async () => {
      const request = await signers.boto3Sends('list_objects_v2', {})
      const headers = request.headers.map(([name, value]) => [
        name,
        name === 'Authorization' ? value.replace('/20260115/us-east-1/s3/aws4_request', '') : value,
      ])
      return { ...request, headers }
    })(),
    refused: 'credential',
    expect: certain('malformed'),
  })
  add({
    name: 'too-many-tracking-parameters-boto3',
    signer: BOTO3,
    broken_by: 'A gateway appends its whole context to the query.',
    captured_by: NGINX.replace('nginx, ', ''),
    request: await carriers.curl(`${url}&${Array.from({ length: 130 }, (_, at) => `ctx${at}=1`).join('&')}`),
    expect: certain('too_large'),
  })
}
