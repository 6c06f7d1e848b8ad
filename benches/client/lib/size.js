// What a browser downloads of each client, by one measure: esbuild's bundle of what an upload needs, as an ES module
// for es2022, minified, then brotli at its highest quality. Chunks that are loaded only when needed are left out.

import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

import { build } from 'esbuild'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

/** Each as a page would import it, ours with all that it has. */
const CLIENTS = {
  dropslip: { entryPoints: [at('../../../client/src/dropslip.js')] },
  uppy6: { stdin: { contents: "export { Uppy, AwsS3 } from './index.js'", resolveDir: at('../uppy6/') } },
  uppy5: { stdin: { contents: "export { Uppy, AwsS3 } from './index.js'", resolveDir: at('../uppy5/') } },
  tus: { stdin: { contents: "export { Upload } from 'tus-js-client'", resolveDir: at('../') } },
}
/** Loaded by the client when a preset wants checksums, and after a failure. */
const LATER = ['./checksum.js', './explain.js']

/** @returns {Promise<Record<string, number>>} bytes by client */
export async function sizes() {
  const entries = Object.entries(CLIENTS).map(async ([name, entry]) => {
    const { outputFiles: [bundle] } = await build({
      ...entry, external: LATER, bundle: true, minify: true, format: 'esm', target: 'es2022', platform: 'browser',
      write: false, logLevel: 'error',
    })
    const brotli = brotliCompressSync(bundle.contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
    return [name, brotli.length]
  })
  return Object.fromEntries(await Promise.all(entries))
}
