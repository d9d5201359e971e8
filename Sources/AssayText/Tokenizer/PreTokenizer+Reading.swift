import AssayCore

extension PreTokenizer {
  /// Reads `pre_tokenizer`: a `ByteLevel` step, or a sequence of `Split` and `Digits` steps before one.
  init(reading part: OrderedJSON?) throws {
    guard let part else { throw Self.unsupported("no pre-tokenizer") }
    let isSequence = part["type"]?.string == "Sequence"
    var steps = isSequence ? part["pretokenizers"]?.array ?? [] : [part]
    guard let last = steps.popLast(), last["type"]?.string == "ByteLevel" else {
      throw Self.unsupported(
        "a pre-tokenizer of type '\(TokenizerDefinition.typeName(part))' that does not end in 'ByteLevel'"
      )
    }
    for step in steps {
      switch step["type"]?.string {
      case "Split": splits.append(try Self.split(step))
      case "Digits":
        let each = step["individual_digits"]?.bool ?? false
        splits.append(
          Split(splitter: try RegexSplitter(each ? #"\p{N}"# : #"\p{N}+"#), keeps: .all))
      default:
        throw Self.unsupported(
          "a pre-tokenizer step of type '\(TokenizerDefinition.typeName(step))'")
      }
    }
    addsPrefixSpace = last["add_prefix_space"]?.bool ?? true
    if last["use_regex"]?.bool ?? true {
      pattern = try RegexSplitter(RegexSplitter.gpt2Pattern)
    }
  }

  private static func split(_ step: OrderedJSON) throws -> Split {
    let pattern: String
    if let regex = step["pattern"]?["Regex"]?.string {
      pattern = regex
    } else if let literal = step["pattern"]?["String"]?.string {
      pattern = RegexSplitter.quote(literal)
    } else {
      throw AssayError(
        .corrupt, "a 'Split' step has no pattern",
        hint: "its 'pattern' is {\"Regex\": …} or {\"String\": …}")
    }
    let inverts = step["invert"]?.bool ?? false
    let kept: Split.Kept
    switch step["behavior"]?.string {
    case "Isolated": kept = .all
    case "Removed": kept = inverts ? .matches : .gaps
    default:
      throw unsupported("a 'Split' step that is neither 'Isolated' nor 'Removed'")
    }
    return Split(splitter: try RegexSplitter(pattern), keeps: kept)
  }

  private static func unsupported(_ what: String) -> AssayError {
    AssayError(
      .unsupported, "the tokenizer has \(what)",
      hint: "byte-level BPE is read: 'ByteLevel', or 'Split' and 'Digits' steps before it")
  }
}
