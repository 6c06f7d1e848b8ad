// The ACL: signed by the backend, forgotten by the page.

import { AWS4, AXIOS, BOTO3, CHROMIUM, CURL, FETCH, V2, V3, certain } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'avatars/42.png'

  let url = await signers.boto3('put_object', { Key, ACL: 'public-read' })
  add({
    name: 'acl-dropped-boto3',
    signer: BOTO3,
    broken_by: 'boto3 signs the ACL as a header; the page sends only the file.',
    captured_by: CHROMIUM,
    request: await carriers.browser(({ url }) => fetch(url, { method: 'PUT', body: new Blob(['x'], { type: 'image/png' }) }), { url }),
    good: await carriers.fetch(url, { method: 'PUT', body: 'x', headers: { 'x-amz-acl': 'public-read' } }),
    expect: certain('acl', 'x-amz-acl', 'public-read', null),
  })
  add({
    name: 'acl-changed-boto3',
    signer: BOTO3,
    broken_by: 'The page was changed to private, the backend was not.',
    captured_by: FETCH,
    request: await carriers.fetch(url, { method: 'PUT', body: 'x', headers: { 'x-amz-acl': 'private' } }),
    expect: certain('acl', 'x-amz-acl', 'public-read', 'private'),
  })

  url = await signers.boto3('put_object', { Key })
  add({
    name: 'acl-added-boto3',
    signer: BOTO3,
    broken_by: 'The page asks for a public file; the URL was signed without.',
    captured_by: CHROMIUM,
    request: await carriers.browser(
      ({ url }) => fetch(url, { method: 'PUT', body: 'x', headers: { 'x-amz-acl': 'public-read' } }),
      { url },
    ),
    good: await carriers.fetch(url, { method: 'PUT', body: 'x' }),
    refused: 'header not signed',
    expect: certain('header_not_signed', 'x-amz-acl', null, 'public-read'),
  })

  url = await signers.v2('putObject', { Key, ACL: 'public-read', ContentType: 'image/png' })
  add({
    name: 'acl-dropped-sdk-v2',
    signer: V2,
    broken_by: 'The URL says x-amz-acl already, so the header looks needless; v2 signs both.',
    captured_by: CURL,
    request: await carriers.curl(url, '-X', 'PUT', '-H', 'Content-Type: image/png', '--data-binary', 'x'),
    good: await carriers.curl(url, '-X', 'PUT', '-H', 'Content-Type: image/png', '-H', 'x-amz-acl: public-read', '--data-binary', 'x'),
    expect: certain('acl', 'x-amz-acl', 'public-read', null),
  })
  add({
    name: 'acl-changed-sdk-v2',
    signer: V2,
    broken_by: 'The page sends another ACL than the one that is signed and stands in the URL.',
    captured_by: AXIOS,
    request: await carriers.axios({ method: 'put', url, data: 'x', headers: { 'Content-Type': 'image/png', 'x-amz-acl': 'authenticated-read' } }),
    expect: certain('acl', 'x-amz-acl', 'public-read', 'authenticated-read'),
  })

  url = await signers.v3('PutObject', { Key, ACL: 'public-read' })
  add({
    name: 'acl-conflict-sdk-v3',
    signer: V3,
    broken_by: 'v3 puts the ACL into the query; the page sends a header that says another.',
    captured_by: FETCH,
    request: await carriers.fetch(url, { method: 'PUT', body: 'x', headers: { 'x-amz-acl': 'private' } }),
    good: await carriers.fetch(url, { method: 'PUT', body: 'x' }),
    refused: 'conflict',
    expect: certain(['acl', 'ambiguous'], 'x-amz-acl', 'public-read', 'private'),
  })

  const { url: signed } = await signers.aws4('PUT', '/uploads/avatars/42.png', { 'x-amz-acl': 'bucket-owner-full-control' })
  add({
    name: 'acl-dropped-aws4',
    signer: AWS4,
    broken_by: 'The headers that aws4 gave back were thrown away, the URL alone was kept.',
    captured_by: AXIOS,
    request: await carriers.axios({ method: 'put', url: signed, data: 'x' }),
    good: await carriers.axios({ method: 'put', url: signed, data: 'x', headers: { 'x-amz-acl': 'bucket-owner-full-control' } }),
    expect: certain('acl', 'x-amz-acl', 'bucket-owner-full-control', null),
  })
}
