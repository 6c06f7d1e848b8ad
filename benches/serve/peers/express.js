// Express with aws4: the answer of a back end that signs by itself. Usage: node express.js PORT

import { randomUUID } from 'node:crypto';
import aws4 from 'aws4';
import express from 'express';

const BUCKET_HOST = 'my-bucket.s3.nl-ams.scw.cloud';
const SIZE_BYTES_MAX = 20 * 1024 * 1024;
const keys = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

const app = express();
app.disable('x-powered-by');
app.use(express.json());

app.post('/v1/uploads', (request, response) => {
  const { fileName, contentType, size } = request.body;
  if (typeof fileName !== 'string' || fileName === '') {
    return response.status(400).json({ error: 'fileName is missing' });
  }
  if (typeof contentType !== 'string' || !contentType.startsWith('image/')) {
    return response.status(400).json({ error: 'only images' });
  }
  if (!Number.isInteger(size) || size < 1 || size > SIZE_BYTES_MAX) {
    return response.status(413).json({ error: 'too large' });
  }
  const key = `photos/${randomUUID()}.jpeg`;
  const headers = {
    'content-length': String(size),
    'content-type': contentType,
    'x-amz-acl': 'public-read',
  };
  const signed = aws4.sign(
    {
      service: 's3',
      region: 'nl-ams',
      method: 'PUT',
      host: BUCKET_HOST,
      path: `/${key}?X-Amz-Expires=300`,
      headers,
      signQuery: true,
      extraHeadersToInclude: { 'content-length': true },
    },
    keys,
  );
  const url = `https://${BUCKET_HOST}${signed.path}`;
  return response.status(201).json({ key, url, headers });
});

app.listen(Number(process.argv[2]), '127.0.0.1');
