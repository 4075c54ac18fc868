import Compress
import Glibc
import Testing

/// gzip's and zstd's own programs as judges.
@Suite struct ProgramTests {
    /// What a command of the shell makes of `input`; nil where it fails.
    static func filter(_ command: String, _ input: [UInt8]) -> [UInt8]? {
        var template = Array("/tmp/docklock-compress-XXXXXX".utf8CString)
        guard let folder = mkdtemp(&template) else { return nil }
        let path = String(cString: folder)
        defer {
            unlink(path + "/in")
            rmdir(path)
        }
        guard let file = fopen(path + "/in", "w") else { return nil }
        fwrite(input, 1, input.count, file)
        fclose(file)
        guard let pipe = popen("(\(command)) <\(path)/in 2>/dev/null", "r") else { return nil }
        var made: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, pipe)
            if count == 0 { break }
            made += buffer[..<count]
        }
        return pclose(pipe) == 0 ? made : nil
    }

    static let python = """
        python3 -c 'import gzip, sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))'
        """

    @Test(arguments: [
        ("gzip -dc", Compression.gzip), (python, Compression.gzip), ("zstd -dc", Compression.zstd),
    ])
    func programsReadWhatIsEncoded(command: String, compression: Compression) throws {
        let sample = CompressTests.sample
        let packed = try CompressTests.encode(sample, compression)
        #expect(Self.filter(command, packed) == sample)
    }

    @Test(
        arguments: [
            ("gzip -1c", Compression.gzip), ("gzip -9c", .gzip), ("pigz -b 128 -p 4 -c", .gzip),
            ("gzip -c; printf more | gzip -c", .gzip), ("zstd -1 -c", .zstd),
            ("zstd -19 --long=27 -c", .zstd), ("zstd -T2 --no-check -c", .zstd),
        ] as [(String, Compression)])
    func whatProgramsEncodeIsRead(command: String, compression: Compression) throws {
        let sample = CompressTests.sample
        let packed = try #require(Self.filter(command, sample))
        #expect(Compression.detect(packed) == compression)
        let back = try CompressTests.decode(packed, compression, piece: 65536)
        #expect(back == sample + (command.contains("more") ? Array("more".utf8) : []))
    }
}
