#!/bin/bash
# Makes an image archive, NAME:latest, out of busybox-static. usage: image.sh FILE NAME COMMAND...
set -euo pipefail
out=$(realpath "$1") name=$2
shift 2
command=$(printf '"%s",' "$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p root/{bin,dev,proc,sys,etc,tmp,root,home/user,run,var,mnt}
chmod 1777 root/tmp
chown 1000:1000 root/home/user
cp /bin/busybox root/bin/busybox
for applet in $(/bin/busybox --list); do
    [ "$applet" = busybox ] || ln -s busybox "root/bin/$applet"
done
cat >root/etc/passwd <<'END'
root:x:0:0:root:/root:/bin/sh
user:x:1000:1000:user:/home/user:/bin/sh
END
printf 'root:x:0:\nuser:x:1000:\nextra:x:2000:user\n' >root/etc/group
tar --sort=name -C root -cf layer.tar .
layer=$(sha256sum layer.tar | cut -d ' ' -f 1)
cat >config.json <<END
{"architecture":"$(dpkg --print-architecture)","os":"linux",
 "config":{"Env":["PATH=/bin","IMAGE=box"],"Cmd":[${command%,}]},
 "rootfs":{"type":"layers","diff_ids":["sha256:$layer"]},
 "history":[{"created_by":"busybox"}]}
END
echo "[{\"Config\":\"config.json\",\"RepoTags\":[\"docker.io/library/$name:latest\"],
 \"Layers\":[\"layer.tar\"]}]" >manifest.json
tar -cf "$out" manifest.json config.json layer.tar
