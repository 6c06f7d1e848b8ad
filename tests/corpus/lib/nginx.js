// nginx as people put it before a storage, one server for each way to get it wrong.

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** What stands in each server's `location`. The upstream is called `minio`. */
export const SERVERS = {
  // Nothing said of Host: nginx sends the upstream's name.
  forgetful: 'location / { proxy_pass http://minio; }',
  // As most tutorials have it: `$host` has no port.
  portless: 'location / { proxy_pass http://minio; proxy_set_header Host $host; }',
  // The upstream's name goes on, the public one stands beside it.
  forwarded:
    'location / { proxy_pass http://minio; proxy_set_header X-Forwarded-Host $http_host; ' +
    'proxy_set_header X-Forwarded-Proto $scheme; }',
  // The trailing slash takes the prefix off.
  stripped:
    'location /storage/ { proxy_pass http://minio/; proxy_set_header Host $http_host; ' +
    'proxy_set_header X-Forwarded-Prefix /storage; }',
  // The same, and nobody is told.
  'stripped-silently': 'location /tenant-93b1/ { proxy_pass http://minio/; proxy_set_header Host $http_host; }',
  // A prefix is put before.
  prefixed: 'location / { proxy_pass http://minio/s3/; proxy_set_header Host $http_host; }',
  // `proxy_pass` with a path: nginx decodes, folds slashes, and encodes what it must.
  normalized: 'location / { proxy_pass http://minio/; proxy_set_header Host $http_host; }',
  // `$uri` is decoded.
  decoded: 'location / { proxy_pass http://minio$uri$is_args$args; proxy_set_header Host $http_host; }',
  // Right: the path goes on as it came, and the host too.
  right: 'location / { proxy_pass http://minio; proxy_set_header Host $http_host; }',
  // A CDN of one's own that wants compressed answers.
  compressing:
    'location / { proxy_pass http://minio; proxy_set_header Host $http_host; ' +
    'proxy_set_header Accept-Encoding "gzip, br"; }',
  // A tracking parameter of the gateway.
  tagging:
    'location / { proxy_pass http://minio$request_uri&trace_id=7f3a; proxy_set_header Host $http_host; }',
  // The Authorization header is for the gateway itself and is taken off.
  unauthorized:
    'location / { proxy_pass http://minio; proxy_set_header Host $http_host; proxy_set_header Authorization ""; }',
}

export async function startNginx(upstream) {
  const folder = await mkdtemp(path.join(tmpdir(), 'corpus-nginx-'))
  const ports = {}
  for (const name of Object.keys(SERVERS)) ports[name] = await freePort()
  const servers = Object.entries(SERVERS).map(
    ([name, location]) =>
      `server { listen 127.0.0.1:${ports[name]}; client_max_body_size 0; ${location} }`,
  )
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(' ')
  await writeFile(
    path.join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log stderr crit; worker_processes 1; events {}
http { access_log off; ${paths}
upstream minio { server 127.0.0.1:${upstream}; }
${servers.join('\n')} }`,
  )
  const child = spawn('nginx', ['-c', path.join(folder, 'nginx.conf'), '-p', folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  for (const port of Object.values(ports)) await answers(port)
  return {
    ports,
    async stop() {
      child.kill()
      await new Promise((done) => child.on('exit', done))
      await rm(folder, { recursive: true })
    },
  }
}

async function freePort() {
  const server = net.createServer()
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address()
  await new Promise((done) => server.close(done))
  return port
}

async function answers(port) {
  for (let left = 100; left > 0; left--) {
    const open = await new Promise((done) => {
      const socket = net.connect(port, '127.0.0.1', () => done(true)).on('error', () => done(false))
      socket.on('connect', () => socket.destroy())
    })
    if (open) return
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`nginx does not listen on ${port}`)
}
