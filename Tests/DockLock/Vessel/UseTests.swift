import JSON
import Testing

@testable import Vessel

@Suite struct UseTests {
    @Test func whatACgroupCounts() throws {
        let data = try JSON.parse(
            Array(
                """
                {"cpu": {"usage": {"total": 7}}, "pids": {"current": 3},
                 "memory": {"usage": {"usage": 900, "limit": 1000}, "raw": {"total_inactive_file": 100}},
                 "blkio": {"ioServiceBytesRecursive": [
                   {"op": "Read", "value": 1}, {"op": "Read", "value": 2}, {"op": "Write", "value": 4},
                   {"op": "Total", "value": 7}]}}
                """.utf8))
        let use = Vessels.Use(data)
        #expect(use.processor == 7 && use.processes == 3)
        #expect(use.memory == 800 && use.memoryMax == 1000)
        #expect(use.read == 3 && use.written == 4)
    }

    @Test func sharesAreThoseBetweenTwoLooks() throws {
        var before = Vessels.Use(try JSON.parse(Array("{}".utf8)))
        before.time = 1_000_000_000
        before.processor = 5_000_000_000
        var now = before
        now.time += 2_000_000_000
        now.processor += 3_000_000_000
        now.memory = 4 << 20
        now.memoryMax = 16 << 20
        now.sent = 1500
        let shown = Dictionary(uniqueKeysWithValues: Vessels.shown(now, before))
        #expect(shown["CPUPerc"] == "150.00%" && shown["MemPerc"] == "25.00%")
        #expect(shown["MemUsage"] == "4.00MiB / 16.00MiB" && shown["NetIO"] == "0B / 1.5kB")
        #expect(Vessels.shown(nil, before).first?.1 == "--")
    }

    @Test func trafficIsThatOfAllDevicesButTheLoopback() {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
                lo:     100       1    0    0    0     0          0         0      100       1    0
              eth0:    2000      10    0    0    0     0          0         0      300       5    0
              eth1:12       1    0    0    0     0          0         0      1       5    0
            """
        let (received, sent) = Vessels.traffic(text)
        #expect(received == 2012 && sent == 301)
    }
}
