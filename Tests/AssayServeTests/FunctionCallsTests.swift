import AssayCore
import Testing

@testable import AssayServe

@Suite struct FunctionCallsTests {
  @Test func `calls are taken out of a text, and what is none stays`() throws {
    let text = """
      I look.
      <tool_call>
      {"name": "sample", "arguments": {"prompts": ["a"]}}
      </tool_call>
      <tool_call>{"name": 3}</tool_call>
      <tool_call>{"name": "budget"}</tool_call>
      """
    let found = FunctionCalls(text)
    #expect(found.calls.count == 2)
    #expect(found.calls[0]["function"]?["name"] == "sample")
    #expect(found.calls[0]["function"]?["arguments"] == "{\"prompts\":[\"a\"]}")
    #expect(found.calls[1]["function"]?["arguments"] == "{}")
    #expect(found.calls[0]["id"] != found.calls[1]["id"])
    #expect(found.rest.hasPrefix("I look.") && found.rest.contains("{\"name\": 3}"))
    #expect(FunctionCalls("<tool_call>{").rest == "<tool_call>{")
  }
}
