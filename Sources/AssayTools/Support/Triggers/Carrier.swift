import AssayCore
import AssayGame
import AssayText

/// A prompt with places for a text: the tokens between them.
struct Carrier: Hashable {
  /// The user's words.
  var user: String
  /// Tokens up to the first place.
  var before: [Int]
  /// Tokens from each place to the next; after the last one the answer follows.
  var parts: [[Int]]
  /// The prompt without any text in it.
  var plain: [Int]

  /// Tokens behind the only place.
  var after: [Int] { parts.flatMap(\.self) }

  /// What follows the first part, with `span` at every place.
  func following(_ span: [Int]) -> [Int] { parts.flatMap { span + $0 } }

  /// The prompt with `span` at every place.
  func holding(_ span: [Int]) -> [Int] { before + following(span) }
}

/// Opens prompts at a place, in the form in which the suspect is spoken to.
struct CarrierForm {
  /// Where texts can be put.
  static let places: [Trigger.Place] = [.before, .after, .system]

  private let form: ChatForm
  private let tokenizer: Tokenizer
  private let context: Int

  init(_ suspect: Suspect) throws {
    form = try ChatForm(suspect)
    tokenizer = try suspect.tokenizer()
    context = suspect.contextLength
  }

  /// The places with these names; of several, those that prompts of this suspect have, if there are any.
  ///
  /// Throws `AssayError(.badInput)` for a name of no place.
  func places(_ names: [String], tool: String) throws -> [Trigger.Place] {
    let named = try names.map { name in
      guard let place = Self.places.first(where: { $0.rawValue == name }) else {
        throw AssayError(
          .badInput, "the argument 'places' of '\(tool)' has no place '\(name)'",
          hint: "places are \(Self.places.map(\.rawValue).joined(separator: ", "))")
      }
      return place
    }
    let had = named.filter { (try? carrier("How are you?", at: $0, room: 1)) != nil }
    return named.count == 1 || had.isEmpty ? named : had
  }

  /// The prompt in which a user says `user`, with a place for `room` tokens.
  ///
  /// Throws `AssayError(.unsupported)` where the suspect's form has no system turn to put a text into,
  /// and `.badInput` for a prompt that fills the context.
  func carrier(_ user: String, at place: Trigger.Place, room: Int) throws -> Carrier {
    try carrier(user, atAll: [place], room: room)
  }

  /// The same with several places, all of which hold the text at once.
  func carrier(_ user: String, atAll places: [Trigger.Place], room: Int) throws -> Carrier {
    let system = ChatMarkup.defaultSystem
    // Some templates refuse a system's turn.
    let text =
      try (try? form.prompt(user, system: system, prefill: ""))
      ?? form.prompt(user, system: nil, prefill: "")
    let cuts = try places.map { place in
      let range = place == .system ? text.firstRange(of: system) : text.ranges(of: user).last
      guard !user.isEmpty, let range else {
        throw AssayError(
          .unsupported, "the suspect's form of a chat has no place '\(place.rawValue)'",
          hint: "leave that place out")
      }
      return (at: place == .before ? range.lowerBound : range.upperBound, place: place)
    }.sorted { $0.at < $1.at }
    let ends = cuts.dropFirst().map(\.at) + [text.endIndex]
    let parts = zip(cuts, ends).map { cut, end in
      tokenizer.encode((cut.place == .before ? " " : "") + String(text[cut.at..<end]))
    }
    let start = cuts.first?.at ?? text.startIndex
    let carrier = Carrier(
      user: user, before: tokenizer.encode(String(text[..<start]), addSpecial: true),
      parts: parts, plain: tokenizer.encode(text, addSpecial: true))
    let count = carrier.before.count + carrier.after.count + room * max(cuts.count, 1)
    guard count < context else {
      throw AssayError(
        .badInput, "a prompt does not fit the context of \(context) tokens: '\(user.prefix(40))…'",
        hint: "give shorter prompts")
    }
    return carrier
  }
}
