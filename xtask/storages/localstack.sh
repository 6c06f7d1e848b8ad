VERSION=2026.3.0

# With an older Python it installs and does not start. Newer ones of the named packages lack what it imports.
install() {
  if ! "${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 13))'; then
    echo 'Python 3.13 is needed: set PYTHON to one' >&2
    return 1
  fi
  pip_install "localstack-core[runtime]==$VERSION" 'cbor2<5.8' 'pyopenssl<26' service_identity
}
installed() { test -d "$PEER/lib" && "$PEER/bin/python" -c 'import localstack.runtime.main'; }
version() { echo "$VERSION"; }

# The only secret that it knows. Without the variable it takes any signature.
ACCESS_KEY=test
SECRET_KEY=test

start() {
  export S3_SKIP_SIGNATURE_VALIDATION=0
  export SERVICES=s3 GATEWAY_LISTEN="127.0.0.1:$PORT" FILESYSTEM_ROOT="$DATA/root" TMPDIR="$DATA"
  export DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1 LOCALSTACK_HOST="localhost:$PORT"
  exec "$PEER/bin/python" -m localstack.runtime.main
}
