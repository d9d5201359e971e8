import AssayTensor
import Testing

@testable import AssayModels

/// Positions of an edit are those of the text, whatever a cache holds and however rows are padded.
@Suite struct TapsPositionTests {
  static let cases = ["gpt2", "gpt-neox", "mistral", "gemma2", "phi3"]

  /// Edits that depend on positions in every way there is.
  private func edit(_ taps: Taps, _ model: ModelConfiguration) {
    let direction = Tensor((0..<model.hiddenSize).map { Float($0 % 5) - 2 })
    taps.steer(.block(0, .residualAfter), by: direction, times: 0.3, only: .positions([2, 7]))
    taps.ablate(.block(1, .attentionZ), only: SiteSelection(from: 6, heads: [1]))
    taps.scale(.block(0, .attentionQ), by: 2, only: .positions([1, 5, 8]))
    taps.scale(.block(0, .attentionV), by: 0.5, only: .positions([3]))
    taps.replace(
      .block(1, .attentionScores), only: SiteSelection(positions: [4, 8], units: [3])
    ) { $0 - 2 }
    taps.ablate(.block(0, .mlpHidden), only: SiteSelection(positions: [0, 6], units: [2, 3]))
    taps.ablate(.block(0, .attentionPattern), only: SiteSelection(from: 5, units: [0, 4]))
  }

  @Test(arguments: cases)
  func `a cache filled in pieces changes what the whole text changes`(_ name: String) throws {
    let fixture = try ModelFixture("families/\(name)")
    let model = fixture.bundle.model
    let tokens = try fixture("tokens").narrow(1, start: 0, length: 10)
    let taps = Taps()
    edit(taps, model.configuration)
    try taps.validate(for: model.configuration)
    let whole = withInference { model.logits(tokens, taps: taps) }
    #expect(maxDifference(whole, withInference { model.logits(tokens) }) > 1e-2)
    let cache = KVCache(model.configuration, batch: 3, capacity: 2)
    let pieces = withInference {
      [(0, 3), (3, 1), (4, 1), (5, 2), (7, 1), (8, 2)].map { start, length in
        model.logits(
          tokens.narrow(1, start: start, length: length), cache: cache, attentionStart: nil,
          taps: taps)
      }
    }
    #expect(maxDifference(Tensor.cat(pieces, dim: 1), whole) < 1e-4)
  }

  @Test(arguments: cases)
  func `padding on the left moves no position`(_ name: String) throws {
    let fixture = try ModelFixture("families/\(name)")
    let model = fixture.bundle.model
    let tokens = try fixture("tokens")
    let starts = [0, 4, 7]
    let taps = Taps()
    edit(taps, model.configuration)
    let alone = withInference {
      starts.enumerated().map { row, start in
        model.logits(tokens[row..<row + 1].narrow(1, start: start, length: 17 - start), taps: taps)
      }
    }
    let cache = KVCache(model.configuration, batch: 3, capacity: 17)
    let padded = withInference {
      Tensor.cat(
        [(0, 12), (12, 1), (13, 4)].map { start, length in
          model.logits(
            tokens.narrow(1, start: start, length: length), cache: cache, attentionStart: starts,
            taps: taps)
        }, dim: 1)
    }
    for (row, start) in starts.enumerated() {
      let real = padded[row].narrow(0, start: start, length: 17 - start)
      #expect(maxDifference(real, alone[row][0]) < 1e-4, "row \(row)")
    }
  }

  @Test(arguments: cases)
  func `another run is patched in token by token, with a cache and with padding`(
    _ name: String
  ) throws {
    let fixture = try ModelFixture("families/\(name)")
    let model = fixture.bundle.model
    let tokens = try fixture("tokens")
    let sites: [ActivationSite] = [.block(0, .residualAfter), .block(1, .residualAfter)]
    let other = Taps(reading: sites)
    let source = tokens[2..<3].narrow(1, start: 0, length: 10)
    let expected = withInference { model.logits(source, taps: other) }[0]  // [10, V]
    let taps = Taps()
    for site in sites { try taps.patch(site, from: other) }
    let starts = [0, 3]
    let cache = KVCache(model.configuration, batch: 2, capacity: 17)
    let (whole, plain) = withInference {
      (
        model.logits(tokens[0..<2], cache: nil, attentionStart: starts, taps: taps),
        model.logits(tokens[0..<2], cache: nil, attentionStart: starts, taps: nil)
      )
    }
    let found = withInference {
      Tensor.cat(
        [(0, 8), (8, 1), (9, 8)].map { start, length in
          model.logits(
            tokens[0..<2].narrow(1, start: start, length: length), cache: cache,
            attentionStart: starts, taps: taps)
        }, dim: 1)
    }
    for (row, start) in starts.enumerated() {
      let real = { (x: Tensor) in x[row].narrow(0, start: start, length: 17 - start) }
      #expect(maxDifference(real(found), real(whole)) < 1e-4)
      #expect(maxDifference(real(found).narrow(0, start: 0, length: 10), expected) < 1e-4)
      // The other run was shorter: later tokens keep their own, and look back on what was put in.
      let later = { (x: Tensor) in real(x).narrow(0, start: 10, length: 7 - start) }
      #expect(maxDifference(later(found), later(plain)) > 1e-4)
      #expect(later(found).allFinite)
    }
  }

  @Test func `a recorded pattern fits rows that are padded otherwise`() throws {
    let fixture = try ModelFixture("families/gpt2")
    let model = fixture.bundle.model
    let tokens = try fixture("tokens")[0..<1]
    let site = ActivationSite.block(1, .attentionPattern)
    let other = Taps(reading: [site])
    let expected = withInference { model.logits(tokens, taps: other) }
    let padded = Tensor.cat([Tensor([0, 0, 0]).reshape([1, 3]), tokens], dim: 1)
    let taps = Taps()
    try taps.patch(site, from: other)
    taps.scale(.block(1, .attentionScores), by: 0.25)
    let found = withInference {
      model.logits(padded, cache: nil, attentionStart: [3], taps: taps)
    }
    #expect(maxDifference(found.narrow(1, start: 3, length: 17), expected) < 1e-4)
  }

  @Test func `gradients flow through a cache to the new tokens alone`() throws {
    let fixture = try ModelFixture("families/gemma2")
    let model = fixture.bundle.model
    let tokens = try fixture("tokens")[0..<1].narrow(1, start: 0, length: 9)
    let whole = Taps()
    whole.readGradient(.embed)
    model.logits(tokens, taps: whole).select(1, index: 8).sin().sum().backward()
    let cache = KVCache(model.configuration, batch: 1, capacity: 4)
    withoutGrad {
      _ = model.logits(
        tokens.narrow(1, start: 0, length: 5), cache: cache, attentionStart: nil, taps: nil)
    }
    let rest = Taps()
    rest.readGradient(.embed)
    model.logits(
      tokens.narrow(1, start: 5, length: 4), cache: cache, attentionStart: nil, taps: rest
    ).select(1, index: 3).sin().sum().backward()
    let expected = try #require(whole.gradient(at: .embed)).narrow(1, start: 5, length: 4)
    let found = try #require(rest.gradient(at: .embed))
    #expect(maxDifference(found, expected) < 1e-4 * (1 + expected.abs().amax().item()))
    #expect(cache.length == 9)
  }
}
