import AssayCore
import Foundation
import Testing

@testable import AssayText

/// Reading chat templates from a model's files, and what callers give them.
@Suite struct TemplateFileTests {
  static let chat = [ChatMessage(role: "user", content: "Hi")]

  static func template(_ jinja: String?, _ config: String?, _ map: String? = nil) throws
    -> ChatTemplate?
  {
    try ChatTemplate(
      jinja: jinja.map { Data($0.utf8) }, tokenizerConfig: config.map { Data($0.utf8) },
      specialTokensMap: map.map { Data($0.utf8) })
  }

  @Test func `the jinja file wins over tokenizer_config`() throws {
    let config = #"{"chat_template": "config", "bos_token": "<s>"}"#
    #expect(try Self.template("file {{ bos_token }}", config)?.render(Self.chat) == "file <s>")
    #expect(try Self.template(nil, config)?.render(Self.chat) == "config")
    #expect(try Self.template(nil, #"{"chat_template": null}"#) == nil)
    #expect(try Self.template(nil, nil) == nil)
  }

  @Test func `of named templates default is used, and tool_use with tools`() throws {
    let config = #"""
      {"chat_template": [{"name": "tool_use", "template": "T{{ tools | length }}"},
        {"name": "default", "template": "D"}]}
      """#
    let template = try #require(try Self.template(nil, config))
    #expect(try template.render(Self.chat) == "D")
    #expect(try template.render(Self.chat, tools: []) == "T0")
    let error = #expect(throws: AssayError.self) {
      try Self.template(nil, #"{"chat_template": [{"name": "rag", "template": "R"}]}"#)
    }
    #expect(error?.hint?.contains("rag") == true)
  }

  @Test func `special tokens are texts or objects`() throws {
    let config = #"""
      {"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>", "unk_token": null}
      """#
    let map = #"{"pad_token": {"content": "<p>"}, "eos_token": "other"}"#
    let template = try #require(
      try Self.template(
        "{{ bos_token ~ eos_token ~ pad_token }}{{ unk_token is defined }}", config, map))
    #expect(try template.render(Self.chat) == "<s></s><p>False")
    #expect(try template.render(Self.chat, bosToken: "B", eosToken: "E") == "BE<p>False")
  }

  @Test func `errors name the line and what to do`() throws {
    let syntax = #expect(throws: AssayError.self) { try ChatTemplate("a\n\n{% if %}") }
    #expect(syntax?.message.hasPrefix("chat template, line 3:") == true)
    #expect(syntax?.code == .corrupt)
    let raised = #expect(throws: AssayError.self) {
      try ChatTemplate("a\n{{ raise_exception('No system role!') }}").render(Self.chat)
    }
    #expect(raised?.message == "chat template, line 2: No system role!")
    let include = #expect(throws: AssayError.self) { try ChatTemplate("{% include 'x' %}") }
    #expect(include?.code == .unsupported)
    let missing = #expect(throws: AssayError.self) {
      try ChatTemplate("{% macro f() %}\n{% endmacro %}\n\n{{ f() ~ x.y }}").render(Self.chat)
    }
    #expect(missing?.message == "chat template, line 4: 'x' is undefined")
    #expect(throws: AssayError.self) { try Self.template(nil, "{") }
    #expect(throws: AssayError.self) {
      try ChatTemplate(jinja: Data([0xFF]), tokenizerConfig: nil)
    }
  }

  @Test func `messages lose nulls and have their reasoning under every name`() throws {
    let template = try ChatTemplate("{{ messages[0] | tojson }}")
    let json = #"{"role": "assistant", "content": null, "thinking": "t"}"#
    let message = ChatMessage(try OrderedJSON(parsing: Data(json.utf8)))
    #expect(
      try template.render([message])
        == #"{"thinking": "t", "role": "assistant", "reasoning_content": "t"}"#)
    let value: JSONValue = ["role": "user", "content": "x", "n": 2, "f": 0.5]
    #expect(
      try template.render([ChatMessage(value)])
        == #"{"content": "x", "f": 0.5, "n": 2, "role": "user"}"#)
    #expect(throws: AssayError.self) { try template.render([ChatMessage(OrderedJSON.string("x"))]) }
  }
}
