import AssayModels
import Foundation
import Testing

@Suite struct ActivationSiteTests {
  @Test func `every site is read back from its written form`() throws {
    let parts = ActivationSite.Part.allCases
    let sites = try parts.map { part in
      try #require(ActivationSite(part.isInBlock ? "blocks.7.\(part.rawValue)" : part.rawValue))
    }
    #expect(Set(sites).count == parts.count)
    for site in sites {
      #expect(ActivationSite(site.description) == site)
      let data = try JSONEncoder().encode([site])
      #expect(try JSONDecoder().decode([ActivationSite].self, from: data) == [site])
    }
    #expect(ActivationSite("blocks.3.mlp.out") == .block(3, .mlpOut))
  }

  @Test(arguments: [
    "", "block.3.mlp.out", "blocks.x.mlp.out", "blocks.-1.mlp.out", "blocks.03.mlp.out",
    "blocks.3.mlp", "blocks.3.embed", "mlp.out", "blocks.3.mlp.out.x", "logits.0",
    "blocks.+3.mlp.out",
  ])
  func `what names no site is refused`(_ text: String) {
    #expect(ActivationSite(text) == nil)
  }
}
