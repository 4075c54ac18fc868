import Verbs

/// What an image says of the containers that are made of it: `config` of the OCI image specification.
public struct ImageConfiguration: Sendable, Equatable {
    /// `NAME=VALUE`, in order.
    public var environment: [String] = []
    public var entrypoint: [String] = []
    public var command: [String] = []
    public var user = ""
    public var workingDirectory = ""
    /// `PORT[/tcp|udp]`.
    public var exposed: [String] = []
    /// Paths that are volumes.
    public var volumes: [String] = []
    /// A name or a number; empty for none.
    public var stopSignal = ""
    public var labels: [Setting] = []
    /// docker's extension of the format.
    public var health = HealthRequest()

    public init() {}
}

extension ContainerRequest {
    /// The request with what the image adds to it and what no flag said otherwise: labels, ports, the stop
    /// signal, health checks, and its volumes, as mounts that have no name yet.
    /// - Throws: `UsageError`, which names the member of the image.
    public func completed(by image: ImageConfiguration) throws(UsageError) -> ContainerRequest {
        var request = self
        for label in image.labels where !labels.contains(where: { $0.name == label.name }) {
            request.labels.append(label)
        }
        for text in image.exposed {
            guard let ports = ExposedPort.read(text) else {
                throw UsageError("the image's ExposedPorts: \"\(text)\" is no port")
            }
            request.exposed += ports.filter { !request.exposed.contains($0) }
        }
        if stopSignal == nil, !image.stopSignal.isEmpty {
            guard let signal = Signals.number(image.stopSignal) else {
                throw UsageError("the image's StopSignal: there is no signal \"\(image.stopSignal)\"")
            }
            request.stopSignal = signal
        }
        request.health = health.completed(by: image.health)
        for volume in imageVolumes == .ignore ? [] : image.volumes {
            let path = "/" + cleaned("/" + volume).drop { $0 == "/" }
            guard path != "/", !request.mounts.contains(where: { $0.destination == path }) else { continue }
            let source: MountRequest.Source = imageVolumes == .tmpfs ? .temporary : .volume(nil)
            request.mounts.append(MountRequest(source: source, destination: path))
        }
        return request
    }
}

extension HealthRequest {
    fileprivate func completed(by image: HealthRequest) -> HealthRequest {
        if isOff { return self }
        var health = self
        health.isOff = test == nil && image.isOff
        health.test = test ?? image.test
        health.interval = interval ?? image.interval
        health.timeout = timeout ?? image.timeout
        health.startPeriod = startPeriod ?? image.startPeriod
        health.startInterval = startInterval ?? image.startInterval
        health.retries = retries ?? image.retries
        return health
    }
}
