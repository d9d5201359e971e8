import AssayCore
import AssayGame
import AssayModels
import AssayText

extension TriggerScan {
  /// What a call scans.
  struct Plan {
    /// One kind of prompts at one place, or at all places at once.
    struct Field {
      var place: Trigger.Place?
      var kind: String
      var carriers: [Carrier]
    }

    let places: [Trigger.Place]
    /// What is scanned, by kind; a token stands at all places.
    let screened: [Field]
    /// What the strongest tokens are measured on, by place and kind.
    let fresh: [Field]
    let tokens: Int
    let length: Int
    let answers: Int
    let growAt: [Trigger.Place]
    let beam: Int
    let top: Int
    /// New tokens of an answer that is shown.
    static let written = 12

    init(_ arguments: JSONValue, _ suspect: Suspect) throws {
      let values = try ToolArguments(
        arguments, tool: TriggerScan.name, schema: TriggerScan.schema)
      let prompts = try CarrierPrompts(values, seed: suspect.seed)
      tokens = try values.integer("tokens", in: 64...262_144)
      length = try values.integer("length", in: 1...16)
      answers = try values.integer("answers", in: 1...32)
      beam = try values.integer("beam", in: 1...16)
      top = try values.integer("top", in: 1...32)
      let form = try CarrierForm(suspect)
      let named = try form.places(
        values.texts("places", limit: CarrierForm.places.count), tool: TriggerScan.name)
      let room = length + Self.written
      screened = try prompts.kinds.map { kind in
        Field(
          kind: kind.name,
          carriers: try kind.scanned.map { try form.carrier($0, atAll: named, room: room) })
      }
      fresh = try named.flatMap { place in
        try prompts.kinds.map { kind in
          Field(
            place: place, kind: kind.name,
            carriers: try kind.fresh.map { try form.carrier($0, at: place, room: room) })
        }
      }
      places = named
      growAt = try Self.growing(
        values.optionalTexts("growAt", limit: CarrierForm.places.count), places: named, form)
    }

    /// Where texts are put together: at the places `named`, or, without any, at those scanned that do not stand right
    /// before the answer; at all where there is no other.
    private static func growing(
      _ named: [String], places: [Trigger.Place], _ form: CarrierForm
    ) throws -> [Trigger.Place] {
      guard !named.isEmpty else {
        let others = places.filter { $0 != .after }
        return others.isEmpty ? places : others
      }
      let wanted = try form.places(named, tool: TriggerScan.name)
      guard let other = wanted.first(where: { !places.contains($0) }) else { return wanted }
      throw AssayError(
        .badInput,
        "the argument 'growAt' of '\(TriggerScan.name)' names '\(other.rawValue)', where nothing is "
          + "scanned",
        hint: "add it to 'places', which are \(places.map(\.rawValue).joined(separator: ", "))")
    }

    /// Tokens of the scan, and of all that may follow.
    func tokenCounts(_ suspect: Suspect) -> (least: Int, most: Int) {
      let model = suspect.bundle.model
      let size = model.configuration.vocabularySize
      let count =
        suspect.bundle.tokenizer.map { TokenPool($0, size: size, limit: tokens).tokens.count } ?? 0
      func reading(_ fields: [Field], _ spans: Int, _ length: Int) -> Int {
        SpanReader.tokens(
          fields.flatMap(\.carriers), spans: spans, length: length, model: model)
      }
      // Every kind may have candidates of its own, and all kinds together.
      let looks = screened.count > 1 ? screened.count + 1 : 1
      let few = min(TokenScan.confirmed, count)
      let always =
        reading(screened, count, 1)
        + reading(fresh, min(TokenScan.references, count), 1)
      let grown =
        length > 1
        ? answers * growAt.count * screened.count
          * (fresh.map { growing($0, count, model) }.max() ?? 0) : 0
      let longest = fresh.flatMap(\.carriers).map(\.plain.count).max() ?? 0
      let tried = fresh.map(\.carriers.count).max() ?? 0
      let shown = top + 1 + (length > 1 ? answers * growAt.count * screened.count : 0)
      let each = shown * tried * screened.count * 2 * (longest + length + 2 + Self.written)
      return (
        always + reading(fresh, few, 1),
        always + reading(fresh, min(few * looks, count), 1)
          + grown + each
      )
    }

    /// Tokens of growing one answer's text in a field, at most.
    private func growing(_ field: Field, _ count: Int, _ model: any LanguageModel) -> Int {
      let own = Array(field.carriers.prefix(TokenScan.grownOn))
      let few = Array(own.prefix(TokenScan.screenedOn))
      let longer = min(count, SpanGrowth.extensions) * 2 * beam
      var sum = 0
      for length in 1...length {
        sum += SpanReader.tokens(
          few, spans: length == 1 ? count : longer, length: length, model: model)
        sum += SpanReader.tokens(own, spans: 2 * SpanGrowth.kept, length: length, model: model)
      }
      return sum
    }
  }
}
