/// Dates of the Gregorian calendar as days since 1970-01-01.
///
/// Counted in eras of 400 years, which have 146,097 days each, and from 1 March, so that a leap day ends its
/// year.
public enum Calendar {
    /// The day of a date. What is no month or day is the caller's to refuse.
    public static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month > 2 ? year : year - 1
        let era = (year >= 0 ? year : year - 399) / 400
        let inEra = year - era * 400
        let inYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + inEra * 365 + inEra / 4 - inEra / 100 + inYear - 719_468
    }

    /// The date of a day.
    public static func date(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let inEra = shifted - era * 146_097
        let years = (inEra - inEra / 1460 + inEra / 36_524 - inEra / 146_096) / 365
        let inYear = inEra - (365 * years + years / 4 - years / 100)
        let month = (5 * inYear + 2) / 153
        let year = years + era * 400 + (month < 10 ? 0 : 1)
        return (year, month < 10 ? month + 3 : month - 9, inYear - (153 * month + 2) / 5 + 1)
    }
}
