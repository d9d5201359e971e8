import AssayCore
import Foundation
import Testing

@Suite struct DigestTests {
  @Test func `files have the digests that sha256sum and git give them`() throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("assay-digest-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("what is up, doc?".utf8).write(to: file)
    // The example of the book Pro Git, section 10.2.
    #expect(try Digest.gitBlob(file: file) == "bd9dbf5aae1a3862dd1526723246b20206e5fc37")
    #expect(try Digest.sha256(file: file) == Digest.sha256(Data("what is up, doc?".utf8)))
    // FIPS 180-2, appendix B.1.
    #expect(
      Digest.sha256(Data("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    try Data().write(to: file)
    #expect(try Digest.gitBlob(file: file) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
  }

  @Test func `a missing file is named`() {
    let url = URL(fileURLWithPath: "/nowhere/file")
    #expect(throws: AssayError(.notFound, "no such file: '/nowhere/file'")) {
      try Digest.gitBlob(file: url)
    }
  }
}
