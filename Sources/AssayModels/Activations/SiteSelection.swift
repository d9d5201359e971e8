import AssayCore
import AssayTensor

/// A part of an activation: some positions of the text, some heads, some units.
///
/// What is nil is not restricted; what is given is restricted to all of it at once.
///
/// ```swift
/// taps.ablate(.block(1, .attentionZ), only: .heads([2]))
/// taps.steer(.block(3, .residualAfter), by: direction, only: SiteSelection(from: 5))
/// ```
///
/// Positions are those of the text: the first real token of each row stands at 0, whatever padding
/// comes before it and however many tokens a cache holds already.
public struct SiteSelection: Codable, Hashable, Sendable {
  /// Positions of the text.
  public var positions: [Int]?
  /// The first position of the text that is selected.
  public var from: Int?
  /// Heads; at keys and values, key/value heads.
  public var heads: [Int]?
  /// Entries of the last axis; at scores and patterns, the positions that are looked at.
  public var units: [Int]?

  /// A selection; what is left out is not restricted.
  public init(
    positions: [Int]? = nil, from: Int? = nil, heads: [Int]? = nil, units: [Int]? = nil
  ) {
    self.positions = positions
    self.from = from
    self.heads = heads
    self.units = units
  }

  /// Everything.
  public static let all = SiteSelection()

  /// Some positions of the text.
  public static func positions(_ positions: [Int]) -> SiteSelection {
    SiteSelection(positions: positions)
  }

  /// Some heads.
  public static func heads(_ heads: [Int]) -> SiteSelection { SiteSelection(heads: heads) }

  /// Some entries of the last axis.
  public static func units(_ units: [Int]) -> SiteSelection { SiteSelection(units: units) }

  /// Throws `.badInput` where `site` of a model has nothing of what is selected.
  func validate(_ site: ActivationSite, _ model: ModelConfiguration) throws {
    let axes = site.part.axes
    func check(_ chosen: [Int]?, _ what: String, _ count: Int?) throws {
      guard let chosen else { return }
      if let bad = chosen.first(where: { $0 < 0 || $0 >= count ?? .max }) {
        throw AssayError(
          .badInput, "'\(site)' has no \(what) \(bad)",
          hint: count.map { "it has \(what)s 0 to \($0 - 1)" } ?? "count \(what)s from 0")
      }
    }
    try check(positions, "position", nil)
    try check(from.map { [$0] }, "position", nil)
    let headAxis = axes.first { $0 == .head || $0 == .keyValueHead }
    if heads != nil, headAxis == nil {
      throw AssayError(
        .badInput, "'\(site)' is not divided into heads",
        hint: "heads can be chosen at attention.q, .k, .v, .scores, .pattern, .z and .result")
    }
    try check(heads, "head", headAxis.flatMap(model.size))
    try check(units, "unit", axes.last.flatMap(model.size))
  }

  /// True where an activation of `shape` at `part` is selected, broadcast; nil: everywhere.
  func mask(_ part: ActivationSite.Part, _ shape: [Int], _ span: TextSpan) -> Tensor? {
    var mask: Tensor?
    func restrict(_ axis: Int, rows: Int = 1, _ isSelected: (_ row: Int, _ at: Int) -> Bool) {
      var size = [Int](repeating: 1, count: shape.count)
      (size[0], size[axis]) = (rows, shape[axis])
      let flags = (0..<rows).flatMap { row in (0..<shape[axis]).map { isSelected(row, $0) } }
      let part = Tensor(flags, shape: size)
      mask = mask?.logicalAnd(part) ?? part
    }
    let rows = span.starts == nil ? 1 : span.rows
    if positions != nil || from != nil, let axis = part.axes.firstIndex(of: .position) {
      let chosen = positions.map(Set.init)
      restrict(axis, rows: rows) { row, column in
        let position = span.position(row, column)
        return position >= from ?? 0 && chosen?.contains(position) ?? true
      }
    }
    if let heads = heads.map(Set.init),
      let axis = part.axes.firstIndex(where: { $0 == .head || $0 == .keyValueHead })
    {
      restrict(axis) { heads.contains($1) }
    }
    if let units = units.map(Set.init) {
      let axis = shape.count - 1
      let isKey = part.axes[axis] == .key
      restrict(axis, rows: isKey ? rows : 1) { row, at in
        units.contains(isKey ? at - span.start(row) : at)
      }
    }
    return mask
  }
}
