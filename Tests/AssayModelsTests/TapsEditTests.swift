import AssayCore
import AssayTensor
import Testing

@testable import AssayModels

@Suite struct TapsEditTests {
  private func run(_ fixture: ModelFixture, _ tokens: Tensor, _ taps: Taps) -> Tensor {
    withoutGrad { fixture.bundle.model.logits(tokens, taps: taps) }
  }

  @Test(arguments: FamilyTests.cases)
  func `every site of every family is read, changed and stopped at`(_ name: String) throws {
    let fixture = try ModelFixture("families/\(name)")
    let model = fixture.bundle.model
    let tokens = try fixture("tokens")[0..<2]
    let sites = model.configuration.activationSites
    let reading = Taps(reading: sites)
    let read = run(fixture, tokens, reading)
    #expect(maxDifference(read, try fixture("logits")[0..<2]) < 1e-4)
    for site in sites {
      let value = try #require(reading[site], "\(site)")
      #expect(value.shape == model.configuration.shape(of: site, rows: 2, tokens: 17), "\(site)")
      let stopping = Taps(reading: sites)
      stopping.stopAfter = site
      let last = run(fixture, tokens, stopping)
      #expect(maxDifference(last.tanh(), value.tanh()) < 1e-6, "stopping at \(site)")
      #expect(sites.filter { stopping[$0] != nil }.last == site)
      let changing = Taps()
      // Not a multiple: norms and softmax would undo it.
      changing.replace(site) { $0 + ($0.exp().clamp(max: 1) * 0.5) }
      #expect(maxDifference(run(fixture, tokens, changing), read) > 1e-5, "changing \(site)")
    }
  }

  @Test(arguments: FamilyTests.cases)
  func `patching what a run wrote into the residual gives that run's logits`(
    _ name: String
  ) throws {
    let fixture = try ModelFixture("families/\(name)")
    let layers = fixture.bundle.model.configuration.layers
    let tokens = try fixture("tokens")
    let (one, other) = (tokens[0..<1], tokens[1..<2])
    for part in [ActivationSite.Part.residualBefore, .residualAfter] {
      let sites = (0..<layers).map { ActivationSite.block($0, part) }
      let recorded = Taps(reading: sites)
      let expected = run(fixture, one, recorded)
      let taps = Taps()
      for site in sites { try taps.patch(site, from: recorded) }
      #expect(maxDifference(run(fixture, other, taps), expected) == 0)
      // Up to a position, what came after it has no say.
      let partly = Taps()
      for site in sites { try partly.patch(site, from: recorded, only: .positions(Array(0..<8))) }
      let found = run(fixture, other, partly)
      #expect(
        maxDifference(found.narrow(1, start: 0, length: 8), expected.narrow(1, start: 0, length: 8))
          < 1e-4)
      #expect(maxDifference(found, expected) > 1e-3)
    }
  }

  @Test(arguments: FamilyTests.cases)
  func `heads add up to what attention writes, and their patterns to one`(_ name: String) throws {
    let fixture = try ModelFixture("families/\(name)")
    let model = try #require(fixture.bundle.model as? DecoderModel)
    let tokens = try fixture("tokens")
    let taps = Taps(reading: model.configuration.activationSites)
    _ = run(fixture, tokens, taps)
    for layer in 0..<model.configuration.layers {
      var sum = try #require(taps[.block(layer, .attentionResult)]).sum(2)
      let block = model.current.blocks[layer]
      if let bias = block.outBias { sum = sum + bias }
      if let norm = block.afterAttentionNorm { sum = model.norm(sum, norm, .float32) }
      #expect(maxDifference(sum, try #require(taps[.block(layer, .attentionOut)])) < 1e-4)
      let pattern = try #require(taps[.block(layer, .attentionPattern)])  // [B, H, T, S]
      #expect(maxDifference(pattern.sum(-1), Tensor.ones([1])) < 1e-5)
      let (key, query) = (Tensor.arange(17), Tensor.arange(17).reshape([17, 1]))
      var hidden = key.gt(query)
      if model.configuration.form.slides(layer) {
        let window = try #require(model.configuration.form.slidingWindow)
        hidden = hidden.logicalOr(key.le(query - Double(window)))
        #expect(hidden.to(dtype: .int64).sum().intItem() > 17 * 16 / 2)
      }
      #expect(pattern.maskedFill(hidden.logicalNot(), 0).amax().item() == 0)
      #expect(pattern.maskedFill(hidden, 1).amin().item() > 0)
    }
  }

  @Test func `ablating a head is zeroing its slice of the heads' outputs`() throws {
    let fixture = try ModelFixture("gqa-tied")
    let tokens = try fixture("tokens")
    let D = fixture.bundle.model.configuration.headDimension
    let site = ActivationSite.block(1, .attentionZ)
    let byHead = Taps()
    byHead.ablate(site, only: .heads([2]))
    let byHand = Taps()
    byHand.replace(site) { z in
      let kept = Tensor([1, 1, 0, 1].map { Float($0) }).reshape([1, 1, 4, 1])
      return z * kept
    }
    let byResult = Taps()
    try byResult.ablate(.block(1, .attentionResult), by: .zero, only: .heads([2]))
    let byUnit = Taps()
    byUnit.scale(site, by: 0, only: SiteSelection(heads: [2], units: Array(0..<D)))
    let expected = run(fixture, tokens, byHand)
    #expect(maxDifference(run(fixture, tokens, byHead), expected) == 0)
    #expect(maxDifference(run(fixture, tokens, byUnit), expected) == 0)
    #expect(maxDifference(run(fixture, tokens, byResult), expected) < 1e-5)
    #expect(maxDifference(run(fixture, tokens, Taps()), expected) > 1e-3)
  }

  @Test func `edits at a site are made in order of adding, and reads see the result`() throws {
    let fixture = try ModelFixture("gqa-tied")
    let tokens = try fixture("tokens")
    let site = ActivationSite.block(0, .mlpOut)
    let plain = Taps(reading: [site])
    _ = run(fixture, tokens, plain)
    let before = try #require(plain[site])
    let d = before.dim(2)
    let direction = Tensor((0..<d).map { Float($0) })
    let taps = Taps(reading: [site])
    taps.scale(site, by: 3, only: .positions([4]))
    taps.steer(site, by: direction, times: -0.5, only: .positions([4, 5]))
    taps.scale(site, by: 2, only: .units([1]))
    _ = run(fixture, tokens, taps)
    let found = try #require(taps[site])
    var rows = (0..<17).map { before.select(1, index: $0) }  // [B, d]
    rows[4] = rows[4] * 3 - direction * 0.5
    rows[5] = rows[5] - direction * 0.5
    let doubled = Tensor((0..<d).map { Float($0 == 1 ? 2 : 1) })
    #expect(maxDifference(found, Tensor.stack(rows, dim: 1) * doubled) < 1e-5)
  }

  @Test func `ablation puts in the reference's mean, or another text's activation`() throws {
    let fixture = try ModelFixture("gqa-tied")
    let model = fixture.bundle.model
    let tokens = try fixture("tokens")
    let site = ActivationSite.block(1, .attentionZ)
    let reference = Taps(reading: [site])
    withoutGrad {
      _ = model.logits(tokens, cache: nil, attentionStart: [0, 4, 9], taps: reference)
    }
    let recorded = try #require(reference[site])  // [3, 17, H, D]
    let real = [0, 4, 9].enumerated().map { row, start in
      recorded[row].narrow(0, start: start, length: 17 - start)
    }
    let mean = Tensor.cat(real, dim: 0).mean(0)  // [H, D]
    let taps = Taps(reading: [site])
    try taps.ablate(site, by: .mean(over: reference), only: .heads([0, 3]))
    _ = run(fixture, tokens, taps)
    let found = try #require(taps[site])
    for head in [0, 3] {
      #expect(maxDifference(found.select(2, index: head), mean[head]) < 1e-5)
    }
    #expect(maxDifference(found.select(2, index: 1), mean[1]) > 1e-3)

    let resampled = Taps(reading: [site])
    try resampled.ablate(site, by: .resample(from: reference, seed: 5))
    _ = run(fixture, tokens, resampled)
    let again = Taps(reading: [site])
    try again.ablate(site, by: .resample(from: reference, seed: 5))
    _ = run(fixture, tokens, again)
    let drawn = try #require(resampled[site])
    #expect(drawn.isEqual(to: try #require(again[site])))
    for row in 0..<3 {
      // Each row is one of the reference's texts, from its first real token on.
      let fits = [0, 4, 9].indices.filter { source in
        let length = real[source].dim(0)
        return maxDifference(drawn[row].narrow(0, start: 0, length: length), real[source]) == 0
      }
      #expect(fits.count == 1, "row \(row)")
    }
    #expect(throws: AssayError.self) {
      try taps.ablate(.block(0, .attentionPattern), by: .mean(over: reference))
    }
  }

  @Test func `asking for what a model does not have says what it has`() throws {
    let gpt2 = try ModelFixture("families/gpt2").bundle.model.configuration
    func message(_ taps: Taps) -> String? {
      do {
        try taps.validate(for: gpt2)
        return nil
      } catch { return "\(error)" }
    }
    let gate = try #require(message(Taps(reading: [.block(0, .mlpGate)])))
    #expect(gate.contains("gpt2") && gate.contains("mlp.gate") && gate.contains("mlp.hidden"))
    #expect(!gate.contains("mlp.up") && !gate.contains("logits"))
    let block = try #require(message(Taps(reading: [.block(2, .mlpOut)])))
    #expect(block.contains("0 to 1"))
    let llama = try ModelFixture("gqa-tied").bundle.model.configuration
    #expect(throws: AssayError.self) { try llama.validate(.embedPositions) }
    for change: (Taps) -> Void in [
      { $0.ablate(.block(0, .mlpOut), only: .heads([0])) },
      { $0.ablate(.block(0, .attentionZ), only: .heads([4])) },
      { $0.ablate(.block(0, .mlpHidden), only: .units([96])) },
      { $0.ablate(.block(0, .mlpHidden), only: .positions([-1])) },
      { $0.steer(.block(0, .residualMid), by: Tensor.ones([25])) },
      { $0.patch(.block(0, .residualMid), with: Tensor.ones([1, 3, 25])) },
      { $0.stopAfter = .block(7, .mlpOut) },
    ] {
      let taps = Taps()
      change(taps)
      #expect(message(taps) != nil)
    }
    let fitting = Taps()
    fitting.steer(.block(0, .attentionZ), by: Tensor.ones([4, 6]))
    fitting.ablate(.block(1, .mlpHidden), only: .units([95]))
    #expect(message(fitting) == nil)
    #expect(throws: AssayError.self) {
      try fitting.patch(.block(0, .mlpOut), from: Taps(reading: [.embed]))
    }
  }
}
