// Makes the corpus: runs each family's signers and clients, checks what came out
// with a verifier of its own, and writes one JSON file for each family.
//
//     node generate.js [family...]

import { readdir, writeFile } from 'node:fs/promises'
import { Carriers } from './lib/carriers.js'
import { KEYS, Signers } from './lib/signers.js'
import { wrong } from './lib/verify.js'

const OUT = new URL('../../crates/dropslip-sigv4/tests/corpus/', import.meta.url)

/** Causes that only the signature shows, so the request must be well made otherwise. */
const MISMATCHES = new Set(
  ['content_type', 'content_length', 'acl', 'checksum', 'metadata', 'header', 'host', 'method'].concat(
    ['path_encoding', 'path_rewritten', 'query_added', 'query_missing', 'secret', 'secret_whitespace', 'other_key'],
  ),
)

const wanted = process.argv.slice(2)
const families = (await readdir(new URL('families/', import.meta.url)))
  .map((file) => file.replace(/\.js$/, ''))
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .sort()

const carriers = await Carriers.start()
const signers = new Signers(carriers)
const complaints = []
const names = new Set()
try {
  for (const family of families) {
    const cases = []
    const add = (given) => cases.push(finish(given))
    const { default: build } = await import(`./families/${family}.js`)
    await build({ signers, carriers, add })
    await writeFile(new URL(`${family.replaceAll('-', '_')}.json`, OUT), print(cases))
    console.log(`${family}: ${cases.length}`)
  }
} finally {
  await carriers.close()
}
for (const complaint of complaints) console.error(complaint)
process.exitCode = complaints.length > 0 ? 1 : 0

/** Fills in what is usual and holds the case against the verifier. */
function finish({ request, good, refused, ...given }) {
  const { method, path, query } = request
  const headers = request.headers.map(anonymous)
  const whole = {
    name: given.name,
    signer: given.signer,
    ...(given.broken_by && { broken_by: given.broken_by }),
    captured_by: given.captured_by,
    now: given.now ?? '20260115T120100Z',
    region: given.region ?? 'us-east-1',
    service: given.service ?? 's3',
    credentials: given.credentials ?? [KEYS],
    hosts: given.hosts ?? [],
    request: { method, path, query, headers },
    expect: given.expect,
    ...(given.notices && { notices: given.notices }),
  }
  const found = wrong(whole.request, whole)
  const complain = (text) => complaints.push(`${given.name}: ${text}`)
  if (names.has(given.name)) complain('is there twice')
  names.add(given.name)
  if (whole.expect === null && found !== null) complain(`should be right and is not: ${found}`)
  if (whole.expect !== null && found === null) complain('should be broken and is right')
  if (refused && found !== refused) complain(`should be refused as ${refused}, not as ${found}`)
  if (!refused && MISMATCHES.has([whole.expect?.cause].flat()[0]) && found !== 'mismatch') {
    complain(`should be a mismatch, and is refused before: ${found}`)
  }
  if (good) {
    const before = wrong(good, whole)
    if (before !== null) complain(`what it was made from is not right: ${before}`)
  }
  return whole
}

/** The kernel of the machine and the boundary that Chromium draws: neither is signed. */
function anonymous([name, value]) {
  if (typeof value !== 'string') return [name, value]
  const plain = value
    .replace(/os\/linux#[\w.-]+/, 'os/linux')
    .replace(/(----WebKitFormBoundary)\w{16}/, '$10000000000000000')
  return [name, plain]
}

/** One header a line, so that a changed one shows in a diff. */
function print(cases) {
  const text = JSON.stringify(cases, null, 2)
  return `${text.replace(/\[\n\s+("(?:[^"\\]|\\.)*"),\n\s+("(?:[^"\\]|\\.)*")\n\s+\]/g, '[$1, $2]')}\n`
}
