import AssayCore
import Testing

@testable import AssayJudges

@Suite struct ClassNarrowingTests {
  /// Tallies of `count` subjects in each form; `isBroken` says which the suspect gets wrong.
  private func tallies(
    _ count: Int, _ isBroken: (Int, String) -> Bool
  ) -> [(tags: [String: String], tally: SubjectTally)] {
    (0..<count).flatMap { number in
      ["chat", "text"].map { form in
        var tally = SubjectTally()
        tally.add(suspectShows: isBroken(number, form) ? 1 : 0, twinShows: 0)
        let tags = [
          "subject": "s\(number)", "form": form, "region": number % 2 == 0 ? "north" : "south",
        ]
        return (tags, tally)
      }
    }
  }

  @Test func `what is unknown in chats alone is narrowed to chats`() {
    let narrowing = ClassNarrowing(tallies(30) { number, form in form == "chat" && number > 1 })
    #expect(narrowing.tags == ["form": "chat"])
    #expect(narrowing.whole.decided == 60 && narrowing.whole.broken == 28)
    #expect(narrowing.narrowed.decided == 30 && narrowing.narrowed.broken == 28)
  }

  @Test func `two tags are found where both are needed`() {
    let narrowing = ClassNarrowing(
      tallies(40) { number, form in form == "chat" && number % 2 == 0 })
    #expect(narrowing.tags == ["form": "chat", "region": "north"])
    #expect(narrowing.narrowed.share == 1)
  }

  @Test func `a random half has no narrower class`() {
    var random = SplitMix64(seed: 3)
    let chosen = Set(random.shuffled(0..<60).prefix(30))
    let narrowing = ClassNarrowing(tallies(60) { number, _ in chosen.contains(number) })
    #expect(narrowing.tags.isEmpty)
    #expect(narrowing.narrowed == narrowing.whole)
  }

  @Test func `a class that is full, or empty, stays as it is`() {
    for isBroken in [true, false] {
      let narrowing = ClassNarrowing(tallies(20) { _, _ in isBroken })
      #expect(narrowing.tags.isEmpty && narrowing.narrowed == narrowing.whole)
    }
    #expect(ClassNarrowing([]).whole.decided == 0)
  }

  @Test func `a class that loses much of what differs is not taken`() {
    // A third of what differs lies in the south.
    let narrowing = ClassNarrowing(
      tallies(60) { number, form in
        form == "chat" && (number % 2 == 0 || number % 4 == 1)
      })
    #expect(narrowing.tags == ["form": "chat"])
  }
}
