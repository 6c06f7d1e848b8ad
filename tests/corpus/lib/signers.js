// The signers: each gives a presigned URL, or sends a signed request to the loopback.

import { createRequire } from 'node:module'
import { createHash, createHmac } from 'node:crypto'
import { execFile } from 'node:child_process'
import http from 'node:http'
import { promisify } from 'node:util'
import * as s3 from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { SignatureV4 } from '@smithy/signature-v4'
import { AwsClient } from 'aws4fetch'
import aws4 from 'aws4'
import { Client as Minio } from 'minio'
import { at } from './clock.js'

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = '1'
const require = createRequire(import.meta.url)
const run = promisify(execFile)
const v2 = require('aws-sdk')

// The SDK signs an identifier of each call.
Object.defineProperty(globalThis.crypto, 'randomUUID', { value: () => '00000000-0000-4000-8000-000000000000' })

export { s3 }
export const NOW = '20260115T120000Z'
export const ENDPOINT = 'http://storage.test:9000'
export const KEYS = {
  access_key: 'AKIAIOSFODNN7EXAMPLE',
  secret_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
export const OTHER = {
  access_key: 'AKIAI44QH8DHBEXAMPLE',
  secret_key: 'je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY',
}
export const SESSION = {
  access_key: 'ASIAIOSFODNN7EXAMPLE',
  secret_key: 'kWcrlUX5JEDGM/LtmEENI/aVmYvHNif5zB/EXAMPLE',
  session_token: 'IQoJb3JpZ2luX2VjEXAMPLE+token/with+plus//and+slash/EXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==',
}

const camel = (keys) => ({
  accessKeyId: keys.access_key,
  secretAccessKey: keys.secret_key,
  sessionToken: keys.session_token,
})

const defaults = { keys: KEYS, region: 'us-east-1', endpoint: ENDPOINT, expires: 900, at: NOW }

/** The signers, over carriers that bring requests to the loopback. */
export class Signers {
  constructor(carriers) {
    this.carriers = carriers
  }

  /** boto3, `generate_presigned_url`. */
  async boto3(method, params, more = {}) {
    const ask = { do: 'boto3.presign', ...defaults, method, params: { Bucket: 'uploads', ...params }, ...more }
    return (await this.carriers.python.ask(ask)).url
  }

  /** boto3 sends a request itself. */
  async boto3Sends(method, params, more = {}) {
    const port = more.port ?? this.carriers.port
    const ask = { do: 'boto3.call', ...defaults, port, method, params: { Bucket: 'uploads', ...params }, ...more }
    await this.carriers.python.ask(ask)
    return this.carriers.take()
  }

  /** rusty-s3. `headers` are signed. */
  async rusty(action, key, more = {}) {
    return (await this.carriers.rusty.ask({ ...defaults, action, key, ...more })).url
  }

  /** s3cmd signurl: Signature Version 2. */
  async s3cmd(key, expiresAt) {
    const { host } = new URL(ENDPOINT)
    const options = ['--access_key', KEYS.access_key, '--secret_key', KEYS.secret_key, '--host', host]
    const all = [...options, '--host-bucket', host, '--no-ssl', '--config', '/dev/null']
    const { stdout } = await run('s3cmd', [...all, 'signurl', `s3://uploads/${key}`, String(expiresAt)])
    return stdout.trim()
  }

  async botocore(signer, method, url, more = {}) {
    const ask = { do: 'botocore.general', keys: KEYS, region: 'us-east-1', at: NOW, signer, method, url, ...more }
    return this.carriers.python.ask(ask)
  }

  async minioPy(method, key, more = {}) {
    const ask = { do: 'minio.presign', ...defaults, bucket: 'uploads', method, key, ...more }
    return (await this.carriers.python.ask(ask)).url
  }

  async minioPySends(key, body, more = {}) {
    const port = more.port ?? this.carriers.port
    await this.carriers.python.ask({ do: 'minio.put', ...defaults, port, bucket: 'uploads', key, body, ...more })
    return this.carriers.take()
  }

  #v3client(given, more = {}) {
    return new s3.S3Client({
      region: given.region,
      endpoint: given.endpoint,
      forcePathStyle: given.style !== 'virtual',
      credentials: camel(given.keys),
      maxAttempts: 1,
      ...given.config,
      ...more,
    })
  }

  /** The AWS SDK for JavaScript v3, `getSignedUrl`. */
  v3(command, input, more = {}) {
    const given = { ...defaults, ...more }
    const made = new s3[`${command}Command`]({ Bucket: 'uploads', ...input })
    return at(given.at, () =>
      getSignedUrl(this.#v3client(given), made, { expiresIn: given.expires, ...given.options }),
    )
  }

  async v3Sends(command, input, more = {}) {
    const given = { ...defaults, ...more }
    const made = new s3[`${command}Command`]({ Bucket: 'uploads', ...input })
    const requestHandler = { httpAgent: this.carriers.agent(given.port) }
    await at(given.at, () => this.#v3client(given, { requestHandler }).send(made)).catch(() => {})
    return this.carriers.take()
  }

  /** `SignatureV4` of Smithy without S3's options, as found in many answers. */
  async smithy(method, url, more = {}) {
    const given = { ...defaults, service: 's3', ...more }
    const { hostname, port, pathname, searchParams, host } = new URL(url)
    const request = {
      method,
      protocol: 'http:',
      hostname,
      port,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { host, ...given.headers },
    }
    const signer = new SignatureV4({
      service: given.service,
      region: given.region,
      credentials: camel(given.keys),
      sha256: Sha256,
      ...given.signer,
    })
    const signed = await at(given.at, () => signer.presign(request, { expiresIn: given.expires }))
    const query = Object.entries(signed.query).map(([n, v]) => `${encodeURIComponent(n)}=${encodeURIComponent(v)}`)
    return `http://${host}${signed.path}?${query.join('&')}`
  }

  #v2client(given, more = {}) {
    return new v2.S3({
      ...camel(given.keys),
      region: given.region,
      endpoint: given.endpoint,
      s3ForcePathStyle: given.style !== 'virtual',
      signatureVersion: given.version ?? 'v4',
      maxRetries: 0,
      ...more,
    })
  }

  /** The AWS SDK for JavaScript v2, `getSignedUrl`. */
  v2(operation, params, more = {}) {
    const given = { ...defaults, ...more }
    const all = { Bucket: 'uploads', Expires: given.expires, ...params }
    return at(given.at, () => this.#v2client(given).getSignedUrlPromise(operation, all))
  }

  async v2Sends(operation, params, more = {}) {
    const given = { ...defaults, ...more }
    const client = this.#v2client(given, { httpOptions: { agent: this.carriers.agent(given.port) } })
    await at(given.at, () => client[operation]({ Bucket: 'uploads', ...params }).promise()).catch(() => {})
    return this.carriers.take()
  }

  /** aws4, `signQuery: true`. */
  async aws4(method, path, headers = {}, more = {}) {
    const given = { ...defaults, ...more }
    const host = given.endpoint.replace(/^https?:\/\//, '')
    const separator = path.includes('?') ? '&' : '?'
    const signed = await at(given.at, () =>
      aws4.sign(
        {
          service: given.service ?? 's3',
          region: given.region,
          host,
          method,
          path: `${path}${separator}X-Amz-Expires=${given.expires}`,
          signQuery: true,
          headers: { ...headers },
        },
        camel(given.keys),
      ),
    )
    return { url: given.endpoint + signed.path, headers: signed.headers }
  }

  /** aws4 signs in the header, Node's `http` sends; `change` is what happens between. */
  async aws4Sends(method, path, headers = {}, more = {}) {
    const given = { ...defaults, ...more }
    const host = given.endpoint.replace(/^https?:\/\//, '')
    const request = { service: 's3', region: given.region, host, method, path, headers: { ...headers } }
    if (given.body !== undefined) request.body = given.body
    const signed = await at(given.at, () => aws4.sign(request, camel(given.keys)))
    given.change?.(signed)
    return this.http(signed, given.body, given.port)
  }

  /**
   * What people write who follow AWS's example in Python: it lowers and joins the
   * headers, and neither trims nor folds their values.
   */
  async handwritten(method, path, headers, body = '', more = {}) {
    const given = { ...defaults, ...more }
    const host = given.endpoint.replace(/^https?:\/\//, '')
    const payload = createHash('sha256').update(body).digest('hex')
    const all = { host, 'x-amz-content-sha256': payload, 'x-amz-date': given.at, ...headers }
    const names = Object.keys(all).map((name) => name.toLowerCase()).sort()
    const lines = names.map((name) => `${name}:${all[name]}\n`).join('')
    const canonical = [method, path, '', lines, names.join(';'), payload].join('\n')
    const scope = [given.at.slice(0, 8), given.region, 's3', 'aws4_request']
    const hashed = createHash('sha256').update(canonical).digest('hex')
    const toSign = ['AWS4-HMAC-SHA256', given.at, scope.join('/'), hashed].join('\n')
    const sign = (key, text) => createHmac('sha256', key).update(text).digest()
    const signature = sign(scope.reduce(sign, `AWS4${given.keys.secret_key}`), toSign).toString('hex')
    const authorization =
      `AWS4-HMAC-SHA256 Credential=${given.keys.access_key}/${scope.join('/')}, ` +
      `SignedHeaders=${names.join(';')}, Signature=${signature}`
    return this.http({ method, path, host, headers: { ...all, authorization } }, body, given.port)
  }

  /** Node's `http`, as it is. */
  async http(options, body, port) {
    await new Promise((done, fail) => {
      const request = http.request({ ...options, agent: this.carriers.agent(port) }, (response) => {
        response.resume().on('end', done)
      })
      request.on('error', fail).end(body)
    })
    return this.carriers.take()
  }

  /** aws4fetch: a signed `Request`. */
  async aws4fetch(url, init = {}, aws = {}, more = {}) {
    const given = { ...defaults, ...more }
    const client = new AwsClient({ ...camel(given.keys), region: given.region, ...given.client })
    return client.sign(url, { ...init, aws: { datetime: given.at, ...aws } })
  }

  #minio(given) {
    const { hostname, port } = new URL(given.endpoint)
    const keys = given.keys
    return new Minio({
      endPoint: hostname,
      port: port ? Number(port) : 80,
      useSSL: false,
      accessKey: keys.access_key,
      secretKey: keys.secret_key,
      sessionToken: keys.session_token,
      region: given.region,
      transportAgent: this.carriers.agent(given.port),
    })
  }

  minio(method, key, more = {}) {
    const given = { ...defaults, ...more }
    return at(given.at, () =>
      this.#minio(given).presignedUrl(method, 'uploads', key, given.expires, given.params),
    )
  }

  async minioSends(key, body, metadata, more = {}) {
    const given = { ...defaults, ...more }
    await at(given.at, () =>
      this.#minio(given).putObject('uploads', key, body, Buffer.byteLength(body), metadata),
    ).catch(() => {})
    return this.carriers.take()
  }
}

class Sha256 {
  constructor(secret) {
    this.hash = secret ? createHmac('sha256', Buffer.from(secret)) : createHash('sha256')
  }
  update(data) {
    this.hash.update(data)
  }
  async digest() {
    return new Uint8Array(this.hash.digest())
  }
}
