VERSION=0.14.1

install() {
  cargo install s3s-fs --version "$VERSION" --locked --features binary --root "$PEER" --target-dir "$PEER/build"
  rm -rf "$PEER/build"
}
installed() { test -x "$PEER/bin/s3s-fs"; }
version() { echo "$VERSION"; }

start() {
  mkdir data
  exec "$PEER/bin/s3s-fs" --host 127.0.0.1 --port "$PORT" --domain "localhost:$PORT" \
    --access-key "$ACCESS_KEY" --secret-key "$SECRET_KEY" data
}
