import Pod
import Testing

@testable import Kube

/// What fields become.
@Suite struct PlanTests {
    @Test func aPodOfLittleHasKubernetesDefaults() throws {
        let pod = try #require(try Plans.plan(Plans.pod()).pods.first)
        #expect(pod.name == "web" && pod.request.restart == .always && pod.request.stopTimeout == 30)
        #expect(pod.containers.map(\.role) == [.main])
        let container = pod.containers[0]
        #expect(container.flags == ["--restart", "always", "--stop-timeout", "30"])
        #expect(container.command.isEmpty && container.mounts.isEmpty && container.liveness == nil)
    }

    @Test func commandsTakeTheirVariables() throws {
        let container = try Plans.container(
            #"""
            "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)2$(C)"}, {"name": "C"}],
            "command": ["run", "$(B)"], "args": ["$$(B)", "$(NONE)", "$", "$(A", "a$(A)b"], "workingDir": "/w"
            """#)
        #expect(container.flags.has("--entrypoint", #"["run","12$(C)"]"#))
        #expect(container.flags.has("--env", "B=12$(C)") && container.flags.has("--env", "C="))
        #expect(container.flags.has("--workdir", "/w"))
        #expect(container.command == ["$(B)", "$(NONE)", "$", "$(A", "a1b"])
    }

    static let map = """
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"},
         "data": {"a": "1", "b": "2"}, "binaryData": {"c": "AAE="}}
        """
    static let secret = """
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque",
         "data": {"p": "cGFzcw==", "q": "eA=="}, "stringData": {"q": "plain"}}
        """

    @Test func valuesComeFromElsewhere() throws {
        let text = #"""
            "envFrom": [{"prefix": "S_", "secretRef": {"name": "s"}},
              {"configMapRef": {"name": "none", "optional": true}}],
            "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "a"}}},
              {"name": "P", "valueFrom": {"secretKeyRef": {"name": "s", "key": "p"}}},
              {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
              {"name": "L", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
              {"name": "O", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "z", "optional": true}}},
              {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
              {"name": "MEM", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory"}}},
              {"name": "ALL", "valueFrom": {"resourceFieldRef": {"resource": "requests.cpu"}}}],
            "resources": {"limits": {"cpu": "1500m"}}
            """#
        let plan = try Plans.plan(
            Self.map, Self.secret, Plans.pod(text, metadata: #""labels": {"app": "x"}"#))
        let flags = plan.pods[0].containers[0].flags
        for entry in [
            "S_p=pass", "S_q=plain", "A=1", "P=pass", "N=web", "L=x", "CPU=1500", "MEM=8589934592", "ALL=2",
        ] {
            #expect(flags.has("--env", entry), "\(entry)")
        }
        #expect(!flags.contains { $0.hasPrefix("O=") })
        #expect(plan.pods[0].request.labels == [PodLabel("app", "x")])
        let binary = Plans.problem(
            Self.map, Plans.pod(#""envFrom": [{"configMapRef": {"name": "m"}}]"#))
        #expect(binary.hasSuffix("its value is no text"))
    }

    @Test func limitsAreTheContainersAndTheVpods() throws {
        let limited = #"""
            "resources": {"limits": {"cpu": "250m", "memory": "64Mi"},
              "requests": {"cpu": 0.1, "memory": "32M"}}
            """#
        let initial = #"""
            "initContainers": [{"name": "i", "image": "x",
              "resources": {"limits": {"cpu": 2, "memory": "32Mi"}}}]
            """#
        let pod = try #require(try Plans.plan(Plans.pod(limited, spec: initial)).pods.first)
        let flags = pod.containers[1].flags
        #expect(flags.has("--cpus", "0.250000000") && flags.has("--memory", "67108864"))
        #expect(flags.has("--memory-reservation", "32000000") && flags.has("--cpu-shares", "102"))
        #expect(pod.request.resources.memory == 64 << 20)
        #expect(pod.request.resources.nanoCPUs == 2_000_000_000)
        let open = try Plans.plan(
            Plans.pod(limited, spec: #""initContainers": [{"name": "i", "image": "x"}]"#))
        #expect(open.pods[0].request.resources.isEmpty)
        let own = #""resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": 1}}"#
        let resources = try Plans.plan(Plans.pod(limited, spec: own)).pods[0].request.resources
        #expect(resources.memory == 1 << 30 && resources.cpuShares == 1024 && resources.nanoCPUs == nil)
    }

    @Test func volumesBecomeDirectoriesAndFiles() throws {
        let spec = #"""
            "securityContext": {"fsGroup": 7},
            "volumes": [{"name": "e"}, {"name": "t", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
              {"name": "h", "hostPath": {"path": "/h", "type": "Directory"}},
              {"name": "c", "configMap": {"name": "m", "items": [{"key": "a", "path": "d/a", "mode": 256}]}},
              {"name": "s", "secret": {"secretName": "s", "defaultMode": 384}},
              {"name": "p", "persistentVolumeClaim": {"claimName": "claim", "readOnly": true}}]
            """#
        let mounts = #"""
            "env": [{"name": "SUB", "value": "x"}],
            "volumeMounts": [{"name": "e", "mountPath": "/e", "subPathExpr": "$(SUB)/y"},
              {"name": "h", "mountPath": "/h", "mountPropagation": "Bidirectional"},
              {"name": "c", "mountPath": "/c"}, {"name": "p", "mountPath": "/p"}]
            """#
        let plan = try Plans.plan(Self.map, Self.secret, Plans.pod(mounts, spec: spec))
        let pod = plan.pods[0]
        #expect(
            pod.volumes == [
                PodVolume(name: "e", kind: .directory, group: 7),
                PodVolume(name: "t", kind: .memory, size: 1 << 20, group: 7),
                PodVolume(name: "c", kind: .directory, group: 7),
                PodVolume(name: "s", kind: .directory, group: 7),
            ])
        #expect(
            pod.files.map(\.path) == ["d/a", "p", "q"] && pod.files.map(\.mode) == [0o400, 0o600, 0o600])
        #expect(pod.files.map(\.content) == [[0x31], Array("pass".utf8), Array("plain".utf8)])
        #expect(pod.hostPaths == [PlannedHostPath(volume: "h", path: "/h", type: "Directory")])
        let found = pod.containers[0].mounts
        #expect(found.map(\.source) == [.own("e"), .host("h"), .own("c"), .claim("claim")])
        #expect(found.map(\.isReadOnly) == [false, false, true, true])
        #expect(found.map(\.subPath) == ["x/y", "", "", ""] && found[1].propagation == "rshared")
    }

    @Test func securityContextsAreFlags() throws {
        let spec = #"""
            "securityContext": {"runAsUser": 1000, "runAsGroup": 7, "runAsNonRoot": true,
              "supplementalGroups": [8], "fsGroup": 9, "seccompProfile": {"type": "Unconfined"},
              "sysctls": [{"name": "net.a", "value": "1"}]}
            """#
        let inherited = try Plans.container(spec: spec)
        #expect(inherited.flags.has("--user", "1000:7") && inherited.mustNotBeRoot)
        #expect(inherited.flags.has("--group-add", "8") && inherited.flags.has("--group-add", "9"))
        #expect(inherited.flags.has("--security-opt", "seccomp=unconfined"))
        #expect(try Plans.plan(Plans.pod(spec: spec)).pods[0].request.sysctls == ["net.a=1"])
        let own = try Plans.container(
            #"""
            "securityContext": {"runAsUser": 5, "runAsNonRoot": false, "readOnlyRootFilesystem": true,
              "allowPrivilegeEscalation": false, "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]},
              "seccompProfile": {"type": "RuntimeDefault"}, "procMount": "Unmasked",
              "seLinuxOptions": {"type": "t", "level": "s0"}}
            """#, spec: spec)
        #expect(own.flags.has("--user", "5:7") && !own.mustNotBeRoot)
        #expect(own.flags.contains("--read-only") && own.flags.contains("--read-only-tmpfs=false"))
        #expect(own.flags.has("--cap-add", "NET_ADMIN") && own.flags.has("--cap-drop", "ALL"))
        for option in ["no-new-privileges", "unmask=ALL", "label=type:t", "label=level:s0"] {
            #expect(own.flags.has("--security-opt", option), "\(option)")
        }
        #expect(!own.flags.contains("seccomp=unconfined"))
    }

    @Test func probesKeepTheirTimes() throws {
        let container = try Plans.container(
            #"""
            "ports": [{"name": "web", "containerPort": 8080}],
            "livenessProbe": {"httpGet": {"port": "web", "path": "health",
              "httpHeaders": [{"name": "X-A", "value": "b"}]}, "initialDelaySeconds": 3},
            "readinessProbe": {"tcpSocket": {"port": 9}, "successThreshold": 2, "periodSeconds": 4},
            "startupProbe": {"exec": {"command": ["true"]}, "failureThreshold": 30, "timeoutSeconds": 5}
            """#)
        #expect(
            container.liveness?.look
                == .http(host: "127.0.0.1", port: 8080, path: "/health", lines: ["X-A: b"]))
        #expect(container.liveness?.delay == 3 && container.liveness?.period == 10)
        #expect(container.liveness?.timeout == 1 && container.liveness?.failures == 3)
        #expect(container.readiness?.look == .tcp(host: "127.0.0.1", port: 9))
        #expect(container.readiness?.successes == 2 && container.readiness?.period == 4)
        #expect(container.startup?.look == .command(["true"]) && container.startup?.failures == 30)
        #expect(container.startup?.timeout == 5)
    }

    @Test func networksNamesAndPortsAreTheVpods() throws {
        let pod = try #require(
            try Plans.plan(
                Plans.pod(
                    #"""
                    "ports": [{"containerPort": 80, "hostPort": 8080, "hostIP": "127.0.0.1"},
                      {"containerPort": 53, "hostPort": 53, "protocol": "UDP", "hostIP": "::1"},
                      {"containerPort": 90}]
                    """#,
                    spec: #"""
                        "hostname": "h", "shareProcessNamespace": true,
                        "hostAliases": [{"ip": "192.0.2.7", "hostnames": ["far", "away"]}],
                        "dnsPolicy": "None", "dnsConfig": {"nameservers": ["192.0.2.1"],
                          "searches": ["a.b"], "options": [{"name": "ndots", "value": "2"}, {"name": "x"}]}
                        """#)
            ).pods.first)
        #expect(pod.request.ports == ["127.0.0.1:8080:80/tcp", "[::1]:53:53/udp"])
        #expect(pod.request.hosts == ["far=192.0.2.7", "away=192.0.2.7"] && pod.request.sharesPids)
        #expect(pod.request.hostname == "h" && pod.request.dns == ["192.0.2.1"])
        #expect(pod.request.dnsSearch == ["a.b"] && pod.request.dnsOptions == ["ndots:2", "x"])
        let host = try Plans.plan(
            Plans.pod(
                #""ports": [{"containerPort": 80, "hostPort": 80}]"#, spec: #""hostNetwork": true"#))
        #expect(host.pods[0].request.usesHostNetwork && host.pods[0].request.ports.isEmpty)
    }

    @Test func deploymentsHaveAsManyVpodsAsReplicas() throws {
        func deployment(_ replicas: String) -> String {
            """
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {\(replicas)
             "selector": {}, "template": {"metadata": {"labels": {"a": "b"}},
             "spec": {"containers": [{"name": "c", "image": "x"}]}}}}
            """
        }
        #expect(try Plans.plan(deployment("")).pods.map(\.name) == ["d-pod"])
        let three = try Plans.plan(deployment(#""replicas": 3,"#)).pods
        #expect(three.map(\.name) == ["d-pod-0", "d-pod-1", "d-pod-2"])
        #expect(three[2].request.labels == [PodLabel("a", "b")])
        #expect(try Plans.plan(deployment(#""replicas": 0,"#)).pods.isEmpty)
    }

    @Test func whatASchedulerReadsIsPassedOverAndSaid() throws {
        let spec = #""nodeSelector": {"a": "b"}, "tolerations": [], "priority": 0"#
        let service = #"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}"#
        let plan = try Plans.plan(service, Plans.pod(#""terminationMessagePath": "/x""#, spec: spec))
        #expect(
            plan.notes == [
                "kind: Service: has no meaning on one host",
                "spec.nodeSelector: has no meaning on one host", "spec.priority: has no meaning on one host",
                "spec.containers[0].terminationMessagePath: has no meaning on one host",
            ])
    }

    @Test func initialContainersComeFirst() throws {
        let spec = #"""
            "restartPolicy": "Never", "initContainers": [{"name": "i", "image": "x"},
              {"name": "s", "image": "x", "restartPolicy": "Always"}]
            """#
        let containers = try Plans.plan(Plans.pod(spec: spec)).pods[0].containers
        #expect(containers.map(\.name) == ["i", "s", "a"])
        #expect(containers.map(\.role) == [.initial, .sidecar, .main])
        #expect(containers.map { $0.flags[1] } == ["no", "always", "no"])
    }

    static let amounts: [(String, Int64?)] = [
        ("1", 1), ("0", 0), ("1.5", 2), ("500m", 1), ("1k", 1000), ("1Ki", 1024), ("1.5Gi", 1_610_612_736),
        ("2E", 2_000_000_000_000_000_000), ("1e3", 1000), ("1E3", 1000), ("12e-1", 2), ("100u", 1),
        ("1n", 1), ("+4", 4), (".5", 1), ("5.", 5), ("9Ei", nil), ("100E", nil), ("-1", nil), ("", nil),
        ("m", nil), ("1 ", nil), ("1KB", nil), ("1e", nil), ("1e400", nil), ("0x10", nil), (".", nil),
        ("1ki", nil), (String(repeating: "9", count: 40), nil),
    ]

    @Test(arguments: amounts.indices) func quantitiesAreKubernetes(_ index: Int) {
        let (text, units) = Self.amounts[index]
        #expect(Amount(text)?.units == units, "\(text)")
    }

    @Test func base64IsStrict() {
        #expect(Base64.decode("") == [] && Base64.decode("YQ==") == [0x61])
        #expect(Base64.decode("YWI=") == [0x61, 0x62] && Base64.decode("YW\nJj") == [0x61, 0x62, 0x63])
        for wrong in ["Y", "YQ", "YQ=", "Y===", "YQ==YQ==", "Y*==", "=YQ="] {
            #expect(Base64.decode(wrong) == nil, "\(wrong)")
        }
    }
}
