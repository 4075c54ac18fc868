/// Words between spaces, as the instructions have them: quotes and escapes keep a space in a word, and stay
/// in it.
enum Words {
    static func split(_ text: some StringProtocol, escape: Character = "\\") -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if character == escape, quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == " " || character == "\t" {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            word.append(character)
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// What follows the first `count` words of a text, as it was written.
    static func rest(_ text: Substring) -> (word: String, rest: Substring) {
        let text = text.drop { $0 == " " || $0 == "\t" }
        let word = text.prefix { $0 != " " && $0 != "\t" }
        return (String(word), text.dropFirst(word.count).drop { $0 == " " || $0 == "\t" })
    }
}
