import AssayCore

extension PreTokenizer {
  /// Reads `pre_tokenizer`; throws `AssayError` naming a step that is not known.
  init(reading part: OrderedJSON?) throws {
    self.init(steps: try part.map(Self.steps) ?? [])
  }

  private static func steps(_ part: OrderedJSON) throws -> [any PreTokenizationStep] {
    switch part["type"]?.string {
    case "Sequence": return try (part["pretokenizers"]?.array ?? []).flatMap(steps)
    case "ByteLevel":
      let usesPattern = part["use_regex"]?.bool ?? true
      return [
        ByteLevelSplit(
          addsPrefixSpace: part["add_prefix_space"]?.bool ?? true,
          pattern: usesPattern ? try RegexSplitter(RegexSplitter.gpt2Pattern) : nil,
          keepsBytes: false)
      ]
    case "Split": return [try split(part)]
    case "CharDelimiterSplit":
      guard let delimiter = part["delimiter"]?.string else {
        throw noPattern("CharDelimiterSplit", "'delimiter' is one character")
      }
      let splitter = try RegexSplitter(RegexSplitter.quote(delimiter))
      return [PatternSplit(splitter: splitter, behavior: .removed)]
    case "Metaspace": return [try metaspace(part)]
    case "Digits":
      let isSingle = part["individual_digits"]?.bool ?? false
      return [TraitSplit(trait: .numeric, behavior: isSingle ? .isolated : .contiguous)]
    case "Punctuation":
      return [TraitSplit(trait: .punctuation, behavior: try behavior(part) ?? .isolated)]
    case "Whitespace": return [WhitespaceSplit()]
    case "WhitespaceSplit": return [TraitSplit(trait: .space, behavior: .removed)]
    case "BertPreTokenizer":
      return [
        TraitSplit(trait: .space, behavior: .removed),
        TraitSplit(trait: .punctuation, behavior: .isolated),
      ]
    default:
      throw AssayError(
        .unsupported,
        "the tokenizer has a pre-tokenizer of type '\(TokenizerDefinition.typeName(part))'",
        hint: "ByteLevel, Split, Metaspace, Digits, Punctuation, Whitespace, WhitespaceSplit, "
          + "CharDelimiterSplit, BertPreTokenizer and Sequence can be read")
    }
  }

  private static func split(_ step: OrderedJSON) throws -> PatternSplit {
    let pattern: String
    if let regex = step["pattern"]?["Regex"]?.string {
      pattern = regex
    } else if let literal = step["pattern"]?["String"]?.string {
      pattern = RegexSplitter.quote(literal)
    } else {
      throw noPattern("Split", "its 'pattern' is {\"Regex\": …} or {\"String\": …}")
    }
    guard let behavior = try behavior(step) else {
      throw noPattern("Split", "its 'behavior' is for example \"Isolated\"")
    }
    return PatternSplit(
      splitter: try RegexSplitter(pattern), behavior: behavior,
      inverts: step["invert"]?.bool ?? false)
  }

  private static func behavior(_ step: OrderedJSON) throws -> SplitBehavior? {
    guard let name = step["behavior"] else { return nil }
    guard let behavior = name.string.flatMap(SplitBehavior.init(rawValue:)) else {
      throw AssayError(
        .unsupported,
        "the tokenizer splits with the behavior '\((name.string ?? "unnamed").prefix(40))'",
        hint: "Removed, Isolated, MergedWithPrevious, MergedWithNext and Contiguous are known")
    }
    return behavior
  }

  private static func metaspace(_ step: OrderedJSON) throws -> MetaspaceSplit {
    guard let replacement = step["replacement"]?.string ?? Optional("▁"), !replacement.isEmpty,
      let prepending = metaspacePrepending(step)
    else {
      throw AssayError(
        .corrupt, "a 'Metaspace' step has no replacement, or a 'prepend_scheme' that is not known",
        hint: "'replacement' is one character, 'prepend_scheme' is always, first or never")
    }
    return MetaspaceSplit(
      replacement: Array(replacement.utf8), prepending: prepending,
      cuts: step["split"]?.bool ?? true)
  }

  /// `prepend_scheme`, or the `add_prefix_space` of older files; nil where neither makes sense.
  static func metaspacePrepending(_ step: OrderedJSON) -> MetaspaceSplit.Prepending? {
    if let scheme = step["prepend_scheme"] {
      return scheme.string.flatMap(MetaspaceSplit.Prepending.init(rawValue:))
    }
    return step["add_prefix_space"]?.bool ?? true ? .always : .never
  }

  private static func noPattern(_ step: String, _ hint: String) -> AssayError {
    AssayError(.corrupt, "a '\(step)' step does not say where or how to cut", hint: hint)
  }
}
