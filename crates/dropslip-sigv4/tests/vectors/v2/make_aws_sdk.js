// Prints aws-sdk.json: what the AWS SDK for JavaScript v2 signs with version 2, its
// default for links in us-east-1.
//
// Run with aws-sdk 2.1693 at hand (NODE_PATH): node make_aws_sdk.js > aws-sdk.json
// Nothing is sent: each request is taken at the point where it would be.

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1'
const AWS = require('aws-sdk')

const now = 1175139620 // 2007-03-29T03:40:20Z
const accessKey = 'AKIAIOSFODNN7EXAMPLE'
const secretKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const token = 'AQoDYXdzEPT//////////wEXAMPLE+token=='
AWS.util.date.getDate = () => new Date(now * 1000)
AWS.Service.prototype.getSkewCorrectedDate = AWS.util.date.getDate

let signed
const stringToSign = AWS.Signers.S3.prototype.stringToSign
AWS.Signers.S3.prototype.stringToSign = function () {
  signed = stringToSign.call(this)
  return signed
}

let sent
AWS.HttpClient.getInstance = () => ({
  handleRequest(request, options, done, failed) {
    sent = request
    failed(new Error('taken'))
    return { abort() {} }
  },
})

const cases = []

function client(style, sessionToken, more) {
  return new AWS.S3({
    region: 'us-east-1',
    accessKeyId: accessKey,
    secretAccessKey: secretKey,
    sessionToken,
    s3ForcePathStyle: style === 'path',
    maxRetries: 0,
    ...more,
  })
}

function add(name, { style, sessionToken, Bucket }, method, url, headers) {
  cases.push({
    name,
    method,
    url,
    headers: [['host', new URL(url).host], ...headers],
    bucket: style === 'virtual' && Bucket ? Bucket : null,
    sessionToken: sessionToken ?? null,
    now,
    stringToSign: signed,
  })
}

function link(name, operation, method, params, { style = 'virtual', sessionToken, headers = [] } = {}) {
  const s3 = client(style, sessionToken)
  // `getSignedUrl` is what people call; its URL is the one that is sent.
  const url = s3.getSignedUrl(operation, { Expires: 300, ...params })
  add(`link: ${name}`, { style, sessionToken, Bucket: params.Bucket }, method, url, headers)
}

async function header(name, operation, params, { style = 'path', sessionToken } = {}) {
  const s3 = client(style, sessionToken, { signatureVersion: 's3' })
  await s3[operation](params).promise().catch((error) => {
    if (error.message !== 'taken') throw error
  })
  const { protocol, host } = sent.endpoint
  const headers = Object.entries(sent.headers)
    .filter(([key]) => !/^(host|user-agent)$/i.test(key)) // of the machine, and not signed
    .map(([key, value]) => [key, String(value)])
  add(`header: ${name}`, { style, sessionToken, Bucket: params.Bucket }, sent.method, `${protocol}//${host}${sent.path}`, headers)
}

async function main() {
  const photo = { Bucket: 'photos', Key: 'puppy.jpg' }
  const odd = { Bucket: 'photos', Key: "a b+c/d&e=f/été'(1)!.txt" }
  link('get', 'getObject', 'GET', photo)
  link('get, path style', 'getObject', 'GET', photo, { style: 'path' })
  link('get, odd key', 'getObject', 'GET', odd)
  link('get, session token', 'getObject', 'GET', photo, { sessionToken: token })
  link('get, overrides', 'getObject', 'GET', {
    ...photo,
    ResponseContentDisposition: 'attachment; filename="a b+c.txt"',
    ResponseContentType: 'text/plain; charset=utf-8',
    VersionId: '3HL4kqtJvjVBH40Nrjfkd',
  })
  link('head', 'headObject', 'HEAD', photo)
  link('delete', 'deleteObject', 'DELETE', photo)
  link('put', 'putObject', 'PUT', photo)
  link('put, type', 'putObject', 'PUT', { ...photo, ContentType: 'image/jpeg' }, {
    headers: [['content-type', 'image/jpeg']],
  })
  link('put, type, ACL and metadata', 'putObject', 'PUT', {
    ...photo, ContentType: 'image/jpeg', ACL: 'public-read', Metadata: { Camera: 'Pin  hole' },
  }, { headers: [['content-type', 'image/jpeg'], ['x-amz-acl', 'public-read']] })
  link('put, MD5', 'putObject', 'PUT', { ...photo, ContentMD5: 'XUFAKrxLKna5cZ2REBfFkg==' }, {
    headers: [['content-md5', 'XUFAKrxLKna5cZ2REBfFkg==']],
  })
  link('part', 'uploadPart', 'PUT', { ...photo, UploadId: 'VXBsb2FkIElE.x_y-z', PartNumber: 7 })
  link('get the ACL', 'getObjectAcl', 'GET', photo)
  link('list', 'listObjectsV2', 'GET', { Bucket: 'photos', Prefix: 'a/b c' })

  await header('list buckets', 'listBuckets', {})
  await header('get', 'getObject', { ...photo, Range: 'bytes=0-9' })
  await header('get, bucket in the host', 'getObject', odd, { style: 'virtual' })
  await header('put', 'putObject', { ...photo, Body: 'hello', ContentType: 'image/jpeg', ACL: 'private' })
  await header('put, session token', 'putObject', { ...photo, Body: '' }, { sessionToken: token })
  await header('put, metadata', 'putObject', { ...photo, Body: '', Metadata: { b: '2', A: '1  1' } })
  await header('delete many', 'deleteObjects', { Bucket: 'photos', Delete: { Objects: [{ Key: 'a' }] } })
  await header('CORS', 'getBucketCors', { Bucket: 'photos' })
  await header('uploads', 'listMultipartUploads', { Bucket: 'photos', Prefix: 'x' })

  // A form: `createPresignedPost` signs with version 4 only, so forms are left to botocore.
  const lines = cases.map((each) => `  ${JSON.stringify(each)}`).join(',\n')
  console.log(`{"accessKey": "${accessKey}", "secretKey": "${secretKey}", "cases": [\n${lines}\n]}`)
}

main()
