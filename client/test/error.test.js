/** What an error says, and what it never says. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UploadError, aborted, withoutSignedQuery } from '../src/error.js'

test('carries code, status, hint and cause', () => {
  const cause = new Error('inner')
  const error = new UploadError('network', 'no answer', { status: 503, hint: 'look', cause, storageCode: 'SlowDown' })
  assert.ok(error instanceof Error)
  assert.deepEqual(
    [error.name, error.code, error.message, error.status, error.hint, error.cause, error.storageCode],
    ['UploadError', 'network', 'no answer', 503, 'look', cause, 'SlowDown'],
  )
})

test('is complete without details', () => {
  const error = new UploadError('internal', 'failed')
  assert.deepEqual([error.status, error.hint, error.retryAfterMs, 'cause' in error], [0, '', undefined, false])
})

test('an abort keeps the reason', () => {
  assert.deepEqual([aborted('closed').code, aborted('closed').cause], ['aborted', 'closed'])
})

const SIGNED = [
  'https://s3.example/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=5ec2e7',
  'https://s3.example/b/k?x-amz-signature=5ec2e7',
  'https://s3.example/b/k?partNumber=1&X-Amz-Credential=AKIA%2F5ec2e7&x=1',
  'https://s3.example/b/k?AWSAccessKeyId=5ec2e7&Signature=x&Expires=1',
  'failed: "/b/k?X-Amz-Security-Token=5ec2e7", see log',
]
for (const text of SIGNED) {
  test(`no signature is left of ${text}`, () => {
    assert.doesNotMatch(withoutSignedQuery(text), /5ec2e7/)
    assert.doesNotMatch(new UploadError('network', text, { hint: text }).message, /5ec2e7/)
    assert.doesNotMatch(new UploadError('network', '', { hint: text }).hint, /5ec2e7/)
  })
}

for (const text of ['is it there?', 'https://a.example/?page=2', 'Signature=1 without an address', '']) {
  test(`left as it is: ${text}`, () => assert.equal(withoutSignedQuery(text), text))
}
