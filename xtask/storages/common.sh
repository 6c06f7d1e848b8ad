# What every storage has, unless its own file says otherwise. Read before that file, by `cargo xtask storages`.
#
# Each file has `installed`, `version` and `start`, and may have its own `install`, `ready` and `clean`. Given are:
#   PEER                   the folder that it is installed in
#   DATA                   an empty folder for one run, which is also the working folder
#   PORT                   the free port on this machine where S3 shall be; PORT_1 to PORT_7 are free as well; `service` takes PORT_8
#   ACCESS_KEY SECRET_KEY  the key; BUCKET the bucket, REGION the region
#   DROPSLIP               the binary of this repository

set -eu

# Nothing to install: it is there.
install() { :; }

# Removes what lies outside of DATA.
clean() { :; }

# Waits until the storage can be used, with a bucket.
ready() { make_bucket; }

# Makes the bucket as soon as that can be done.
make_bucket() {
  code=000
  for _ in $(seq 300); do
    running
    code=$(curl --silent --output bucket.log --write-out '%{http_code}' --max-time 10 --request PUT \
      --aws-sigv4 "aws:amz:$REGION:s3" --user "$ACCESS_KEY:$SECRET_KEY" \
      --header 'x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' \
      "http://localhost:$PORT/$BUCKET") || true
    case $code in 200 | 409) return 0 ;; esac
    sleep 0.2
  done
  echo "it made no bucket: the last answer was $code" >&2
  return 1
}

# Fails when the storage has ended.
running() { if test -e ended; then echo 'it ended' >&2 && return 1; fi; }

# A Python environment in PEER with what is named; PYTHON chooses the interpreter.
pip_install() {
  "${PYTHON:-python3}" -m venv --clear "$PEER"
  "$PEER/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

# Runs the storage until whoever started this lets go of its standard input, and be it by dying. It leads a group of
# processes, so that none of them remains.
guard() {
  # The one that waits outlives the signal, to say that the storage did not.
  { trap : TERM; (start) >log 2>&1 </dev/null || true; : >ended; } &
  cat >/dev/null
  trap '' TERM
  kill -TERM 0
  for _ in $(seq 30); do test ! -e ended || break; sleep 0.1; done
  clean
  cd / && rm -rf "$DATA"
  kill -KILL 0
}

# What the doctor finds. What it can put right stands before.
doctor() {
  export DROPSLIP_SECRET_KEY="$SECRET_KEY"
  "$DROPSLIP" doctor "s3://$BUCKET" --endpoint "http://localhost:$PORT" --region "$REGION" \
    --access-key "$ACCESS_KEY" --origin https://app.example --json "$@"
}

# What a service with the storage's profile does with it: files by every mode and promise that the profile has, uploaded,
# completed, and fetched again. Prints a line for each: its name, the answer, and words for people.
service() {
  export DROPSLIP_SECRET_KEY="$SECRET_KEY" XDG_STATE_HOME="$DATA/state"
  head -c 100000 /dev/urandom >small.bin
  head -c 12000000 /dev/urandom >large.bin
  served "$1" put 'a PUT' small.bin 'mode = "put"'
  served "$1" put-once 'a PUT that is used once' small.bin 'mode = "put"' 'singleUse = true'
  served "$1" put-checksum 'a PUT with SHA-256' small.bin 'mode = "put"' 'checksum = "sha256"'
  served "$1" post 'a form' small.bin 'mode = "post"'
  served "$1" parts 'parts' large.bin 'mode = "multipart"' 'partSize = "5 MiB"'
  served "$1" parts-once 'parts that are used once' large.bin 'mode = "multipart"' 'singleUse = true'
  served "$1" parts-checksum 'parts with SHA-256' large.bin 'mode = "multipart"' 'checksum = "sha256"'
}

# PROFILE NAME WORDS FILE PRESET-LINE…
served() {
  profile=$1 name=$2 words=$3 file=$4
  shift 4
  {
    printf '[storage]\nendpoint = "http://localhost:%s"\nregion = "%s"\nprofile = "%s"\n' "$PORT" "$REGION" "$profile"
    printf 'accessKey = "%s"\nsecretKey = "%s"\n[database]\nurl = "none"\n' "$ACCESS_KEY" "$SECRET_KEY"
    printf '[presets.it]\nbucket = "%s"\nkey = "served/{uuid}.bin"\naccept = ["*/*"]\nmaxSize = "1 GiB"\n' "$BUCKET"
    printf '%s\n' "$@"
  } >dropslip.toml
  answer=not-offered
  # The profile says so, and the service would not start.
  if "$DROPSLIP" config check >config.log 2>&1; then
    answer=no
    ! round_trip "$file" >>service.log 2>&1 || answer=yes
  fi
  printf 'serve-%s\t%s\t`serve`: %s\n' "$name" "$answer" "$words"
}

# Uploads a file by a service of its own, and fetches it from the storage.
round_trip() {
  address="127.0.0.1:$PORT_8"
  "$DROPSLIP" serve --listen "$address" &
  service=$!
  for _ in $(seq 100); do "$DROPSLIP" health --address "$address" && break; sleep 0.1; done
  told=$("$DROPSLIP" put "$1" --preset it --service "http://$address" --json) || told=
  kill "$service" && wait "$service" || true
  key=$(printf '%s\n' "$told" | sed -n 's/.*"key":"\([^"]*\)".*/\1/p')
  test -n "$key" || return 1
  url=$("$DROPSLIP" presign get "s3://$BUCKET/$key" --endpoint "http://localhost:$PORT" --region "$REGION" \
    --access-key "$ACCESS_KEY")
  curl --silent --fail --max-time 60 --output fetched.bin "$url"
  cmp "$1" fetched.bin
}
