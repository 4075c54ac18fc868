import Testing

@testable import Verbs

@Suite struct Units {
    @Test(
        arguments: [
            ("0", 0), ("-1", -1), ("67108864", 67_108_864), ("50M", 52_428_800), ("1k", 1024), ("1Kb", 1024),
            ("1KiB", 1024), ("1ki", 1024), ("2 g", 2_147_483_648), ("1.5G", 1_610_612_736), (".5k", 512),
            ("1.1g", 1_181_116_006),
            ("3t", 3_298_534_883_328), ("1p", 1_125_899_906_842_624), ("7b", 7), ("1.9", 1),
            ("9223372036854775807", Int64.max), ("0.99999999999999999999999k", 1023), ("5.k", 5120),
        ] as [(String, Int64)]) func sizesAreBytes(text: String, bytes: Int64)
    {
        #expect(Quantity.size(text) == bytes)
    }

    @Test(arguments: [
        "", "-2", "--1", "k", ".", "1.2.3", "1x", "1 kb ", "1kbb", "1i", "+1", "0x10",
        "9223372036854775808",
        "18446744073709551616", "8192p", "1e3", "\u{661}", "1  k",
    ]) func sizesAreRefused(text: String) {
        #expect(Quantity.size(text) == nil, "\(text)")
    }

    @Test(
        arguments: [
            ("5s", 5_000_000_000), ("1h30m", 5_400_000_000_000), ("1.5s", 1_500_000_000),
            ("300ms", 300_000_000),
            ("1us", 1_000), ("2\u{b5}s", 2_000), ("2\u{3bc}s", 2_000), ("7ns", 7), (".5m", 30_000_000_000),
            ("1h15m30.918273645s", 4_530_918_273_645), ("0s", 0), ("1.s", 1_000_000_000),
        ] as [(String, Int64)]) func durationsAreNanoseconds(text: String, nanoseconds: Int64)
    {
        #expect(Quantity.duration(text) == nanoseconds)
    }

    @Test(arguments: ["", "5", "s", "5 s", "-5s", "1d", ".s", "1..5s", "9999999h", "1m5", "5S"])
    func durationsAreRefused(text: String) {
        #expect(Quantity.duration(text) == nil, "\(text)")
    }

    @Test(
        arguments: [
            ("SIGTERM", 15), ("TERM", 15), ("term", 15), ("sigkill", 9), ("9", 9), ("0", 0), ("64", 64),
            ("HUP", 1),
            ("SIGSYS", 31), ("CHLD", 17), ("CLD", 17), ("IOT", 6), ("POLL", 29), ("STKFLT", 16),
            ("WINCH", 28),
            ("RTMIN", 34), ("SIGRTMIN+3", 37), ("RTMAX", 64), ("SIGRTMAX-1", 63), ("RTMIN+30", 64),
            ("RTMAX-30", 34),
            ("USR1", 10), ("STOP", 19), ("CONT", 18), ("PWR", 30),
        ] as [(String, Int32)]) func signalsHaveNames(text: String, number: Int32)
    {
        #expect(Signals.number(text) == number)
    }

    @Test(arguments: [
        "", "SIG", "65", "-9", "+9", "9x", "SIGNONE", "RTMIN+31", "RTMAX-31", "RTMIN-1", "RTMIN+", "RTMIN+-1",
        "RTMIN++1", "SIGSIGTERM", "99999999999",
    ]) func otherSignalsAreNone(text: String) {
        #expect(Signals.number(text) == nil, "\(text)")
    }

    @Test func namesAndNumbersAgree() {
        for number in Int32(1)...64 {
            guard let name = Signals.name(number) else {
                #expect(number == 32 || number == 33)
                continue
            }
            #expect(Signals.number(name) == number)
        }
        #expect(Signals.name(0) == nil && Signals.name(65) == nil)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"), (1_709_251_200, "2024-03-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)]) func timesAreUTC(seconds: Int64, text: String)
    {
        #expect(LogLine.timestamp(seconds) == text)
    }

    @Test func linesOfTheLogStayOneLine() {
        let message = "mount \"proc\" on C:\\x:\nno\u{1b}é"
        let text = String(decoding: LogLine.bytes(.text, .error, message, time: 0), as: UTF8.self)
        #expect(
            text
                == "time=\"1970-01-01T00:00:00Z\" level=error "
                + "msg=\"mount \\\"proc\\\" on C:\\\\x:\\nno\\x1bé\"\n"
        )
        let json = String(decoding: LogLine.bytes(.json, .warning, message, time: 0), as: UTF8.self)
        #expect(
            json == "{\"level\":\"warning\",\"msg\":\"mount \\\"proc\\\" on C:\\\\x:\\nno\\u001bé\","
                + "\"time\":\"1970-01-01T00:00:00Z\"}\n")
    }
}
