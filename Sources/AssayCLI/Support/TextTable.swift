/// Columns of text, each as wide as its widest cell; all but the first column stand at the right.
struct TextTable {
  private let head: [String]
  private let left: Set<Int>

  /// Makes a table with these headings; the columns in `left` stand at the left.
  init(_ head: [String], left: Set<Int> = [0]) {
    self.head = head
    self.left = left
  }

  /// The table's lines, headings first.
  func lines(_ rows: [[String]]) -> [String] {
    let all = [head] + rows
    let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        line += (column == 0 ? "" : "  ") + (left.contains(column) ? cell + space : space + cell)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
