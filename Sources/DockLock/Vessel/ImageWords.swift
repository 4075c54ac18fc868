import Manifest
import Request

extension ImageConfiguration {
    /// What an image's configuration says of its containers, in the words of requests.
    init(_ run: Execution) {
        self.init()
        environment = run.env
        entrypoint = run.entrypoint ?? []
        command = run.cmd ?? []
        user = run.user
        workingDirectory = run.workingDir
        exposed = run.exposedPorts
        volumes = run.volumes
        stopSignal = run.stopSignal
        labels = run.labels.map { Setting($0.key, $0.value) }
        guard let check = run.healthcheck, !check.test.isEmpty else { return }
        if check.test == ["NONE"] {
            health.isOff = true
            return
        }
        func given(_ value: Int64) -> Int64? { value > 0 ? value : nil }
        health.test = check.test
        health.interval = given(check.intervalNanos)
        health.timeout = given(check.timeoutNanos)
        health.startPeriod = given(check.startPeriodNanos)
        health.startInterval = given(check.startIntervalNanos)
        health.retries = given(check.retries).map { Int($0) }
    }
}
