VERSION=2.5.0

install() {
  cargo install garage --version "$VERSION" --locked --root "$PEER" --target-dir "$PEER/build"
  rm -rf "$PEER/build"
}
installed() { test -x "$PEER/bin/garage"; }
version() { echo "$VERSION"; }
garage() { "$PEER/bin/garage" -c garage.toml "$@"; }

start() {
  cat >garage.toml <<END
metadata_dir = "meta"
data_dir = "data"
db_engine = "lmdb"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:$PORT_1"
rpc_public_addr = "127.0.0.1:$PORT_1"
rpc_secret = "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
[s3_api]
s3_region = "$REGION"
api_bind_addr = "127.0.0.1:$PORT"
root_domain = ".localhost"
END
  exec "$PEER/bin/garage" -c garage.toml server
}

# The key has to have Garage's form, and the bucket is made by its own command.
ACCESS_KEY=GK00112233445566778899aabb
SECRET_KEY=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff

ready() {
  for _ in $(seq 100); do
    node=$(garage node id -q 2>garage.log) && garage status >garage.log 2>&1 && break
    sleep 0.2
  done
  garage layout assign -z here -c 1G "${node%%@*}" >>garage.log
  garage layout apply --version 1 >>garage.log
  garage key import --yes -n doctor "$ACCESS_KEY" "$SECRET_KEY" >>garage.log
  garage bucket create "$BUCKET" >>garage.log
  garage bucket allow --read --write --owner "$BUCKET" --key "$ACCESS_KEY" >>garage.log
}
