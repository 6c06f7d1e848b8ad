// Broken in ways that nobody lists: what was signed cannot be guessed, and a wrong
// answer with confidence would be worse than none.

import { AWS4, AXIOS, BOTO3, CURL, FETCH, MINIO_JS, NGINX, REQUESTS, V2, V3, unknown } from '../lib/names.js'

export default async function ({ signers, carriers, add }) {
  const Key = 'photos/beach.png'
  const broken = async (name, signer, broken_by, captured_by, request, more = {}) =>
    add({ name, signer, broken_by, captured_by, request: await request, expect: unknown, ...more })

  const suspect = (cause) => ({ expect: { ...unknown, suspects: [cause] } })

  const boto3 = await signers.boto3('get_object', { Key })
  await broken('key-renamed-boto3', BOTO3, 'The link of one file with the name of another.', CURL, carriers.curl(boto3.replace('beach', 'harbour')))
  await broken('bucket-renamed-boto3', BOTO3, 'The link was edited to point to the bucket of production.', CURL, carriers.curl(boto3.replace('/uploads/', '/uploads-production/')))
  await broken('digit-of-signature-boto3', BOTO3, 'A digit was lost when the link was read out over the telephone.', CURL,
    carriers.curl(boto3.replace(/(X-Amz-Signature=.{10})(.)/, (_, before, digit) => before + (digit === '0' ? '1' : '0'))))
  await broken('date-moved-boto3', BOTO3, 'Date and scope were both moved to the next day, to make the link live on.', CURL,
    carriers.curl(boto3.replaceAll('20260115', '20260116')), { now: '20260116T120100Z' })
  await broken('key-in-lower-case-boto3', BOTO3, 'A CMS lowers the path; which letters were large cannot be known.', CURL,
    carriers.curl((await signers.boto3('get_object', { Key: 'Photos/IMG_2041 Beach.JPG' })).replace(/^[^?]*/, (path) => path.replace('Photos/IMG_2041%20Beach.JPG', 'photos/img_2041%20beach.jpg'))))
  await broken('extension-changed-sdk-v3', V3, 'The page converts the photo to WebP and renames the key.', FETCH,
    carriers.fetch((await signers.v3('PutObject', { Key })).replace('beach.png', 'beach.webp'), { method: 'PUT', body: 'x' }))
  await broken('disposition-replaced-sdk-v3', V3, 'The name for the download was replaced in the link.', FETCH,
    carriers.fetch((await signers.v3('GetObject', { Key, ResponseContentDisposition: 'attachment; filename="invoice-8841.pdf"' })).replace('invoice-8841', 'invoice-9007')), suspect('query_changed'))
  await broken('version-replaced-sdk-v2', V2, 'Another version was asked for in the same link.', CURL,
    carriers.curl((await signers.v2('getObject', { Key, VersionId: 'yVJ4Tq0LrXkqbHSmVxlpGBP1a3pEz' })).replace('yVJ4Tq0LrXkqbHSmVxlpGBP1a3pEz', 'nQp9WcD2uHyx7KfTzRjLmVbE5s8Ao')), suspect('query_changed'))
  await broken('prefix-replaced-boto3', BOTO3, 'The listing of one user with the prefix of another.', CURL,
    carriers.curl((await signers.boto3('list_objects_v2', { Prefix: 'users/4711/' })).replace('4711', '4712')), suspect('query_changed'))
  await broken('upload-id-replaced-boto3', BOTO3, 'A link for a part of an upload that was started anew.', REQUESTS,
    carriers.requests('PUT', (await signers.boto3('upload_part', { Key, UploadId: 'c29tZSBvbGQgdXBsb2Fk', PartNumber: 2 })).replace('c29tZSBvbGQgdXBsb2Fk', 'YSBuZXcgb25lIG5vdw'), { body: 'x' }), suspect('query_changed'))
  await broken('unicode-normal-form-boto3', BOTO3, 'macOS writes é as two characters, the backend signed it as one.', FETCH,
    carriers.fetch((await signers.boto3('put_object', { Key: 'Beyoncé/café naïf.txt' })).replace(/^[^?]*/, (path) => encodeURI(decodeURI(path).normalize('NFD'))), { method: 'PUT', body: 'x' }))
  await broken('metadata-replaced-aws4', AWS4, 'The user id in the metadata is that of another session.', FETCH,
    carriers.fetch((await signers.aws4('PUT', '/uploads/a.txt', { 'x-amz-meta-user': '8b2f6c1e' })).url, { method: 'PUT', body: 'x', headers: { 'x-amz-meta-user': '0d94a7b3' } }), suspect('metadata'))
  await broken('content-type-of-ones-own-boto3', BOTO3, 'A type that the company made up was signed, another one is sent.', FETCH,
    carriers.fetch(await signers.boto3('put_object', { Key: 'a.bin', ContentType: 'application/vnd.acme.ledger-7+cbor' }), { method: 'PUT', body: 'x', headers: { 'content-type': 'application/vnd.acme.ledger-8+cbor' } }), suspect('content_type'))
  await broken('cache-control-replaced-boto3', BOTO3, 'Signed with one age, sent with another.', AXIOS,
    carriers.axios({ method: 'put', url: await signers.boto3('put_object', { Key, CacheControl: 'public, max-age=7776000, stale-while-revalidate=60' }), data: 'x', headers: { 'cache-control': 'no-store, max-age=17' } }), suspect('header'))
  await broken('host-of-other-storage-minio-js', MINIO_JS, 'A link for another storage, which nobody here has heard of, with the same key.', CURL,
    carriers.curl((await signers.minio('GET', Key, { endpoint: 'http://nas-3.attic.lan:9123' })).replace('nas-3.attic.lan:9123', 'storage.test:9000')))
  await broken('prefix-taken-off-silently-boto3', BOTO3, 'A proxy takes a prefix off the path and tells nobody.', NGINX,
    carriers.throughNginx('stripped-silently', (await signers.boto3('get_object', { Key }, { endpoint: 'http://files.example.org/tenant-93b1' }))))
  await broken('three-things-sdk-v3', V3, 'Another key, another part and a parameter more: too much to guess.', FETCH,
    carriers.fetch(`${(await signers.v3('UploadPart', { Key, UploadId: 'VXBsb2Fk', PartNumber: 2 })).replace('beach', 'harbour').replace('partNumber=2', 'partNumber=77')}&a=b`, { method: 'PUT', body: 'x' }))
  await broken('dots-resolved-sdk-v2', V2, 'The key has `..` in it, which the client resolves.', FETCH,
    carriers.fetch((await signers.v2('getObject', { Key: 'users/4711/../shared/logo.png' }))))
}
