import CHarness
import Foundation
import Harness
import Testing

/// vPods of Kubernetes YAML.
@Suite(.people) struct Plays {
    /// A file with a Pod whose containers can tell that they are ready.
    private func write(_ place: Place, _ spec: String, before: String = "") throws -> String {
        let path = place.folder + "/pod.yaml"
        let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: site, labels: {app: site}}\nspec:\n"
        let ready =
            "  terminationGracePeriodSeconds: 0\n  volumes:\n"
            + "  - {name: ready, hostPath: {path: \(place.folder)/ready, type: Directory}}\n"
        let lines = spec.split(separator: "\n").map { "  " + $0 + "\n" }.joined()
        Host.write((before.isEmpty ? "" : before + "\n---\n") + head + ready + lines, to: path)
        return path
    }

    /// `vpod play` on no other network than the loopback.
    private func play(_ place: Place, _ path: String, _ flags: String...) throws -> Command.Outcome {
        try place.command(["vpod", "play", "--network", "none"] + flags + [path]).run(in: place.folder)
    }

    private static let sleeps = "echo > /ready/fifo; exec sleep 1000"
    private static let mount = "volumeMounts: [{name: ready, mountPath: /ready}]"

    @Test func initialContainersRunInTheirOrderThenTheRest() throws {
        let place = try Place()
        let path = try write(
            place,
            """
            - {name: work, emptyDir: {}}
            initContainers:
            - {name: first, image: busybox, command: [sh, -c, "echo one >> /w/o"], \
            volumeMounts: [{name: work, mountPath: /w}]}
            - {name: second, image: busybox, command: [sh, -c, "echo two >> /w/o; mkdir -p /w/sub; \
            echo deep > /w/sub/file"], volumeMounts: [{name: work, mountPath: /w}]}
            containers:
            - name: main
              image: busybox
              command: [sh, -c, "cat /w/o /sub/file; echo three >> /w/o; \(Self.sleeps)"]
              volumeMounts: [{name: work, mountPath: /w}, {name: ready, mountPath: /ready}, \
            {name: work, mountPath: /sub, subPath: sub, readOnly: true}]
            """)
        let played = try play(place, path)
        #expect(played.succeeded && played.line(0).count == 64, "\(played.err)")
        try place.awaitReady()
        #expect(try place.invoke("exec", "site-main", "touch", "/sub/x").status != 0)
        #expect(try place.invoke("vpod", "stop", "site").succeeded)
        #expect(try place.invoke("logs", "site-main").out == "one\ntwo\ndeep\n")
        #expect(try place.invoke("vpod", "logs", "-c", "main", "site").out == "one\ntwo\ndeep\n")
        // The next start runs them again, on the same volume.
        #expect(try place.invoke("vpod", "start", "site").succeeded)
        try place.awaitReady()
        #expect(try place.invoke("exec", "site-main", "wc", "-l", "/w/o").out == "6 /w/o\n")
        #expect(try place.invoke("vpod", "play", "--down", path).succeeded)
        #expect(place.leftovers() == [] && place.names(in: "vpods") == ["names"])
    }

    @Test func configurationsSecretsAndVariablesArrive() throws {
        let place = try Place()
        let sources = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: conf}
            data: {COLOUR: blue, file: "text\\n"}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: sec}
            data: {PASS: cGFzcw==}
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: claim}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
            """
        let path = try write(
            place,
            """
            - {name: conf, configMap: {name: conf, items: [{key: file, path: a/b}]}}
            - {name: sec, secret: {secretName: sec, defaultMode: 0400}}
            - {name: fast, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
            - {name: claim, persistentVolumeClaim: {claimName: claim}}
            securityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000}
            containers:
            - name: main
              image: busybox
              env: [{name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, \
            {name: BOTH, value: "$(NAME)-$(COLOUR)"}]
              envFrom: [{configMapRef: {name: conf}}, {secretRef: {name: sec}}]
              command: [sh, -c]
              args: ["echo $BOTH $PASS $(NAME); cat /conf/a/b; cat /sec/PASS; echo; stat -c %a:%g /sec/PASS; \
            id -u; id -G; stat -f -c %T /fast; echo x > /fast/x; echo kept > /ready/kept; \(Self.sleeps)"]
              volumeMounts: [{name: ready, mountPath: /ready}, {name: conf, mountPath: /conf}, \
            {name: sec, mountPath: /sec}, {name: fast, mountPath: /fast}, {name: claim, mountPath: /claim}]
            """, before: sources)
        let played = try play(place, path)
        #expect(played.succeeded, "\(played.err)")
        try place.awaitReady()
        #expect(try place.invoke("vpod", "stop", "site").succeeded)
        let told = try place.invoke("logs", "site-main")
        #expect(
            told.lines == [
                "site-blue pass site", "text", "pass", "440:2000", "1000", "1000 2000", "tmpfs",
            ], "\(told.out)\(told.err)")
        #expect(Host.read(place.folder + "/ready/kept") == "kept\n")
        #expect(place.names(in: "volumes") == ["claim"])
        #expect(try place.invoke("vpod", "play", "--down", path).succeeded)
        #expect(place.names(in: "volumes") == ["claim"])
        #expect(try place.invoke("vpod", "play", "--down", "--force", path).succeeded)
        #expect(place.names(in: "volumes") == [] && place.leftovers() == [])
    }

    @Test func probesTellHealthAndRestartWhatIsSick() throws {
        let place = try Place()
        let path = try write(
            place,
            """
            containers:
            - name: web
              image: busybox
              command: [sh, -c, "mkdir /www; echo x > /www/index.html; exec httpd -f -p 8080 -h /www"]
              startupProbe: {httpGet: {path: /index.html, port: 8080}, periodSeconds: 1, failureThreshold: 99}
              livenessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1, timeoutSeconds: 30}
              readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1, timeoutSeconds: 30}
            - name: sick
              image: busybox
              command: [sh, -c, "rm -f /tmp/sick; [ -e /once ] || touch /tmp/sick /once; \(Self.sleeps)"]
              livenessProbe: {exec: {command: [test, "!", -e, /tmp/sick]}, periodSeconds: 1, \
            failureThreshold: 1, timeoutSeconds: 30}
              \(Self.mount)
            """)
        #expect(try play(place, path, "--no-start").succeeded)
        var start = place.command(["vpod", "start", "--wait", "100", "site"])
        start.timeoutMillis = 120_000
        let started = try start.run(in: place.folder)
        #expect(started.succeeded, "\(started.err)")
        try place.awaitReady()
        #expect(try place.look("site-web", "Status").contains("(healthy)"))
        #expect(try place.invoke("inspect", "-f", "{{.State.Health.Status}}", "site-web").out == "healthy\n")
        // The first look found it sick, and it was started again.
        try awaitSecondStart(place)
        #expect(try place.invoke("inspect", "-f", "{{.RestartCount}}", "site-sick").out == "1\n")
        let unit = place.folder + "/units"
        mkdir(unit, 0o755)
        #expect(try place.invoke("vpod", "generate", "--files", unit, "site").succeeded)
        let text = Host.read(unit + "/docklock-vpod-site.service") ?? ""
        #expect(text.contains("vpod start --wait 120 site") && text.contains("Restart=always"))
        #expect(try place.invoke("vpod", "rm", "-f", "site").succeeded)
        #expect(place.leftovers() == [])
    }

    private func awaitSecondStart(_ place: Place) throws {
        let left = awaitNothing {
            let count = (try? place.invoke("inspect", "-f", "{{.RestartCount}}", "site-sick"))?.line(0)
            return count == "1" ? [] : ["restarted \(count ?? "?") times"]
        }
        #expect(left == [])
    }

    @Test func aFailedInitialContainerKeepsTheRestFromStarting() throws {
        let place = try Place()
        let path = try write(
            place,
            """
            initContainers:
            - {name: bad, image: busybox, command: [sh, -c, exit 3]}
            containers:
            - {name: main, image: busybox, command: [sleep, "1000"]}
            """)
        let played = try play(place, path)
        #expect(played.status == 1 && played.err.contains("site-bad ended with status 3"), "\(played.err)")
        #expect(try place.look("site-main") == "created")
        #expect(try place.invoke("vpod", "rm", "-f", "site").succeeded)
        #expect(place.leftovers() == [])
    }

    @Test func whatCannotBeMadeIsNotMadeInPart() throws {
        let place = try Place()
        let missing = try write(
            place,
            "containers:\n- {name: a, image: busybox, command: [\"true\"]}\n"
                + "- {name: b, image: localhost/none:1, imagePullPolicy: Never}")
        let played = try play(place, missing)
        #expect(played.status == 125 && played.err.contains("container b"), "\(played.err)")
        #expect(place.leftovers() == [] && place.names(in: "vpods") == ["names"])
        let root = try write(
            place,
            "securityContext: {runAsNonRoot: true}\ncontainers:\n"
                + "- {name: a, image: busybox, command: [\"true\"]}")
        let refused = try play(place, root)
        #expect(refused.status == 125 && refused.err.contains("runAsNonRoot"), "\(refused.err)")
        let unknown = try write(place, "containers:\n- {name: a, image: busybox, comand: [true]}")
        let named = try play(place, unknown)
        #expect(
            named.err
                == "docklock: spec.containers[0].comand: there is no such field; is command meant?\n")
        #expect(place.leftovers() == [] && place.names(in: "vpods") == ["names"])
    }

    @Test func aKilledPlayIsCleared() throws {
        let place = try Place()
        let path = try write(
            place,
            """
            - {name: fast, emptyDir: {medium: Memory}}
            initContainers:
            - {name: waits, image: busybox, command: [sh, -c, "\(Self.sleeps)"], \(Self.mount)}
            containers:
            - {name: main, image: busybox, command: [sleep, "1000"]}
            """)
        let client = try place.command(["vpod", "play", "--network", "none", path]).start(in: place.folder)
        try place.awaitReady()
        kill(client.pid, SIGKILL)
        #expect(client.wait().signal == Int(SIGKILL))
        #expect(try place.invoke("repair").succeeded)
        let removed = try place.invoke("vpod", "rm", "-f", "site")
        #expect(removed.out == "site\n", "\(removed.err)")
        #expect(place.leftovers() == [] && place.names(in: "vpods") == ["names"])
    }

    @Test func unitsPassSystemdsCheck() throws {
        let place = try Place()
        let path = try write(place, "containers:\n- {name: main, image: busybox, command: [sleep, \"9\"]}")
        #expect(try play(place, path, "--no-start").succeeded)
        let unit = place.folder + "/docklock-vpod-site.service"
        let flags = ["--files", place.folder, "--after", "local-fs.target", "--restart-policy", "on-failure"]
        let made = try place.command(["vpod", "generate"] + flags + ["site"]).run(in: place.folder)
        #expect(made.out == unit + "\n", "\(made.err)")
        let checked = try Command("/usr/bin/systemd-analyze", ["verify", "--man=no", unit]).run(
            in: place.folder)
        #expect(checked.succeeded && !checked.err.contains(unit), "\(checked.err)")
        #expect(try place.invoke("vpod", "play", "--down", path).succeeded)
    }
}
