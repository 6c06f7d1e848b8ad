// Recipe (j): who may do what. Two owners with keys of their own, and a browser without
// any: ACLs, a bucket policy, object ownership and the public access block, as an
// application sets them with the AWS SDK for JavaScript.

import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import {
  CreateBucketCommand, DeleteBucketPolicyCommand, GetBucketAclCommand, GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand, GetObjectAclCommand, GetObjectCommand, ListBucketsCommand,
  PutBucketAclCommand, PutBucketOwnershipControlsCommand, PutBucketPolicyCommand,
  PutObjectAclCommand, PutObjectCommand, PutPublicAccessBlockCommand, S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'

import { startStore } from './lib/store.js'

const folder = await mkdtemp(join(tmpdir(), 'dropslip-keys-'))
after(() => rm(folder, { recursive: true }))
const keys = join(folder, 'keys.toml')
await writeFile(keys, '[[key]]\naccessKey = "AKIDBOB"\nsecretKey = "recipes-of-bob"\nowner = "bob"\n')
await chmod(keys, 0o600)
const store = await startStore({ options: ['--keys', keys] })
after(() => store.stop())

function open(accessKeyId, secretAccessKey) {
  const client = new S3Client({
    endpoint: store.endpoint,
    forcePathStyle: true,
    region: store.region,
    credentials: { accessKeyId, secretAccessKey },
  })
  after(() => client.destroy())
  return client
}

const alice = open(store.accessKeyId, store.secretAccessKey)
const bob = open('AKIDBOB', 'recipes-of-bob')
const Bucket = 'access'
const object = `${store.endpoint}/${Bucket}/k`
before(async () => {
  await alice.send(new CreateBucketCommand({ Bucket }))
  await put()
})

const put = (more = {}) => alice.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'bytes', ...more }))
const get = (client) => client.send(new GetObjectCommand({ Bucket, Key: 'k' }))
const statusOfStranger = async () => (await fetch(object)).status
const denied = { name: 'AccessDenied' }

test('each owner has buckets of its own', async () => {
  const names = async (client) => (await client.send(new ListBucketsCommand({}))).Buckets?.map((b) => b.Name) ?? []
  assert.deepEqual(await names(alice), [Bucket])
  assert.deepEqual(await names(bob), [])
  await assert.rejects(bob.send(new CreateBucketCommand({ Bucket })), { name: 'BucketAlreadyExists' })
  await assert.rejects(get(bob), (error) => {
    assert.equal(error.name, 'AccessDenied')
    assert.match(error.Reason, /no policy allows `s3:GetObject` to `bob`/)
    return true
  })
})

test('ACLs let others in', async () => {
  await put({ ACL: 'public-read' })
  assert.equal(await statusOfStranger(), 200)
  const { Owner } = await bob.send(new ListBucketsCommand({}))
  await alice.send(new PutObjectAclCommand({ Bucket, Key: 'k', GrantRead: `id="${Owner.ID}"` }))
  assert.equal(await statusOfStranger(), 403)
  assert.equal(await (await get(bob)).Body.transformToString(), 'bytes')
  const acl = await alice.send(new GetObjectAclCommand({ Bucket, Key: 'k' }))
  assert.deepEqual(acl.Grants, [
    { Grantee: { Type: 'CanonicalUser', ID: Owner.ID, DisplayName: 'bob' }, Permission: 'READ' },
  ])
  const whole = await alice.send(new GetBucketAclCommand({ Bucket }))
  const Grants = [...whole.Grants, {
    Grantee: { Type: 'Group', URI: 'http://acs.amazonaws.com/groups/global/AllUsers' }, Permission: 'READ',
  }]
  await alice.send(new PutBucketAclCommand({ Bucket, AccessControlPolicy: { Owner: whole.Owner, Grants } }))
  assert.equal((await fetch(`${store.endpoint}/${Bucket}?list-type=2`)).status, 200)
  await alice.send(new PutBucketAclCommand({ Bucket, ACL: 'private' }))
  await put()
})

test('a policy lets others in, and a switch shuts them out', async () => {
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{
      Sid: 'page', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*`,
      Condition: { StringLike: { 'aws:Referer': 'https://app.example/*' } },
    }],
  })
  await alice.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  assert.equal((await alice.send(new GetBucketPolicyCommand({ Bucket }))).Policy, Policy)
  const { PolicyStatus } = await alice.send(new GetBucketPolicyStatusCommand({ Bucket }))
  assert.equal(PolicyStatus.IsPublic, true)
  const page = () => fetch(object, { headers: { referer: 'https://app.example/page' } })
  assert.equal((await page()).status, 200)
  const refused = await fetch(object)
  assert.equal(refused.status, 403)
  assert.match(await refused.text(), /the statement `page` of the policy would, if its condition on `aws:Referer` held/)
  const block = (PublicAccessBlockConfiguration) =>
    alice.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }))
  await block({ RestrictPublicBuckets: true })
  assert.equal((await page()).status, 403)
  await block({ BlockPublicPolicy: true, BlockPublicAcls: true })
  await assert.rejects(alice.send(new PutBucketPolicyCommand({ Bucket, Policy })), denied)
  await assert.rejects(put({ ACL: 'public-read' }), denied)
  await block({})
  const wrong = Policy.replace('s3:GetObject', 's3:GetObjct')
  await assert.rejects(alice.send(new PutBucketPolicyCommand({ Bucket, Policy: wrong })), {
    name: 'MalformedPolicy', message: 'Policy has invalid action',
  })
  await alice.send(new DeleteBucketPolicyCommand({ Bucket }))
})

test('a link does what its signer may', async () => {
  const link = (client) => getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'k' }), { expiresIn: 60 })
  assert.equal((await fetch(await link(alice))).status, 200)
  assert.equal((await fetch(await link(bob))).status, 403)
})

test('a bucket without ACLs says so', async () => {
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] }
  await alice.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }))
  await assert.rejects(put({ ACL: 'public-read' }), { name: 'AccessControlListNotSupported' })
  await put()
})
