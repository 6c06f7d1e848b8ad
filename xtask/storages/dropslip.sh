installed() { test -x "$DROPSLIP"; }
version() { echo 'this version'; }

start() {
  export DROPSLIP_SECRET_KEY="$SECRET_KEY"
  exec "$DROPSLIP" store --listen "127.0.0.1:$PORT" --data data --bucket "$BUCKET" --access-key "$ACCESS_KEY"
}
