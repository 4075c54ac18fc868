"""Makes an OCI layout with an image of three layers: layout.py FOLDER MEGABYTES KILOBYTES

That much in all, in files of that size each, whose content compresses about as well as programs do."""
import gzip
import hashlib
import io
import json
import os
import random
import sys
import tarfile

folder, megabytes, kilobytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(1)
words = [random.randbytes(random.randint(8, 24)) for _ in range(1500)]
os.makedirs(folder + "/blobs/sha256")


def store(data):
    digest = hashlib.sha256(data).hexdigest()
    with open(f"{folder}/blobs/sha256/{digest}", "wb") as file:
        file.write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}


layers, diffs = [], []
for layer in range(3):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for number in range(megabytes * 1024 // kilobytes // 3):
            entry = tarfile.TarInfo(f"{layer}/{number // 997}/{number // 31 % 31}/{number}")
            content = b"".join(random.choices(words, k=kilobytes * 1024 // 16))
            entry.size = len(content)
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(content))
    diffs.append("sha256:" + hashlib.sha256(tar.getbuffer()).hexdigest())
    packed = store(gzip.compress(tar.getbuffer(), 6, mtime=0))
    layers.append({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **packed})
rootfs = {"type": "layers", "diff_ids": diffs}
config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}
stored = store(json.dumps(config).encode())
kind = "application/vnd.oci.image.manifest.v1+json"
manifest = {
    "schemaVersion": 2,
    "mediaType": kind,
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **stored},
    "layers": layers,
}
entry = {"mediaType": kind, **store(json.dumps(manifest).encode())}
entry["annotations"] = {"org.opencontainers.image.ref.name": "bench"}
with open(folder + "/index.json", "w") as file:
    json.dump({"schemaVersion": 2, "manifests": [entry]}, file)
with open(folder + "/oci-layout", "w") as file:
    json.dump({"imageLayoutVersion": "1.0.0"}, file)
print(f"{sum(layer['size'] for layer in layers) / 1e6:.0f} MB compressed, in 3 layers")
