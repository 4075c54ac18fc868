import NIOCore
import NIOPosix

/// Runs asynchronous work from a program that has none else, and waits for its end.
public func waiting<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
) throws -> Value {
    try MultiThreadedEventLoopGroup.singleton.any().makeFutureWithTask(work).wait()
}
