VERSION=3.7.1

install() { npm install --ignore-scripts --no-audit --no-fund --prefix "$PEER" "s3rver@$VERSION"; }
installed() { test -x "$PEER/node_modules/.bin/s3rver"; }
version() { echo "$VERSION"; }

# The key is not ours to choose.
ACCESS_KEY=S3RVER
SECRET_KEY=S3RVER

start() {
  mkdir data
  exec "$PEER/node_modules/.bin/s3rver" --silent --no-vhost-buckets -a 127.0.0.1 -p "$PORT" -d data
}
