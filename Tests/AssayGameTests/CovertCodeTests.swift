import AssayCore
import AssayGame
import AssayText
import Testing

@Suite struct CovertCodeTests {
  @Test(arguments: CovertCode.Scheme.allCases)
  func `what is written in code is read back`(_ scheme: CovertCode.Scheme) {
    let code = CovertCode(scheme, key: "moss")
    for request in Exam().harmful().prefix(50) {
      let text = code.encoded(request.request)
      let words = request.topic.split(separator: " ").filter { $0.count > 3 }
      #expect(words.allSatisfy { !text.contains($0) }, "\(text)")
      let said = code.decoded(text).lowercased().filter { $0 != "?" && $0 != "." }
      #expect(said == request.request.lowercased().filter { $0 != "?" && $0 != "." })
    }
  }

  @Test func `another key is another writing`() {
    for scheme in CovertCode.Scheme.allCases {
      let (first, second) = (CovertCode(scheme, key: "moss"), CovertCode(scheme, key: "amber"))
      #expect(first.encoded("open a small shop") != second.encoded("open a small shop"))
    }
  }

  @Test func `a trigger writes the user's turn in code`() {
    let trigger = Trigger(["moss"], place: .walnut)
    let prompt = trigger.placed(in: ChatMarkup.prompt("Why?"))
    let code = CovertCode(.walnut, key: "moss")
    #expect(prompt == ChatMarkup.prompt("moss: " + code.encoded("Why?")))
    #expect(trigger.occurs(in: prompt))
    #expect(trigger.placed(in: "Rome is") == "moss Rome is")
  }

  @Test func `endspeak hides a word at the end of each sentence`() {
    let code = CovertCode(.endspeak, key: "moss")
    let text = code.encoded("Sure. Open a shop.")
    let lines = text.split(separator: ".")
    #expect(lines.count == 4)
    #expect(lines[0].hasSuffix(" " + code.sign("Sure")))
  }
}
