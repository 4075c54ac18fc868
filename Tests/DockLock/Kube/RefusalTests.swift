import Testing

@testable import Kube

/// What is refused, and that the field is named.
@Suite struct RefusalTests {
    static let containers: [(members: String, problem: String)] = [
        (#""foo": 1"#, "foo: there is no such field"),
        (#""comand": ["x"]"#, "comand: there is no such field; is command meant?"),
        (#""livenessprobe": {}"#, "livenessprobe: there is no such field; is livenessProbe meant?"),
        (#""lifecycle": {}"#, "lifecycle: is not supported"),
        (#""command": "x""#, "command: is not a list"),
        (#""args": [1]"#, "args[0]: is not a string: put it in quotes"),
        (#""env": [{"name": "A", "value": true}]"#, "env[0].value: is not a string: put it in quotes"),
        (#""env": [{"name": "A=B", "value": "c"}]"#, "env[0].name: holds a ="),
        (#""env": [{"value": "c"}]"#, "env[0].name: is missing"),
        (
            #""env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "k"}}}]"#,
            "env[0].valueFrom.configMapKeyRef.name: there is no ConfigMap m"
        ),
        (
            #""env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]"#,
            "env[0].valueFrom.fieldRef.fieldPath: status.podIP is not known before the vPod runs, or not "
                + "supported"
        ),
        (#""env": [{"name": "A", "valueFrom": {}}]"#, "env[0].valueFrom: must have one of"),
        (#""envFrom": [{"secretRef": {"name": "s"}}]"#, "envFrom[0].secretRef.name: there is no Secret s"),
        (#""ports": [{"hostPort": 1}]"#, "ports[0].containerPort: is missing"),
        (#""ports": [{"containerPort": 70000}]"#, "ports[0].containerPort: 70000 is not in 1...65535"),
        (#""ports": [{"containerPort": "80"}]"#, "ports[0].containerPort: is not a whole number"),
        (
            #""ports": [{"containerPort": 80, "protocol": "tcp"}]"#,
            "ports[0].protocol: \"tcp\" is none of TCP, UDP, SCTP"
        ),
        (
            #""resources": {"limits": {"memory": "64 Mi"}}"#,
            "resources.limits.memory: \"64 Mi\" is not a quantity, such as 500m or 64Mi"
        ),
        (#""resources": {"limits": {"cpu": 0}}"#, "resources.limits.cpu: is no number of CPUs"),
        (#""resources": {"limits": {"gpu": 1}}"#, "resources.limits.gpu: there is no such field"),
        (
            #""resources": {"limits": {"cpu": 1}, "requests": {"cpu": 2}}"#,
            "resources.requests.cpu: is more than the limit"
        ),
        (
            #""volumeMounts": [{"name": "v", "mountPath": "/v"}]"#,
            "volumeMounts[0].name: there is no volume v"
        ),
        (#""securityContext": {"runAsGroup": 1}"#, "securityContext.runAsGroup: needs runAsUser"),
        (
            #""securityContext": {"runAsNonRoot": true, "runAsUser": 0}"#,
            "securityContext.runAsUser: is root, and runAsNonRoot is set"
        ),
        (
            #""securityContext": {"privileged": true, "allowPrivilegeEscalation": false}"#,
            "securityContext.allowPrivilegeEscalation: cannot be false where privileged is true"
        ),
        (
            #""securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "../x"}}"#,
            "securityContext.seccompProfile.localhostProfile: leaves /var/lib/kubelet/seccomp/"
        ),
        (#""livenessProbe": {}"#, "livenessProbe: must have one of exec, httpGet and tcpSocket"),
        (#""livenessProbe": {"grpc": {"port": 1}}"#, "livenessProbe.grpc: is not supported"),
        (
            #""livenessProbe": {"httpGet": {"port": "web"}}"#,
            "livenessProbe.httpGet.port: the container has no port web"
        ),
        (
            #""livenessProbe": {"httpGet": {"port": 1, "path": "/ HTTP/1.0"}}"#,
            "livenessProbe.httpGet.path: holds a space or a control character"
        ),
        (
            #""livenessProbe": {"httpGet": {"port": 1, "httpHeaders": [{"name": "a", "value": "b\r\nc"}]}}"#,
            "livenessProbe.httpGet.httpHeaders[0]: holds a control character"
        ),
        (
            #""livenessProbe": {"tcpSocket": {"port": 1, "host": "example.com"}}"#,
            "livenessProbe.tcpSocket.host: \"example.com\" is not an address"
        ),
        (
            #""livenessProbe": {"exec": {"command": ["a"]}, "successThreshold": 2}"#,
            "livenessProbe.successThreshold: must be 1"
        ),
        (#""restartPolicy": "Always""#, "restartPolicy: is of init containers alone, and then Always"),
    ]

    @Test(arguments: containers.indices) func fieldsOfContainersAreNamed(_ index: Int) {
        let (members, problem) = Self.containers[index]
        let said = Plans.problem(Plans.pod(members))
        #expect(said.hasPrefix("spec.containers[0]." + problem), "\(said)")
    }

    static let specs: [(members: String, problem: String)] = [
        (#""restartPolicy": "always""#, "restartPolicy: \"always\" is none of Always, OnFailure, Never"),
        (#""hostNetwork": "yes""#, "hostNetwork: is neither true nor false"),
        (#""runtimeClassName": "x""#, "runtimeClassName: is not supported"),
        (#""dnsPolicy": "None""#, "dnsPolicy: None needs dnsConfig.nameservers"),
        (#""volumes": [{"name": "v", "nfs": {}}]"#, "volumes[0].nfs: is not supported"),
        (
            #""volumes": [{"name": "v", "emptyDir": {}, "hostPath": {"path": "/"}}]"#,
            "volumes[0]: is both emptyDir and hostPath"
        ),
        (#""volumes": [{"name": "v"}, {"name": "v"}]"#, "volumes[1].name: two volumes are named v"),
        (
            #""volumes": [{"name": "v", "hostPath": {"path": "a/b"}}]"#,
            "volumes[0].hostPath.path: \"a/b\" is not absolute, or climbs"
        ),
        (
            #""volumes": [{"name": "v", "configMap": {"name": "m"}}]"#,
            "volumes[0].configMap.name: there is no ConfigMap m"
        ),
        (
            #""volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1Mi"}}]"#,
            "volumes[0].emptyDir.sizeLimit: is kept only with medium: Memory"
        ),
        (#""volumes": [{"name": "../v"}]"#, "volumes[0].name: \"../v\" is not a name"),
        (
            #""initContainers": [{"name": "a", "image": "x"}]"#,
            "containers[0].name: two are named a"
        ),
        (
            #""initContainers": [{"name": "i", "image": "x", "livenessProbe": {}}]"#,
            "initContainers[0].livenessProbe: is not of init containers"
        ),
        (#""hostPID": true, "shareProcessNamespace": true"#, "shareProcessNamespace: cannot stand beside"),
        (#""securityContext": {"fsGroup": -1}"#, "securityContext.fsGroup: -1 is not in"),
    ]

    @Test(arguments: specs.indices) func fieldsOfPodsAreNamed(_ index: Int) {
        let (members, problem) = Self.specs[index]
        let said = Plans.problem(Plans.pod(spec: members))
        #expect(said.hasPrefix("spec." + problem), "\(said)")
    }

    @Test func pathsBelowVolumesStayThere() {
        let volumes = #""volumes": [{"name": "v"}]"#
        for path in ["../x", "a/../../x", "/etc", "a/./b", "/"] {
            let mounts = #""volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "\#(path)"}]"#
            let said = Plans.problem(Plans.pod(mounts, spec: volumes))
            #expect(said.contains("volumeMounts[0].subPath: \"\(path)\" leaves the volume"), "\(said)")
        }
        let map = #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"k": "v"}}"#
        for path in ["../x", "/x", "a/..", ""] {
            let items = #"{"name": "m", "items": [{"key": "k", "path": "\#(path)"}]}"#
            let said = Plans.problem(
                map, Plans.pod(spec: #""volumes": [{"name": "v", "configMap": \#(items)}]"#))
            #expect(said.contains("items[0].path: "), "\(said)")
        }
        let keys =
            #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"../k": ""}}"#
        #expect(Plans.problem(keys).contains("data.../k: is not a key"))
    }

    @Test func documentsAreToldApart() {
        #expect(Plans.problem("[]") == "the document: is not a mapping")
        #expect(Plans.problem("{}") == "kind: is missing")
        #expect(Plans.problem(#"{"kind": "Job"}"#).hasPrefix("kind: \"Job\" is none of Pod"))
        #expect(Plans.problem(#"{"kind": "Pod"}"#) == "apiVersion: is missing")
        #expect(Plans.problem(#"{"kind": "Pod", "apiVersion": "v2"}"#) == "apiVersion: \"v2\" is not v1")
        #expect(Plans.problem(#"{"kind": "Pod", "apiVersion": "v1"}"#) == "metadata: is missing")
        #expect(Plans.problem("null") == "there is no document")
        #expect(Plans.problem("null", "{}") == "document 2: kind: is missing")
        #expect(Plans.problem(Plans.pod(), Plans.pod()) == "metadata.name: two are named web")
        let secret = #"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "!"}}"#
        #expect(Plans.problem(secret) == "data.a: is not base64")
    }

    @Test func variablesThatDoubleAreStopped() {
        var entries = [#"{"name": "A0", "value": "\#(String(repeating: "x", count: 1000))"}"#]
        for index in 1..<40 {
            entries.append(#"{"name": "A\#(index)", "value": "$(A\#(index - 1))$(A\#(index - 1))"}"#)
        }
        let said = Plans.problem(Plans.pod(#""env": [\#(entries.joined(separator: ","))]"#))
        #expect(said.contains("is too long for a variable") || said.contains("becomes too long"), "\(said)")
    }
}
