/** How a file is cut, and which addresses go where. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cut, keep } from '../src/parts.js'

const left = (pieces) => pieces.filter(({ isDone }) => !isDone).map(({ number, start, size }) => [number, start, size])
const multipart = (parts = []) => ({ multipart: { partSize: 4, parts } })

for (const [name, size, slip, expect] of [
  ['the whole', 10, {}, [[0, 0, 10]]],
  ['an empty file', 0, {}, [[0, 0, 0]]],
  ['an empty file in parts', 0, multipart(), [[1, 0, 0]]],
  ['parts, the last one smaller', 10, multipart(), [[1, 0, 4], [2, 4, 4], [3, 8, 2]]],
  ['parts that fit', 8, multipart(), [[1, 0, 4], [2, 4, 4]]],
  ['parts that have arrived', 10, multipart([{ number: 1, size: 4 }, { number: 3, size: 2 }]), [[2, 4, 4]]],
  ['a part that arrived with another size', 10, multipart([{ number: 3, size: 4 }, { number: 1, size: 4 }]), [[2, 4, 4], [3, 8, 2]]],
  ['parts that are none of this file', 4, multipart([{ number: 2, size: 4 }, { number: 0, size: 4 }]), [[1, 0, 4]]],
  ['a file that was put together', 10, { state: 'stored' }, []],
  ['a file that was completed', 10, { ...multipart(), state: 'completed' }, []],
  ['a file that was issued', 10, { ...multipart(), state: 'issued' }, [[1, 0, 4], [2, 4, 4], [3, 8, 2]]],
]) {
  test(name, () => assert.deepEqual(left(cut(size, slip)), expect))
}

test('ten thousand parts of a terabyte', () => {
  const pieces = cut(10 ** 12, { multipart: { partSize: 10 ** 8, parts: [] } })
  assert.deepEqual([pieces.length, pieces.at(-1)?.start], [10_000, 10 ** 12 - 10 ** 8])
})

test('addresses are kept until they end by the clock of this side, with a tenth to spare', () => {
  const pieces = cut(10, multipart())
  keep(pieces, { expiresIn: 100, parts: [{ number: 2, url: 'https://s3/2', size: 4 }, { number: 9, url: 'https://s3/9', size: 4 }] }, 5000)
  assert.deepEqual(pieces.map(({ target, untilMs }) => [target?.url, untilMs]), [[undefined, 0], ['https://s3/2', 95_000], [undefined, 0]])
  keep(pieces, multipart([{ number: 3, size: 4 }]).multipart, 5000)
  assert.equal(pieces[2].target, undefined, 'a part that has arrived is no address')
  const [whole] = cut(10, {})
  for (const slip of [{ put: { url: 'https://s3/put' } }, { post: { url: 'https://s3/post' } }]) {
    keep([whole], slip, 5000)
    assert.deepEqual([whole.target, whole.untilMs], [slip.put ?? slip.post, Infinity])
  }
})
