"""Calls containerd as a kubelet does, with as much of CRI (runtime.v1) as the checks need.

cri.py SOCKET VERB ARGUMENT...
  pod NAME CGROUP-PARENT       a pod on the host's network; prints its id
  container POD NAME WORD...   a started container of box in it; prints its id
  exec CONTAINER WORD...       prints what it printed and ends as it did
  state CONTAINER              created, running or exited, and the exit status
  stop CONTAINER               waits up to 10 s
  remove POD                   with its containers
"""

import json
import os
import sys

import grpc

BOX = "docker.io/library/box:latest"
HOST = 2


def varint(number):
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def message(fields):
    """A protobuf message: {number: int, str, message as dict, or a list of these}."""
    out = b""
    for number, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, int):
                out += varint(number << 3) + varint(item)
            else:
                body = message(item) if isinstance(item, dict) else item.encode()
                out += varint(number << 3 | 2) + varint(len(body)) + body
    return out


def read_varint(data, at):
    number = shift = 0
    while True:
        number |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return number, at


def fields_of(data):
    """The last value of each field: ints and bytes."""
    fields, at = {}, 0
    while at < len(data):
        key, at = read_varint(data, at)
        value, at = read_varint(data, at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        fields[key >> 3] = value
    return fields


def call(channel, verb, request):
    method = channel.unary_unary("/runtime.v1.RuntimeService/" + verb)
    try:
        return fields_of(method(message(request), timeout=40))
    except grpc.RpcError as error:
        sys.exit(f"{verb}: {error.details()}")


def sandbox(name, parent):
    namespaces = {1: HOST}
    return {1: {1: name, 2: name, 3: "engines", 4: 0}, 8: {1: parent, 2: {1: namespaces}}}


def main(socket, verb, *words):
    # What a pod was made with is wanted again for each of its containers: kept beside the socket.
    note = os.path.join(os.path.dirname(socket), "pod-")
    with grpc.insecure_channel("unix:" + socket) as channel:
        if verb == "pod":
            pod = call(channel, "RunPodSandbox", {1: sandbox(*words)})[1].decode()
            with open(note + pod, "w") as file:
                json.dump(words, file)
            print(pod)
        elif verb == "container":
            pod, name, *command = words
            with open(note + pod) as file:
                config = sandbox(*json.load(file))
            security = {3: {1: HOST}}
            container = {1: {1: name, 2: 0}, 2: {1: BOX}, 3: command, 15: {1: {4: 67108864}, 2: security}}
            made = call(channel, "CreateContainer", {1: pod, 2: container, 3: config})[1].decode()
            call(channel, "StartContainer", {1: made})
            print(made)
        elif verb == "exec":
            answer = call(channel, "ExecSync", {1: words[0], 2: list(words[1:]), 3: 20})
            sys.stdout.buffer.write(answer.get(1, b""))
            sys.exit(answer.get(3, 0))
        elif verb == "state":
            status = fields_of(call(channel, "ContainerStatus", {1: words[0]})[1])
            print(["created", "running", "exited", "unknown"][status.get(3, 0)], status.get(7, 0))
        elif verb == "stop":
            call(channel, "StopContainer", {1: words[0], 2: 10})
        else:
            call(channel, "StopPodSandbox", {1: words[0]})
            call(channel, "RemovePodSandbox", {1: words[0]})


main(*sys.argv[1:])
