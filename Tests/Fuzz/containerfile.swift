// rooms: Containerfile Manifest
import Containerfile
import Manifest

/// The input is a Containerfile, or a list of what a context leaves out. Whatever it says, its instructions
/// come to an end, and what they ask for stays below the root.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzContainerfile(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    do throws(ContainerfileError) {
        let file = try Containerfile.parse(input)
        precondition(!file.stages.isEmpty)
        let arguments = BuildArguments(given: [Pair("A", "given"), Pair("no_proxy", "x")])
        _ = arguments.unused(in: file)
        let globals = try GlobalArguments(file, arguments)
        for (index, stage) in file.stages.enumerated() {
            if let name = stage.name { precondition(file.stage(name, before: index + 1) == index) }
            let from = try globals.base(of: stage)
            precondition(!from.isEmpty)
            var base = Execution()
            base.env = ["A=image", "B="]
            var state = StageState(base, file, arguments, globals)
            for instruction in stage.instructions { check(try state.take(instruction)) }
        }
    } catch {
        precondition(!error.problem.isEmpty && error.line >= 0)
    }
    let text = String(decoding: input, as: UTF8.self)
    if let list = try? IgnoreList(text) {
        for path in ["a", "a/b", "deep/er/x.md", "é"] { _ = list.leavesOut(path) }
    }
    if let pattern = Pattern(text, isDeep: false) { _ = pattern.matches("some/path-1") }
    return 0
}

private func check(_ work: StageWork) {
    switch work {
    case .nothing: break
    case .folder(let path): precondition(path.hasPrefix("/") && !(path + "/").contains("/../"))
    case .copy(let copy):
        precondition(copy.destination.hasPrefix("/") && !(copy.destination + "/").contains("/../"))
        precondition(!copy.sources.isEmpty || !copy.documents.isEmpty)
        if let mode = copy.mode { precondition(mode <= 0o7777) }
    case .run(let run): precondition(run.environment.contains { $0.hasPrefix("PATH=") })
    }
}
