// The path: encoded once too often or too little, and rewritten on the way.

import { AWS4, AXIOS, BOTO3, BOTOCORE, CURL, FETCH, MINIO_JS, NGINX, SMITHY, V2, V3, certain, unknown } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const encoding = certain('path_encoding', 'path')
  const rewritten = certain('path_rewritten', 'path')

  let url = await signers.boto3('get_object', { Key: 'summer 2025/my photo.png' })
  add({
    name: 'path-encoded-twice-boto3',
    signer: BOTO3,
    broken_by: 'The path of the URL was put through an encoder once more.',
    captured_by: CURL,
    request: await carriers.curl(url.replace(/^([^?]*)/, (path) => path.replaceAll('%', '%25'))),
    good: await carriers.curl(url),
    expect: encoding,
  })
  add({
    name: 'path-plus-for-space-boto3',
    signer: BOTO3,
    broken_by: 'The path was encoded as a form is, with `+` for a space.',
    captured_by: FETCH,
    request: await carriers.fetch(url.replace(/^([^?]*)/, (path) => path.replaceAll('%20', '+'))),
    expect: encoding,
  })
  url = await signers.v3('GetObject', { Key: 'summer%202025/report%20final.pdf' })
  add({
    name: 'path-decoded-by-decodeuri-sdk-v3',
    signer: V3,
    broken_by: '`decodeURI` on the URL, to show it; the key has percent signs of its own.',
    captured_by: FETCH,
    request: await carriers.fetch(url.replace(/^([^?]*)/, (path) => decodeURI(path))),
    good: await carriers.fetch(url),
    expect: encoding,
  })
  url = await signers.minio('GET', 'summer%202025/report%20final.pdf')
  add({
    name: 'path-decoded-by-nginx-minio-js',
    signer: MINIO_JS,
    broken_by: '`proxy_pass …$uri`: nginx decodes the path and sends it on so; the key has percent signs of its own.',
    captured_by: NGINX,
    request: await carriers.throughNginx('decoded', url),
    good: await carriers.throughNginx('right', url),
    expect: encoding,
  })
  const general = await signers.botocore('SigV4QueryAuth', 'PUT', 'http://storage.test:9000/uploads/my%20photo.png', {
    expires: 900,
    // S3 takes a stated hash as it is, so the path alone is wrong.
    headers: { 'X-Amz-Content-SHA256': 'UNSIGNED-PAYLOAD' },
  })
  add({
    name: 'path-signed-twice-encoded-botocore',
    signer: BOTOCORE,
    broken_by: 'The general signer encodes the path twice, S3 once.',
    captured_by: CURL,
    request: await carriers.curl(general.url, '-X', 'PUT', '-H', 'X-Amz-Content-SHA256: UNSIGNED-PAYLOAD', '--data-binary', 'x'),
    expect: encoding,
  })
  url = await signers.smithy('PUT', 'http://storage.test:9000/uploads/my%20photo.png', { signer: { applyChecksum: false }, headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } })
  add({
    name: 'path-signed-twice-encoded-smithy',
    signer: `${SMITHY} without uriEscapePath: false`,
    broken_by: 'The general signer encodes the path twice, S3 once.',
    captured_by: CURL,
    request: await carriers.curl(url, '-T', '.npmrc', ...(url.includes('content-sha256=') ? [] : ['-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD'])),
    expect: encoding,
  })

  url = await signers.boto3('put_object', { Key: '/photos/beach.png' })
  add({
    name: 'path-slashes-folded-boto3',
    signer: BOTO3,
    broken_by: 'The key begins with a slash; nginx folds two slashes into one.',
    captured_by: NGINX,
    request: await carriers.throughNginx('normalized', url, '-T', '.npmrc'),
    good: await carriers.throughNginx('right', url, '-T', '.npmrc'),
    expect: rewritten,
  })
  url = await signers.v2('getObject', { Key: 'photos//beach.png' })
  add({
    name: 'path-slashes-folded-sdk-v2',
    signer: V2,
    broken_by: 'Two slashes within the key, from a join of folder and name; a clean-up made them one.',
    captured_by: AXIOS,
    request: await carriers.axios({ url: url.replace('photos//beach', 'photos/beach') }),
    good: await carriers.axios({ url }),
    expect: rewritten,
  })
  url = await signers.boto3('get_object', { Key: 'photos/beach.png' }, { endpoint: 'http://files.example.org/storage' })
  add({
    name: 'path-prefix-stripped-forwarded-boto3',
    signer: BOTO3,
    broken_by: 'The public URL has a prefix, which nginx takes off; it says so in X-Forwarded-Prefix.',
    captured_by: NGINX,
    request: await carriers.throughNginx('stripped', url),
    expect: rewritten,
  })
  url = await signers.v3('PutObject', { Key: 'photos/beach.png' })
  add({
    name: 'path-prefix-added-sdk-v3',
    signer: V3,
    broken_by: 'nginx puts a prefix before the path.',
    captured_by: NGINX,
    request: await carriers.throughNginx('prefixed', url, '-T', '.npmrc'),
    expect: rewritten,
  })
  url = await signers.boto3('get_object', { Key: 'photos/beach.png' }, { endpoint: 'https://s3.eu-west-3.amazonaws.com', region: 'eu-west-3', style: 'virtual' })
  add({
    name: 'path-bucket-twice-boto3',
    signer: BOTO3,
    broken_by: 'The bucket is in the host already, and was put before the key once more.',
    captured_by: CURL,
    region: 'eu-west-3',
    request: await carriers.curl(url.replace('amazonaws.com/', 'amazonaws.com/uploads/')),
    expect: rewritten,
  })
  const { url: signed } = await signers.aws4('GET', '/uploads/photos/beach.png')
  add({
    name: 'path-slash-at-end-aws4',
    signer: AWS4,
    broken_by: 'A router adds a slash to paths without one.',
    captured_by: FETCH,
    request: await carriers.fetch(signed.replace('beach.png?', 'beach.png/?')),
    expect: rewritten,
  })
  add({
    name: 'path-key-renamed-aws4',
    signer: AWS4,
    broken_by: 'The same link for another key: nobody can guess which.',
    captured_by: FETCH,
    request: await carriers.fetch(signed.replace('beach.png', 'mountain.png')),
    expect: unknown,
  })
}
