# Cgroups made by systemd over its bus. Sourced after bundle.sh.

# scoped ID [FILTER]: a started container in docklock-ID.scope below suite.slice.
scoped() {
    started "$1" ".linux.cgroupsPath = \"suite.slice:docklock:$1\" | ${2:-.}" --systemd-cgroup
}

check_a_scope() {
    scoped scope
    is "active" "$(unit_property docklock-scope.scope ActiveState)"
    is "suite.slice" "$(unit_property docklock-scope.scope Slice)"
    is "yes" "$(unit_property docklock-scope.scope Delegate)"
    has "/suite.slice/docklock-scope.scope" "$(cat "/proc/$(pid_of scope)/cgroup")"
    oci --systemd-cgroup delete --force scope
    soon eval '[ "$(unit_property docklock-scope.scope ActiveState)" = inactive ]'
    gone /sys/fs/cgroup/suite.slice/docklock-scope.scope
}

check_limits_are_properties() {
    scoped properties '.linux.resources += {"memory": {"limit": 67108864}, "pids": {"limit": 33},
        "cpu": {"quota": 50000, "period": 100000}}'
    is "67108864" "$(unit_property docklock-properties.scope MemoryMax)"
    is "33" "$(unit_property docklock-properties.scope TasksMax)"
    is "500ms" "$(unit_property docklock-properties.scope CPUQuotaPerSecUSec)"
    is "67108864 33 50000 100000" \
        "$(file properties memory.max) $(file properties pids.max) $(file properties cpu.max)"
    oci --systemd-cgroup delete --force properties
}

check_unified_keys_outlive_a_reload() {
    scoped unified '.linux.resources.unified = {"memory.high": "50331648", "cpu.weight": "77"}'
    systemctl daemon-reload
    is "50331648 77" "$(unit_property docklock-unified.scope MemoryHigh) \
$(unit_property docklock-unified.scope CPUWeight)"
    is "50331648 77" "$(file unified memory.high) $(file unified cpu.weight)"
    oci --systemd-cgroup delete --force unified
}

check_limits_outlive_a_reload() {
    scoped reload '.linux.resources.memory.limit = 67108864'
    oci --systemd-cgroup update --memory 33554432 reload
    systemctl daemon-reload
    is "33554432" "$(file reload memory.max)"
    is "33554432" "$(unit_property docklock-reload.scope MemoryMax)"
    oci --systemd-cgroup delete --force reload
}

check_devices_outlive_a_reload() {
    scoped devices '.process.capabilities = {"bounding": ["CAP_MKNOD"], "effective": ["CAP_MKNOD"],
        "permitted": ["CAP_MKNOD"]}'
    systemctl daemon-reload
    has "not permitted" "$(oci exec devices \
        sh -c 'mknod /tmp/vda b 254 0; head -c 1 /tmp/vda' 2>&1 || true)"
    is "8" "$(oci exec devices sh -c 'head -c 8 /dev/zero | wc -c')"
    oci --systemd-cgroup delete --force devices
}

check_properties_of_annotations() {
    scoped annotated '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 7000000",
        "org.systemd.property.Description": "'"'a described container'"'"}'
    is "7s" "$(unit_property docklock-annotated.scope TimeoutStopUSec)"
    is "a described container" "$(unit_property docklock-annotated.scope Description)"
    oci --systemd-cgroup delete --force annotated
}

check_a_nested_slice() {
    started nested '.linux.cgroupsPath = "suite-inner.slice:docklock:nested"' --systemd-cgroup
    has "/suite.slice/suite-inner.slice/docklock-nested.scope" "$(cat "/proc/$(pid_of nested)/cgroup")"
    oci --systemd-cgroup delete --force nested
}

check_systemd_stops_it() {
    scoped stopped
    systemctl kill -s KILL docklock-stopped.scope
    soon status_is stopped stopped
    oci --systemd-cgroup delete stopped
    ends 1 oci state stopped
}

check_pause_and_exec() {
    scoped pause
    is "in" "$(oci --systemd-cgroup exec pause echo in)"
    oci --systemd-cgroup pause pause
    status_is paused pause
    oci --systemd-cgroup resume pause
    status_is running pause
    oci --systemd-cgroup delete --force pause
}

check_a_failed_start_leaves_no_scope() {
    bundle fails '.linux.cgroupsPath = "suite.slice:docklock:fails" | .process.args = ["/none"]'
    refused "$RUNTIME" --root /run/suite --systemd-cgroup run --bundle /tmp/bundles/fails fails
    soon eval '[ "$(unit_property docklock-fails.scope ActiveState)" = inactive ]'
}
