# What only this kernel has: AppArmor, idmapped mounts of ext4. Sourced after bundle.sh.

profile() {
    [ -e /sys/kernel/security/apparmor/profiles ] || mount -t securityfs securityfs /sys/kernel/security
    apparmor_parser -r <<'END'
profile suite-profile flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  mount,
  network,
  signal,
  deny /tmp/secret rw,
}
END
}

check_apparmor_profile_of_run() {
    profile
    is "suite-profile (enforce)" \
        "$(once labelled '.process.apparmorProfile = "suite-profile"' 'cat /proc/self/attr/current')"
    has "denied" "$(once labelled '.process.apparmorProfile = "suite-profile"' 'echo x >/tmp/secret' 2>&1)"
    has "unconfined" "$(once plain . 'cat /proc/self/attr/current')"
}

check_apparmor_profile_of_exec() {
    profile
    started inside '.process.apparmorProfile = "suite-profile"'
    is "suite-profile (enforce)" "$(oci exec inside cat /proc/self/attr/current)"
    oci delete --force inside
    started outside
    is "suite-profile (enforce)" "$(oci exec --apparmor suite-profile outside cat /proc/self/attr/current)"
    oci delete --force outside
}

check_a_missing_profile_is_refused() {
    bundle missing '.process.apparmorProfile = "no-such-profile"'
    ends 1 oci run --bundle /tmp/bundles/missing missing
    ends 1 oci state missing
    gone /sys/fs/cgroup/suite/missing
}

check_idmapped_mounts() {
    mkdir -p /tmp/owned
    touch /tmp/owned/file
    chown 1000:1000 /tmp/owned/file
    is "101000:101000" "$(once mapped '.mounts += [{"destination": "/mnt", "type": "bind",
        "source": "/tmp/owned", "options": ["rbind"],
        "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
        "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}]}]' 'stat -c %u:%g /mnt/file')"
}

check_recursive_read_only() {
    mkdir -p /tmp/outer/inner
    mountpoint -q /tmp/outer/inner || mount -t tmpfs inner /tmp/outer/inner
    has "Read-only" "$(once recursive '.mounts += [{"destination": "/mnt", "type": "bind",
        "source": "/tmp/outer", "options": ["rbind", "rro"]}]' 'touch /mnt/inner/x' 2>&1)"
    once shallow '.mounts += [{"destination": "/mnt", "type": "bind", "source": "/tmp/outer",
        "options": ["rbind", "ro"]}]' 'touch /mnt/inner/x'
    umount /tmp/outer/inner
}

check_a_user_namespace_with_its_cgroup() {
    local map='[{"containerID": 0, "hostID": 100000, "size": 65536}]'
    chmod 755 /suite /suite/rootfs
    is "0 100000 65536" "$(once users ".linux.namespaces += [{\"type\": \"user\"}] | .linux.uidMappings = $map
        | .linux.gidMappings = $map" 'echo $(cat /proc/self/uid_map)')"
}
