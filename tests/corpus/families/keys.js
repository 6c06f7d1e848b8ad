// Secrets, keys, scopes and session tokens.

import { AWS4, AWS4_SENDS, BOTO3, BOTO3_SENDS, CURL, FETCH, MINIO_JS, MINIO_JS_SENDS, MINIO_PY, MINIO_PY_SENDS, NODE, V2, V2_SENDS, V3, V3_SENDS, certain, likely } from '../lib/names.js'
import { KEYS, OTHER, SESSION } from '../lib/signers.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'photos/beach.png'
  const secret = (secret_key) => ({ keys: { ...KEYS, secret_key } })
  const wrong = secret('Zk9zYXJkaW5lcyBhbmQgbGVtb25zIGFuZCBzYWx0')
  const suspected = { certainty: 'unknown', cause: 'secret' }

  // Another secret.
  add({
    name: 'secret-wrong-boto3',
    signer: BOTO3,
    broken_by: 'The secret of the staging account with the key of production.',
    captured_by: CURL,
    request: await carriers.curl(await signers.boto3('get_object', { Key }, wrong)),
    expect: suspected,
  })
  add({
    name: 'secret-wrong-sdk-v3',
    signer: V3,
    broken_by: 'The secret was rotated, and the backend was not restarted.',
    captured_by: FETCH,
    request: await carriers.fetch(await signers.v3('PutObject', { Key }, wrong), { method: 'PUT', body: 'x' }),
    expect: suspected,
  })
  add({
    name: 'secret-wrong-boto3-header',
    signer: BOTO3_SENDS,
    broken_by: 'A typing error in the secret.',
    captured_by: 'urllib3 of boto3',
    request: await signers.boto3Sends('list_objects_v2', {}, secret(KEYS.secret_key.replace('K7', 'k7'))),
    expect: likely('secret', 'secret'),
  })
  add({
    name: 'secret-wrong-minio-py-header',
    signer: MINIO_PY_SENDS,
    broken_by: 'The secret of another machine.',
    captured_by: 'urllib3 of minio-py',
    request: await signers.minioPySends('a.txt', 'hello', wrong),
    expect: likely('secret', 'secret'),
  })
  add({
    name: 'secret-wrong-sdk-v3-header',
    signer: V3_SENDS,
    broken_by: 'The secret was cut at its first slash by a shell script.',
    captured_by: NODE,
    request: await signers.v3Sends('GetObject', { Key }, secret(KEYS.secret_key.split('/')[0])),
    expect: likely('secret', 'secret'),
  })

  // White space around it.
  const around = async (slug, signer, text, broken_by, request) =>
    add({ name: `secret-${slug}`, signer, broken_by, captured_by: CURL, request: await request(secret(text)), expect: certain('secret_whitespace', 'secret') })
  await around('newline-boto3', BOTO3, `${KEYS.secret_key}\n`, 'Read from a file, with the line break at its end.', async (more) =>
    carriers.curl(await signers.boto3('get_object', { Key }, more)))
  await around('space-aws4', AWS4, `${KEYS.secret_key} `, 'Pasted with a space at its end.', async (more) =>
    carriers.curl((await signers.aws4('GET', `/uploads/${Key}`, {}, more)).url))
  await around('newline-windows-sdk-v2', V2, `${KEYS.secret_key}\r\n`, 'Read from a file made on Windows.', async (more) =>
    carriers.curl(await signers.v2('getObject', { Key }, more)))
  await around('carriage-return-sdk-v3', V3, `${KEYS.secret_key}\r`, 'A `.env` file made on Windows and read by a shell.', async (more) =>
    carriers.curl(await signers.v3('GetObject', { Key }, more)))
  await around('space-before-minio-py', MINIO_PY, ` ${KEYS.secret_key}`, '`secret: " …"` in a YAML file.', async (more) =>
    carriers.curl(await signers.minioPy('GET', Key, more)))

  // The secret of another key, a key that is not known.
  add({
    name: 'secret-of-other-key-boto3',
    signer: BOTO3,
    broken_by: 'Two key pairs in the environment, one half of each.',
    captured_by: CURL,
    credentials: [KEYS, OTHER],
    request: await carriers.curl(await signers.boto3('put_object', { Key }, secret(OTHER.secret_key)), '-T', '.npmrc'),
    expect: certain('other_key', ['secret', 'X-Amz-Credential', 'credential']),
  })
  add({
    name: 'secret-of-other-key-sdk-v2-header',
    signer: V2_SENDS,
    broken_by: 'Two key pairs in the environment, one half of each.',
    captured_by: NODE,
    credentials: [KEYS, OTHER],
    request: await signers.v2Sends('getObject', { Key }, secret(OTHER.secret_key)),
    expect: certain('other_key', ['secret', 'authorization', 'credential']),
  })
  add({
    name: 'key-unknown-minio-js',
    signer: MINIO_JS,
    broken_by: 'The key of another storage.',
    captured_by: FETCH,
    request: await carriers.fetch(await signers.minio('GET', Key, { keys: OTHER })),
    refused: 'unknown key',
    expect: certain('unknown_key'),
  })
  add({
    name: 'key-with-quotes-aws4-header',
    signer: AWS4_SENDS,
    broken_by: 'Docker takes the quotes of an env file as part of the value.',
    captured_by: NODE,
    request: await signers.aws4Sends('GET', `/uploads/${Key}`, {}, { keys: { ...KEYS, access_key: `"${KEYS.access_key}"` } }),
    refused: 'unknown key',
    expect: certain('unknown_key'),
  })

  // Region and service.
  add({
    name: 'region-other-boto3',
    signer: BOTO3,
    broken_by: 'The default region of the SDK in place of the bucket’s.',
    captured_by: CURL,
    region: 'eu-west-3',
    request: await carriers.curl(await signers.boto3('get_object', { Key })),
    refused: 'region',
    expect: certain('region'),
  })
  add({
    name: 'region-auto-sdk-v3',
    signer: V3,
    broken_by: '`region: "auto"` was left over from Cloudflare R2.',
    captured_by: FETCH,
    request: await carriers.fetch(await signers.v3('PutObject', { Key }, { region: 'auto' }), { method: 'PUT', body: 'x' }),
    refused: 'region',
    expect: certain('region'),
  })
  add({
    name: 'region-other-minio-js-header',
    signer: MINIO_JS_SENDS,
    broken_by: 'The region of another deployment.',
    captured_by: NODE,
    request: await signers.minioSends('a.txt', 'hello', {}, { region: 'eu-central-1' }),
    refused: 'region',
    expect: certain('region'),
  })
  add({
    name: 'service-execute-api-aws4',
    signer: AWS4,
    broken_by: 'The service of an API gateway, from an example for Lambda.',
    captured_by: CURL,
    request: await carriers.curl((await signers.aws4('GET', `/uploads/${Key}`, {}, { service: 'execute-api' })).url),
    refused: 'service',
    expect: certain('service'),
  })
  const general = await signers.botocore('SigV4Auth', 'GET', `http://storage.test:9000/uploads/${Key}`, { service: 's3express' })
  add({
    name: 'service-s3express-botocore-header',
    signer: 'botocore 1.44.5 SigV4Auth',
    broken_by: 'The service of directory buckets for a bucket of the usual kind.',
    captured_by: CURL,
    request: await carriers.curl(general.url, ...Object.entries(general.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])),
    refused: 'service',
    expect: certain('service'),
  })

  const guessed = await signers.aws4fetch(`http://storage.test:9000/uploads/${Key}`)
  add({
    name: 'service-not-guessed-aws4fetch-header',
    signer: 'aws4fetch 1.0.20 Authorization header',
    broken_by: 'aws4fetch guesses the service from the host, and a host of one’s own tells none.',
    captured_by: FETCH,
    request: await carriers.fetch(guessed.url, { headers: Object.fromEntries(guessed.headers) }),
    expect: certain(['service', 'malformed']),
  })

  // Session tokens.
  const sent = { credentials: [SESSION] }
  const url = await signers.boto3('get_object', { Key }, { keys: SESSION })
  add({
    name: 'session-token-removed-boto3',
    signer: BOTO3,
    broken_by: 'The token makes the URL long, so somebody took it off.',
    captured_by: CURL,
    ...sent,
    request: await carriers.curl(url.replace(/&X-Amz-Security-Token=[^&]*/, '')),
    good: await carriers.curl(url),
    refused: 'token',
    expect: certain('session_token'),
  })
  add({
    name: 'session-token-plus-decoded-boto3',
    signer: BOTO3,
    broken_by: '`decodeURIComponent` on the URL makes `%2B` a plus, and a plus in a query is a space.',
    captured_by: FETCH,
    ...sent,
    request: await carriers.fetch(decodeURIComponent(url)),
    refused: 'token',
    expect: certain(['session_token', 'query_changed']),
  })
  const { session_token, ...forgotten } = SESSION
  add({
    name: 'session-token-never-given-sdk-v3',
    signer: V3,
    broken_by: 'Key and secret of temporary credentials were copied, the token was not.',
    captured_by: FETCH,
    ...sent,
    request: await carriers.fetch(await signers.v3('PutObject', { Key }, { keys: forgotten }), { method: 'PUT', body: 'x' }),
    refused: 'token',
    expect: certain('session_token'),
  })
  add({
    name: 'session-token-of-before-aws4',
    signer: AWS4,
    broken_by: 'A new key pair with the token of the session before.',
    captured_by: CURL,
    ...sent,
    request: await carriers.curl((await signers.aws4('GET', `/uploads/${Key}`, {}, { keys: { ...SESSION, session_token: session_token.replace('EXAMPLE', 'OLDER01') } })).url),
    refused: 'token',
    expect: certain('session_token'),
  })
  add({
    name: 'session-token-left-over-boto3-header',
    signer: BOTO3_SENDS,
    broken_by: 'AWS_SESSION_TOKEN is still in the environment beside a lasting key.',
    captured_by: 'urllib3 of boto3',
    request: await signers.boto3Sends('list_objects_v2', {}, { keys: { ...KEYS, session_token } }),
    refused: 'token',
    expect: certain('session_token'),
  })
}
