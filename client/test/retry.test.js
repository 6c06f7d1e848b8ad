/** Which failures are tried again, and when. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UploadError } from '../src/error.js'
import { ATTEMPTS_MAX, RETRY_AFTER_MS_MAX, isRetryable, parseRetryAfterMs, retryDelayMs } from '../src/retry.js'

const failure = (status, code = 'internal', more = {}) => new UploadError(code, 'failed', { status, ...more })

for (const [status, code] of [
  [0, 'network'], [408, 'request_timeout'], [429, 'storage_refused'], [500, 'internal'], [502, 'storage_unreachable'],
  [503, 'bad_answer'], [504, 'bad_answer'], [599, 'bad_answer'],
]) {
  test(`tried again: ${status} ${code}`, () => assert.equal(isRetryable(failure(status, code)), true))
}

test('tried again: the 400 that S3 gives for slow bytes', () => {
  assert.equal(isRetryable(failure(400, 'storage_refused', { storageCode: 'RequestTimeout' })), true)
})

for (const [status, code] of [
  [0, 'aborted'], [0, 'bad_answer'], [200, 'bad_answer'], [301, 'bad_answer'], [400, 'invalid_json'],
  [401, 'unauthorized'], [403, 'storage_refused'], [404, 'unknown_preset'], [409, 'not_uploaded'],
  [410, 'upload_expired'], [413, 'body_too_large'], [422, 'too_large'], [501, 'storage_refused'],
  [505, 'bad_answer'], [600, 'bad_answer'],
]) {
  test(`final: ${status} ${code}`, () => {
    assert.equal(isRetryable(failure(status, code)), false)
    assert.equal(retryDelayMs(failure(status, code), 1, 0.5), undefined)
  })
}

for (const [attempt, random, expect] of [
  [1, 0, 0], [1, 0.5, 250], [1, 1, 500], [2, 1, 1000], [3, 1, 2000], [4, 1, 4000], [4, 0.25, 1000],
]) {
  test(`waits ${expect} ms after attempt ${attempt} at chance ${random}`, () => {
    assert.equal(retryDelayMs(failure(503), attempt, random), expect)
  })
}

test('stops after the last attempt', () => {
  assert.equal(retryDelayMs(failure(503), ATTEMPTS_MAX, 0), undefined)
  assert.equal(retryDelayMs(failure(503), ATTEMPTS_MAX + 1, 0), undefined)
})

test('waits as long as asked, and a jitter more', () => {
  assert.equal(retryDelayMs(failure(429, 'x', { retryAfterMs: 3000 }), 1, 0.5), 3250)
  assert.equal(retryDelayMs(failure(429, 'x', { retryAfterMs: RETRY_AFTER_MS_MAX }), 1, 0), RETRY_AFTER_MS_MAX)
})

test('tells the error when asked to wait longer than a person would', () => {
  assert.equal(retryDelayMs(failure(503, 'x', { retryAfterMs: RETRY_AFTER_MS_MAX + 1 }), 1, 0), undefined)
})

const NOW = Date.parse('2026-11-21T10:00:00Z')
for (const [value, expect] of [
  ['0', 0], ['7', 7000], [' 120 ', 120_000],
  ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000], ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
]) {
  test(`Retry-After: ${value}`, () => assert.equal(parseRetryAfterMs(value, NOW), expect))
}

for (const value of [null, undefined, '', ' ', '-1', '1.5', '1e3', 'soon', 'Someday maybe', '+5', '0x10']) {
  test(`no Retry-After: ${JSON.stringify(value)}`, () => assert.equal(parseRetryAfterMs(value, NOW), undefined))
}
