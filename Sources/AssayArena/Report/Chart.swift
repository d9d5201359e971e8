import AssayCore
import Foundation

/// Small charts as inline SVG, drawn in the colours of the page around them.
enum Chart {
  /// One bar of a chart of proportions.
  struct Bar {
    var label: String
    var interval: Interval
    var note: String
  }

  /// One curve over shared positions, such as the layers of a model.
  struct Curve {
    var label: String
    var values: [Double]
  }

  /// Horizontal bars between 0 and 1 with their intervals as whiskers.
  static func bars(_ bars: [Bar], caption: String) -> HTML {
    let (left, width, row) = (170.0, 360.0, 24.0)
    let height = Double(bars.count) * row + 26
    let rows = bars.enumerated().map { index, bar -> HTML in
      let y = Double(index) * row + 4
      let (low, high) = (left + width * bar.interval.low, left + width * bar.interval.high)
      let middle = y + 8
      return """
        <text x="\(n(left - 10))" y="\(n(y + 12))" text-anchor="end">\(bar.label)</text>
        <rect class="bar" x="\(n(left))" y="\(n(y + 1))" width="\
        \(n(max(1, width * bar.interval.estimate)))" height="14" rx="2"/>
        <line class="whisker" x1="\(n(low))" x2="\(n(high))" y1="\(n(middle))" y2="\(n(middle))"/>
        <line class="whisker" x1="\(n(low))" x2="\(n(low))" y1="\(n(middle - 4))" \
        y2="\(n(middle + 4))"/>
        <line class="whisker" x1="\(n(high))" x2="\(n(high))" y1="\(n(middle - 4))" \
        y2="\(n(middle + 4))"/>
        <text class="soft" x="\(n(left + width + 12))" y="\(n(y + 12))">\(bar.note)</text>
        """
    }
    let base = Double(bars.count) * row + 6
    let ticks = [0.0, 0.5, 1.0].map { tick -> HTML in
      let x = left + width * tick
      return """
        <line class="axis" x1="\(n(x))" x2="\(n(x))" y1="0" y2="\(n(base))"/>
        <text class="soft" x="\(n(x))" y="\(n(base + 15))" text-anchor="middle">\
        \(percent(tick))</text>
        """
    }
    return figure(caption, width: 680, height: height, [HTML(ticks), HTML(rows)])
  }

  /// Curves over the positions `labels`, from the smallest value to the largest.
  static func curves(_ curves: [Curve], labels: [String], caption: String) -> HTML {
    let (left, top, width, height) = (52.0, 10.0, 440.0, 150.0)
    let all = curves.flatMap(\.values).filter(\.isFinite)
    guard let lowest = all.min(), let highest = all.max(), labels.count > 1 else { return "" }
    let floor = min(0, lowest)
    let span = max(highest - floor, 1e-9)
    func x(_ index: Int) -> Double { left + width * Double(index) / Double(labels.count - 1) }
    func y(_ value: Double) -> Double { top + height * (1 - (value - floor) / span) }

    let frame: HTML = """
      <line class="axis" x1="\(n(left))" x2="\(n(left + width))" y1="\(n(y(floor)))" \
      y2="\(n(y(floor)))"/>
      <text class="soft" x="\(n(left - 8))" y="\(n(y(floor) + 4))" text-anchor="end">\
      \(short(floor))</text>
      <text class="soft" x="\(n(left - 8))" y="\(n(y(highest) + 8))" text-anchor="end">\
      \(short(highest))</text>
      """
    let marks = labels.enumerated().map { index, label -> HTML in
      """
      <text class="soft" x="\(n(x(index)))" y="\(n(top + height + 18))" text-anchor="middle">\
      \(label)</text>
      """
    }
    let lines = curves.prefix(4).enumerated().map { index, curve -> HTML in
      let points = curve.values.prefix(labels.count).enumerated()
        .filter { $0.element.isFinite }
        .map { "\(n(x($0.offset))),\(n(y($0.element)))" }.joined(separator: " ")
      let style = ["curve", "curve b", "curve c", "curve d"][index]
      let end = curve.values.last ?? 0
      return """
        <polyline class="\(style)" points="\(points)"/>
        <text x="\(n(left + width + 8))" y="\(n(min(y(end) + 4, top + height)))">\
        \(curve.label)</text>
        """
    }
    return figure(
      caption, width: 680, height: top + height + 28, [frame, HTML(marks), HTML(lines)])
  }

  /// `0.5` as "50%".
  static func percent(_ value: Double) -> String {
    String(format: value > 0 && value < 0.095 ? "%.1f%%" : "%.0f%%", 100 * value)
  }

  /// A number with as many digits as a reader needs.
  static func short(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e9 { return String(format: "%.0f", value) }
    return String(format: abs(value) < 0.01 ? "%.2g" : (abs(value) < 100 ? "%.3g" : "%.0f"), value)
  }

  private static func figure(
    _ caption: String, width: Double, height: Double, _ content: [HTML]
  ) -> HTML {
    """
    <figure><figcaption>\(caption)</figcaption>
    <svg viewBox="0 0 \(n(width)) \(n(height))" role="img" aria-label="\(caption)">
    \(content)
    </svg></figure>
    """
  }

  private static func n(_ value: Double) -> String {
    String(format: "%.1f", value)
  }
}
