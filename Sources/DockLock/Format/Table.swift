/// Columns as docker's lists have them: each as wide as its widest cell and three more, at least ten.
public enum Table {
    /// Lines of cells. What follows the last column's cell is nothing.
    public static func text(_ rows: [[String]]) -> String {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.dropLast().enumerated() {
                let width = max(cell.count + 3, 10)
                if column == widths.count { widths.append(width) }
                widths[column] = max(widths[column], width)
            }
        }
        var text = ""
        for row in rows {
            for (column, cell) in row.enumerated() {
                text += cell
                if column < row.count - 1 {
                    text += String(repeating: " ", count: widths[column] - cell.count)
                }
            }
            text += "\n"
        }
        return text
    }
}
