import Archive
import Testing
@Suite struct ArchiveTests { @Test func x() {} }
