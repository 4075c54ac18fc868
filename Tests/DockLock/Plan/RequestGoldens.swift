import Foundation
import OCI
import Testing

@testable import Plan

/// The configurations that people's command lines become can be planned.
@Suite struct RequestGoldens {
    private static let folder: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.appendingPathComponent("Golden/request")
    }()

    @Test func eachHasAPlan() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(names.count >= 12)
        for name in names {
            let spec = try Spec.decode(Array(Data(contentsOf: Self.folder.appendingPathComponent(name))))
            let plan = try Plan.create(
                spec, process: try #require(spec.process), around: Documents.around, filter: nil)
            #expect(plan.steps.contains { $0.operation == .exec }, "\(name)")
        }
    }
}
