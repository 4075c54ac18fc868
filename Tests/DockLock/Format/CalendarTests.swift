import Testing

@testable import Format

@Suite struct CalendarTests {
    @Test(
        arguments: [
            (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2000, 3, 1, 11_017),
            (1900, 3, 1, -25_508), (2024, 12, 31, 20_088), (1, 1, 1, -719_162), (-1, 3, 1, -719_834),
        ] as [(Int64, Int64, Int64, Int64)])
    func knownDays(year: Int64, month: Int64, day: Int64, number: Int64) {
        #expect(Calendar.day(year, month, day) == number)
        #expect(Calendar.date(number) == (year, month, day))
    }

    @Test func everyDayOfFourHundredYearsComesOnce() {
        var last = Calendar.date(-1_000)
        for number in -999...146_097 {
            let date = Calendar.date(Int64(number))
            #expect(Calendar.day(date.year, date.month, date.day) == number)
            #expect(last < date)
            last = date
        }
    }
}
