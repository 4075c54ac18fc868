# SELinux, under the policy of selinux.conf. Sourced after bundle.sh.

# The policy is in force, once for all checks.
policy() {
    [ -e /sys/fs/selinux/enforce ] || mount -t selinuxfs selinuxfs /sys/fs/selinux
    [ "$(cat /sys/fs/selinux/enforce)" = 1 ] || {
        dd if=/suite/policy of=/sys/fs/selinux/load bs=1M
        echo 1 >/sys/fs/selinux/enforce
    }
    is "u:r:base_t" "$(tr -d '\0' </proc/self/attr/current)"
}

boxed='.process.selinuxLabel = "u:r:box_t"'
own='tr -d "\0" </proc/self/attr/current'

check_the_label_of_the_process() {
    policy
    is "u:r:box_t" "$(once boxed "$boxed" "$own")"
    is "u:r:base_t" "$(once plain . "$own")"
}

check_the_label_holds() {
    policy
    bundle secret
    echo hidden >/suite/rootfs/etc/secret
    chcon u:object_r:secret_t /suite/rootfs/etc/secret
    is "hidden" "$(once secret . 'cat /etc/secret')"
    has "Permission denied" "$(once secret "$boxed" 'cat /etc/secret' 2>&1)"
}

check_the_label_of_exec() {
    policy
    started inside "$boxed"
    is "u:r:box_t" "$(oci exec inside sh -c "$own")"
    oci delete --force inside
    started outside
    is "u:r:base_t" "$(oci exec outside sh -c "$own")"
    is "u:r:box_t" "$(oci exec --process-label u:r:box_t outside sh -c "$own")"
    refused "$RUNTIME" --root /run/suite exec --process-label u:r:none_t outside true
    oci delete --force outside
}

check_a_label_that_is_none_is_refused() {
    policy
    bundle none '.process.selinuxLabel = "u:r:none_t"'
    has "u:r:none_t" "$(oci run --bundle /tmp/bundles/none none 2>&1 || true)"
    ends 1 oci run --bundle /tmp/bundles/none none
    ends 1 oci state none
    gone /sys/fs/cgroup/suite/none
}

check_a_label_that_the_policy_refuses() {
    policy
    bundle shut '.process.selinuxLabel = "u:r:shut_t"'
    refused "$RUNTIME" --root /run/suite run --bundle /tmp/bundles/shut shut
    ends 1 oci state shut
}

check_the_label_of_mounts() {
    policy
    local labelled='.linux.mountLabel = "u:object_r:secret_t"'
    has 'context=u:object_r:secret_t' "$(once mounts "$labelled" 'grep " /tmp " /proc/mounts')"
    is "seen" "$(once mounts "$labelled" 'echo seen >/tmp/file; cat /tmp/file')"
    has "Permission denied" \
        "$(once mounts "$labelled | $boxed" 'echo x >/tmp/file; cat /tmp/file' 2>&1 || true)"
    is "seen" "$(once mounts "$boxed" 'echo seen >/tmp/file; cat /tmp/file')"
}

check_a_label_of_mounts_that_is_none_is_refused() {
    policy
    bundle unmounted '.linux.mountLabel = "u:object_r:none_t"'
    refused "$RUNTIME" --root /run/suite run --bundle /tmp/bundles/unmounted unmounted
    ends 1 oci state unmounted
}
