/// Lists of CPU and memory node numbers: `0-3,7`.
public enum NumberList {
    /// Above every CPU and node number that a kernel knows.
    public static let countMax: UInt32 = 8192

    /// The numbers, in the order of the list. Refused are empty lists, ranges that fall, and numbers of
    /// `countMax` and more.
    public static func parse(_ text: String) throws(SpecError) -> [UInt32] {
        var numbers: [UInt32] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            let first = number(ends[0])
            let last = ends.count == 2 ? number(ends[1]) : first
            guard let first, let last, first <= last, numbers.count <= countMax else {
                throw SpecError(path: "", problem: "\"\(text)\" is not a list of numbers as in 0-3,7")
            }
            numbers.append(contentsOf: first...last)
        }
        return numbers
    }

    private static func number(_ digits: Substring) -> UInt32? {
        // Leading and trailing space is what kernels and engines allow.
        let digits = digits.drop { $0 == " " }
        guard digits.utf8.first != UInt8(ascii: "+"), let number = UInt32(digits), number < countMax else {
            return nil
        }
        return number
    }
}
