VERSION=5.2.5

install() { pip_install "moto[s3,server]==$VERSION"; }
installed() { test -x "$PEER/bin/moto_server"; }
version() { echo "$VERSION"; }
start() { exec "$PEER/bin/moto_server" -H 127.0.0.1 -p "$PORT"; }
