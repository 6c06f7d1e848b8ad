// Uppy as it is published, as one script for each page.

import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

const VERSIONS = ['uppy5', 'uppy6']
const WORKER = '@uppy/golden-retriever/lib/ServiceWorker.js'

/** @returns {Promise<Record<string, string>>} texts by path: the script of each page, and Golden Retriever's worker */
export async function bundles() {
  const scripts = await Promise.all(VERSIONS.flatMap((version) => [
    script(`/${version}.js`, at('../page/uppy.js'), version),
    script(`/${version}-worker.js`, at(`../${version}/node_modules/${WORKER}`), version),
  ]))
  return Object.fromEntries(scripts)
}

/** @returns {Promise<[path: string, text: string]>} */
async function script(path, entry, version) {
  const { outputFiles } = await build({
    entryPoints: [entry], bundle: true, format: 'esm', target: 'chrome120', write: false, minify: true,
    alias: { uppy: at(`../${version}/index.js`) },
  })
  return [path, outputFiles[0].text]
}
