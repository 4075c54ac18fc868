import Format
import JSON
import Testing

@Suite struct TemplateTests {
    static let value: JSONNode = [
        "Name": .string("app"), "Count": .int(3), "On": .bool(true), "None": .null, "Empty": .array([]),
        "List": .array([.string("a"), .string("b c")]),
        "Inner": ["Labels": ["k": .string("v"), "a.b": .string("w")], "Deep": ["X": .int(7)]],
    ]

    @Test(arguments: [
        ("{{.Name}}", "app"),
        ("<{{ .Name }}:{{.Count}}>", "<app:3>"),
        (#"{{.Name}}\t{{.Count}}\n"#, "app\t3\n"),
        ("{{json .List}}", #"["a","b c"]"#),
        ("{{.Inner.Labels | json}}", #"{"k":"v","a.b":"w"}"#),
        ("{{.List}} {{.Inner.Labels}}", "[a b c] map[a.b:w k:v]"),
        (#"{{index .Inner.Labels "a.b"}}{{index .Inner.Labels "no"}}"#, "w"),
        ("{{index .List 1}}", "b c"),
        ("{{range .List}}[{{.}}]{{end}}", "[a][b c]"),
        ("{{range .Empty}}x{{else}}none{{end}}", "none"),
        ("{{if .On}}yes{{else}}no{{end}}{{if .Empty}}x{{end}}", "yes"),
        ("{{with .Inner.Deep}}{{.X}}{{end}}", "7"),
        (#"{{join .List ","}} {{.List | len}}"#, "a,b c 2"),
        ("{{upper .Name}} {{title .Name}} {{lower \"ABC\"}}", "APP App abc"),
        ("{{if eq .Name \"app\"}}same{{end}}{{if ne .Count 3}}x{{end}}", "same"),
        ("{{if and .On (gt .Count 2)}}both{{end}}{{if not .On}}x{{end}}", "both"),
        (#"{{range (split "a:b" ":")}}{{.}} {{end}}"#, "a b "),
        ("{{.Inner.Nothing}} {{.None}}", "<no value> <no value>"),
        ("a {{- .Name -}} b", "aappb"),
        ("{{truncate .Name 2}}{{slice .Name 1}}", "appp"),
        ("{{println .Name}}", "app\n"),
        ("{{range .List}}{{$.Name}}{{end}}", "appapp"),
        ("no action", "no action"),
    ])
    func templatesSayWhatGoSays(_ template: String, _ text: String) throws {
        #expect(try GoTemplate(template).text(for: Self.value) == text)
    }

    @Test(arguments: [
        ("{{.Missing}}", "can't evaluate field Missing"),
        ("{{.Name", "unclosed action"),
        ("{{}}", "missing value"),
        ("{{nope .Name}}", "\"nope\" not defined"),
        ("{{if .On}}", "has no {{end}}"),
        ("{{end}}", "unexpected {{end}}"),
        ("{{\"abc}}", "unterminated"),
        ("{{.Name.More}}", "can't evaluate field More"),
        ("{{index .List 9}}", "out of range"),
        ("{{range .Count}}x{{end}}", "can't iterate"),
        ("{{(.Name}}", "unclosed left paren"),
        ("{{.Name)}}", "unexpected )"),
        ("{{.Name .Name}}", "is no function"),
        (String(repeating: "{{if .On}}", count: 100), "nested deeper"),
        ("{{" + String(repeating: "(", count: 100), "unclosed action"),
    ])
    func badTemplatesSayWhy(_ template: String, _ reason: String) {
        let error = #expect(throws: FormatError.self) { try GoTemplate(template).text(for: Self.value) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func tablesHaveHeadings() throws {
        let template = try GoTemplate(#"table {{.Name}}\t{{.Count}}"#)
        let text = try template.lines(for: [Self.value, Self.value], headings: [("Name", "THE NAME")])
        #expect(text == "THE NAME   COUNT\napp        3\napp        3\n")
        #expect(try GoTemplate("{{.Count}}").lines(for: [Self.value], headings: []) == "3\n")
    }

    @Test func aTemplateThatRunsWildEnds() throws {
        let list = JSONNode.array(
            Array(repeating: .array(Array(repeating: .int(1), count: 1000)), count: 2000))
        let template = try GoTemplate("{{range .L}}{{range .}}{{.}}{{end}}{{end}}")
        #expect(throws: FormatError.self) { try template.text(for: ["L": list]) }
    }
}
