import AssayCore
import Foundation

/// A chat template: turns messages into the text that a model continues.
///
/// Templates are written in Jinja; this runs the part of it that published templates use, as Jinja
/// 3.1 does in transformers' sandbox: the same text, or an error where Jinja has one too. A template is
/// a stranger's program, so steps, depth and length of the output are limited.
public struct ChatTemplate: Sendable {
  /// The template that is used, and one that takes its place where tools are given.
  private let main: Program
  private let toolUse: Program?
  /// Texts of special tokens by name, such as "bos_token"; templates see those that are here.
  public var specialTokens: [String: String]

  private struct Program: Sendable {
    var source: String
    var body: [TemplateStatement]
  }

  /// Bytes of a template at most.
  static let sourceLimit = 1_000_000

  /// Reads a template, and one to use in its place where tools are given.
  ///
  /// Throws `AssayError` naming the line where it is none, or where it uses what is
  /// not supported (`include`, `import`, `block`, recursive loops).
  public init(
    _ source: String, toolUse: String? = nil, specialTokens: [String: String] = [:]
  ) throws {
    main = try Self.program(source)
    self.toolUse = try toolUse.map(Self.program)
    self.specialTokens = specialTokens
  }

  /// The text of the template.
  public var source: String { main.source }

  private static func program(_ source: String) throws -> Program {
    guard source.utf8.count <= sourceLimit else {
      throw AssayError(
        .unsupported, "a chat template of more than \(sourceLimit) bytes",
        hint: "check that the file is a template")
    }
    var lexer = TemplateLexer(source)
    let tokens: [TemplateToken]
    do {
      tokens = try lexer.run()
    } catch let failure as TemplateFailure {
      throw failure.error(line: lexer.line)
    }
    var parser = TemplateParser(tokens)
    do {
      return Program(source: source, body: try parser.template())
    } catch let failure as TemplateFailure {
      throw failure.error(line: parser.line)
    }
  }

  /// The text for `messages`.
  ///
  /// `extra` are further variables that the template reads, such as "enable_thinking"; they come
  /// before special tokens of the same name. As transformers does, members of messages that are null
  /// are left out. Throws `AssayError` with the template's line: what it raises itself (its message is
  /// passed on), what Jinja refuses, and what goes beyond the limits.
  public func render(
    _ messages: [ChatMessage], tools: [OrderedJSON]? = nil, documents: [OrderedJSON]? = nil,
    addGenerationPrompt: Bool = false, bosToken: String? = nil, eosToken: String? = nil,
    extra: [String: OrderedJSON] = [:], now: Date = Date(), timeZone: TimeZone = .current
  ) throws -> String {
    var variables: [String: OrderedJSON] = specialTokens.mapValues(OrderedJSON.string)
    if let bosToken { variables["bos_token"] = .string(bosToken) }
    if let eosToken { variables["eos_token"] = .string(eosToken) }
    variables.merge(extra) { $1 }
    variables["messages"] = .array(try messages.map(Self.normalized))
    variables["tools"] = tools.map(OrderedJSON.array) ?? .null
    variables["documents"] = documents.map(OrderedJSON.array) ?? .null
    variables["add_generation_prompt"] = .bool(addGenerationPrompt)
    let program = tools == nil ? main : toolUse ?? main
    return try Self.run(program, variables, now: now, timeZone: timeZone)
  }

  /// Runs the template with nothing but `variables`.
  func render(
    variables: [String: OrderedJSON], now: Date = Date(), timeZone: TimeZone = .current
  ) throws -> String {
    try Self.run(main, variables, now: now, timeZone: timeZone)
  }

  private static func run(
    _ program: Program, _ variables: [String: OrderedJSON], now: Date, timeZone: TimeZone
  ) throws -> String {
    let context: [String: TemplateValue]
    do {
      context = try variables.mapValues { try TemplateValue($0) }
    } catch let failure as TemplateFailure {
      throw AssayError(failure.code, failure.message, hint: failure.hint)
    }
    let interpreter = TemplateInterpreter(context: context, now: now, timeZone: timeZone)
    do {
      return try interpreter.render(program.body)
    } catch let failure as TemplateFailure {
      throw failure.error(line: interpreter.line)
    }
  }

  /// A message as transformers gives it to templates: without nulls, and with its reasoning under each
  /// of the names that templates read.
  private static func normalized(_ message: ChatMessage) throws -> OrderedJSON {
    guard let members = message.members.object else {
      throw AssayError(
        .badInput, "a chat message that is no object", hint: "give objects with role and content")
    }
    var out: [(key: String, value: OrderedJSON)] = []
    for member in members {
      if let place = out.firstIndex(where: { $0.key == member.key }) {
        out[place] = member
      } else {
        out.append(member)
      }
    }
    out.removeAll { $0.value.isNull }
    let names = ["reasoning_content", "thinking", "reasoning"]
    let reasoning = names.lazy.compactMap { name in out.first { $0.key == name }?.value }.first
    guard let reasoning else { return .object(out) }
    let thinking = out.first { $0.key == "thinking" }?.value ?? reasoning
    out.removeAll { $0.key == "thinking" }
    out.insert(("thinking", thinking), at: 0)
    if let place = out.firstIndex(where: { $0.key == "reasoning_content" }) {
      out[place].value = reasoning
    } else {
      out.append(("reasoning_content", reasoning))
    }
    return .object(out)
  }
}

extension TemplateValue {
  /// A JSON value as templates see it; of members with one name, the last counts.
  init(_ json: OrderedJSON, depth: Int = 0) throws {
    guard depth < TemplateList.depthLimit else {
      throw TemplateFailure.limit(
        "a value is nested more than \(TemplateList.depthLimit) levels deep")
    }
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .int(value)
    case .number(let value): self = .float(value)
    case .string(let text): self = .string(text)
    case .array(let values):
      self = try .list(values.map { try TemplateValue($0, depth: depth + 1) })
    case .object(let members):
      self = .dict(
        try TemplateDictionary(
          names: members.map { ($0.key, try TemplateValue($0.value, depth: depth + 1)) }))
    }
  }
}
