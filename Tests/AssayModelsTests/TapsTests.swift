import AssayModels
import AssayTensor
import Testing

@Suite struct TapsTests {
  @Test func `every site can be read, and replaced by itself without effect`() throws {
    let fixture = try ModelFixture("gqa-tied")
    let (model, tokens) = (fixture.bundle.model, try fixture("tokens"))
    let sites = model.configuration.activationSites
    let reading = Taps(reading: sites)
    let plain = withoutGrad { model.logits(tokens) }
    let read = withoutGrad { model.logits(tokens, taps: reading) }
    // Scores and patterns are seen outside of the fused kernel, which rounds otherwise.
    #expect(maxDifference(plain, read) < 1e-5)
    for site in sites {
      let value = try #require(reading[site], "nothing was read at \(site)")
      let replacing = Taps(reading: sites)
      replacing.replace(site) { _ in value }
      let replaced = withoutGrad { model.logits(tokens, taps: replacing) }
      #expect(maxDifference(replaced, read) == 0, "replacing \(site) by itself")
      let doubling = Taps()
      doubling.replace(site) { $0 * 2 + 0.1 }
      let changed = withoutGrad { model.logits(tokens, taps: doubling) }
      #expect(maxDifference(changed, read) > 1e-4, "changing \(site)")
    }
  }

  @Test func `sites have the shapes that their table says`() throws {
    let fixture = try ModelFixture("gqa-tied")
    let (model, tokens) = (fixture.bundle.model, try fixture("tokens"))
    let c = model.configuration
    let taps = Taps(reading: c.activationSites)
    _ = withoutGrad { model.logits(tokens, taps: taps) }
    let (B, T) = (3, 17)
    #expect(taps[.block(1, .attentionQ)]?.shape == [B, c.heads, T, c.headDimension])
    #expect(taps[.block(1, .attentionK)]?.shape == [B, c.keyValueHeads, T, c.headDimension])
    #expect(taps[.block(1, .attentionZ)]?.shape == [B, T, c.heads, c.headDimension])
    #expect(taps[.block(1, .mlpHidden)]?.shape == [B, T, c.intermediateSize])
    #expect(taps[.normFinal]?.shape == [B, T, c.hiddenSize])
    #expect(taps[.logits]?.shape == [B, T, c.vocabularySize])
  }

  @Test func `a pass that stops early returns the last site and reads nothing after it`() throws {
    let fixture = try ModelFixture("gqa-tied")
    let (model, tokens) = (fixture.bundle.model, try fixture("tokens"))
    let sites = model.configuration.activationSites
    let whole = Taps(reading: sites)
    _ = withoutGrad { model.logits(tokens, taps: whole) }
    for site in sites {
      let taps = Taps(reading: sites)
      taps.stopAfter = site
      let last = withoutGrad { model.logits(tokens, taps: taps) }
      let expected = try #require(whole[site])
      #expect(last.shape == expected.shape, "\(site)")
      #expect(last.isEqual(to: expected), "\(site)")
      let seen = sites.filter { taps[$0] != nil }
      #expect(seen.last == site)
    }
  }

  @Test func `the residual stream is the sum of what was written into it`() throws {
    let fixture = try ModelFixture("biased")
    let (model, tokens) = (fixture.bundle.model, try fixture("tokens"))
    let taps = Taps(reading: model.configuration.activationSites)
    let logits = withoutGrad { model.logits(tokens, taps: taps) }
    var sum = try #require(taps[.embed])
    for layer in 0..<model.configuration.layers {
      sum = sum + (try #require(taps[.block(layer, .attentionOut)]))
      sum = sum + (try #require(taps[.block(layer, .mlpOut)]))
    }
    #expect(maxDifference(withoutGrad { model.unembed(sum) }, logits) < 1e-4)
  }
}
