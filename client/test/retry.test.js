/** Which failures are tried again, and when. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UploadError } from '../src/error.js'
import { ATTEMPTS_MAX, BACKOFF_MS_MAX, PATIENCE_MS, isRetryable, parseRetryAfterMs, retryDelayMs } from '../src/retry.js'

const failure = (status, code = 'internal', more = {}) => new UploadError(code, 'failed', { status, ...more })

for (const [status, code] of [
  [0, 'network'], [408, 'request_timeout'], [429, 'storage_refused'], [500, 'internal'], [502, 'storage_unreachable'],
  [503, 'bad_answer'], [504, 'bad_answer'], [510, 'bad_answer'], [599, 'bad_answer'],
]) {
  test(`tried again: ${status} ${code}`, () => assert.equal(isRetryable(failure(status, code)), true))
}

test('tried again: the 400 that S3 gives for slow bytes', () => {
  assert.equal(isRetryable(failure(400, 'storage_refused', { storageCode: 'RequestTimeout' })), true)
})

for (const [status, code] of [
  [0, 'aborted'], [0, 'bad_answer'], [0, 'cors_origin'], [200, 'bad_answer'], [301, 'bad_answer'], [400, 'invalid_json'],
  [401, 'unauthorized'], [403, 'storage_refused'], [404, 'unknown_preset'], [409, 'not_uploaded'],
  [410, 'upload_expired'], [413, 'body_too_large'], [422, 'too_large'], [501, 'storage_refused'],
  [505, 'bad_answer'], [600, 'bad_answer'],
]) {
  test(`final: ${status} ${code}`, () => {
    assert.equal(isRetryable(failure(status, code)), false)
    assert.equal(retryDelayMs(failure(status, code), 1, 0, 0.5), undefined)
  })
}

for (const [attempt, random, expect] of [
  [1, 0, 0], [1, 0.5, 250], [1, 1, 500], [2, 1, 1000], [3, 1, 2000], [4, 1, 4000], [4, 0.25, 1000],
]) {
  test(`waits ${expect} ms after attempt ${attempt} at chance ${random}`, () => {
    assert.equal(retryDelayMs(failure(503), attempt, Infinity, random), expect)
  })
}

test('an upload that never began stops after the last attempt, one under way while there is hope', () => {
  for (const attempt of [ATTEMPTS_MAX, ATTEMPTS_MAX + 1]) {
    assert.equal(retryDelayMs(failure(503), attempt, Infinity, 1), undefined)
    assert.equal(retryDelayMs(failure(503), attempt, PATIENCE_MS + 1, 1), undefined)
    assert.equal(retryDelayMs(failure(503), attempt, PATIENCE_MS, 0.5), 250 * Math.min(30, 2 ** (attempt - 1)))
  }
  assert.equal(retryDelayMs(failure(503), 99, 0, 1), BACKOFF_MS_MAX)
})

test('waits as long as asked, and a jitter more; longer than anybody would, not at all', () => {
  const asked = (retryAfterMs) => failure(429, 'rate_limited', { retryAfterMs })
  assert.equal(retryDelayMs(asked(3000), 1, 0, 0.5), 3250)
  assert.equal(retryDelayMs(asked(PATIENCE_MS), 1, 0, 0), PATIENCE_MS)
  assert.equal(retryDelayMs(asked(PATIENCE_MS + 1), 1, 0, 0), undefined)
})

const NOW = Date.parse('2026-11-21T10:00:00Z')
for (const [value, expect] of [
  ['0', 0], ['7', 7000], [' 120 ', 120_000],
  ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000], ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
  [null, 0], [undefined, 0], ['', 0], [' ', 0], ['-1', 0], ['soon', 0],
]) {
  test(`Retry-After: ${value}`, () => assert.equal(parseRetryAfterMs(value, NOW), expect))
}
