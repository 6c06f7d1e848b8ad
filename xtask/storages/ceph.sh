# Debian's packages; a cluster of one of each, without authentication between them, on this machine alone.
PACKAGES='radosgw ceph-mon ceph-mgr ceph-osd'

install() {
  if test "$(id -u)" != 0 || ! command -v apt-get >/dev/null; then
    echo "install Ceph: on Debian \`sudo apt-get install --no-install-recommends $PACKAGES\`" >&2
    return 1
  fi
  # shellcheck disable=SC2086
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $PACKAGES
}
installed() { for program in radosgw ceph-mon ceph-mgr ceph-osd; do command -v $program >/dev/null || return 1; done; }
version() { radosgw --version | cut -d ' ' -f 3; }

# radosgw's default mode of its messages, `secure`, waits 300 s and gives up.
configure() {
  fsid=$(cat /proc/sys/kernel/random/uuid)
  cat >ceph.conf <<END
[global]
fsid = $fsid
mon_initial_members = a
mon_host = v2:127.0.0.1:$PORT_1
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_cluster_mode = crc
ms_service_mode = crc
ms_client_mode = crc
ms_mon_cluster_mode = crc
ms_mon_service_mode = crc
ms_mon_client_mode = crc
ms_bind_msgr1 = false
run_dir = $DATA
admin_socket =
log_file = $DATA/\$name.log
pid_file =
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_data_avail_crit = 1
mon_data_avail_warn = 2
osd_objectstore = bluestore
bluestore_block_size = 4294967296
osd_memory_target = 939524096
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
mgr_initial_modules =
crash_dir = $DATA
[mon.a]
mon_data = $DATA/mon
host = localhost
[mgr.x]
mgr_data = $DATA/mgr
[osd.0]
osd_data = $DATA/osd
[client.rgw]
rgw_data = $DATA/rgw
rgw_frontends = beast endpoint=127.0.0.1:$PORT
rgw_dns_name = localhost
END
}

start() {
  export CEPH_CONF="$DATA/ceph.conf"
  configure
  mkdir mon mgr osd rgw
  monmaptool --create --addv a "[v2:127.0.0.1:$PORT_1]" --fsid "$fsid" monmap
  ceph-mon -i a --mkfs --monmap monmap
  ceph-mon -i a -f &
  osd=$(cat /proc/sys/kernel/random/uuid)
  ceph --connect-timeout 30 osd new "$osd"
  ceph-mgr -i x -f &
  ceph-osd -i 0 --mkfs --osd-uuid "$osd"
  ceph-osd -i 0 -f &
  radosgw -n client.rgw -f &
  wait
}

ready() {
  export CEPH_CONF="$DATA/ceph.conf"
  for _ in $(seq 60); do
    timeout 20 radosgw-admin -n client.rgw user create --uid doctor --display-name doctor \
      --access-key "$ACCESS_KEY" --secret-key "$SECRET_KEY" >user.log 2>&1 && break
    sleep 1
  done
  make_bucket
}
