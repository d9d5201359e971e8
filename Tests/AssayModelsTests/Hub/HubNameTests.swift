import Testing

@testable import AssayModels

@Suite struct HubNameTests {
  @Test func `a repository is read with and without a revision`() throws {
    let plain = try HubName("own-er/na.me_7")
    #expect(plain.repository == "own-er/na.me_7" && plain.revision == "main")
    #expect("\(plain)" == "own-er/na.me_7" && plain.folderName == "models--own-er--na.me_7")
    let branch = try HubName("a/b@refs/pr/1")
    #expect(branch.revision == "refs/pr/1" && "\(branch)" == "a/b@refs/pr/1")
    #expect(try HubName("a/b@\(TestHub.commit)").isCommit)
  }

  @Test(arguments: [
    "", "name", "/", "a/", "/b", "a/b/c", "../b", "a/..", "a/b c", "a/b\n", "a/b\u{0}", "a/b--c",
    "a/.b", "a/b.", "-a/b", "a/ü", "a\\b/c", "a/b.git", "http://a/b", "a/b%2e", "a/b?c",
  ])
  func `what cannot be a repository is refused`(_ text: String) {
    expectError(.badInput, "not the name of a repository") { _ = try HubName(text) }
  }

  @Test(arguments: [
    "", "..", "a/../b", "/a", "a/", "a//b", ".a", "-a", "a b", "a\n", "a\u{7f}", "a%2f", "a?b",
    "a#b", "a\\b", "a.lock", "ä",
  ])
  func `what cannot be a revision is refused`(_ text: String) {
    expectError(.badInput, "not the name of a revision") { _ = try HubName("a/b@\(text)") }
  }

  @Test func `control characters do not get into messages`() {
    expectError(.badInput, "'a/?[31mb'") { _ = try HubName("a/\u{1b}[31mb") }
  }
}
