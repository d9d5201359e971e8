import AssayTensor
import Testing

@testable import AssayModels

/// Activation sites against transformers, on the checkpoints of scripts/make-site-fixtures.py.
@Suite struct SiteFixtureTests {
  static let cases = ["gpt2", "gpt-neox", "llama-linear", "gemma2", "phi3", "qwen3", "olmo2"]

  struct Sites {
    let model: any LanguageModel
    let file: SafetensorsFile

    init(_ name: String) throws {
      let folder = try ModelFixture.directory("families/\(name)")
      model = try ModelBundle.load(folder).model
      file = try SafetensorsFile(folder.appendingPathComponent("sites.safetensors"))
    }

    /// Activations by site: `1.attention.q` is `blocks.1.attention.q`.
    func expected(_ prefix: String) throws -> [(site: ActivationSite, value: Tensor)] {
      try file.names.filter { $0.hasPrefix(prefix) }.map { name in
        let rest = String(name.dropFirst(prefix.count))
        let site = prefix == "1." ? "blocks.1.\(rest)" : rest
        return (try #require(ActivationSite(site), "\(site)"), try file.tensor(name))
      }
    }
  }

  @Test(arguments: cases)
  func `what is read inside of a block agrees with transformers within 1e-4`(
    _ name: String
  ) throws {
    let sites = try Sites(name)
    let expected = try sites.expected("1.")
    #expect(expected.count >= 12)
    let taps = Taps(reading: expected.map(\.site))
    _ = try withInference { sites.model.logits(try sites.file.tensor("tokens"), taps: taps) }
    for (site, value) in expected {
      var found = try #require(taps[site], "\(site)")
      var value = value
      if site.part == .attentionScores {
        // The reference masks with a very low number.
        #expect(found.isFinite().isEqual(to: value.gt(-1e30)), "\(site)")
        let hidden = value.lt(-1e30)
        (found, value) = (found.maskedFill(hidden, 0), value.maskedFill(hidden, 0))
      }
      #expect(found.shape == value.shape, "\(site)")
      #expect(maxDifference(found, value) < 1e-4, "\(site)")
    }
  }

  @Test(arguments: cases)
  func `patterns of rows padded on the left agree with transformers`(_ name: String) throws {
    let sites = try Sites(name)
    let starts = try sites.file.tensor("padded.start").ints()
    let layers = sites.model.configuration.layers
    let taps = Taps(reading: (0..<layers).map { .block($0, .attentionPattern) })
    let tokens = try sites.file.tensor("tokens")
    withInference {
      _ = sites.model.logits(tokens, cache: nil, attentionStart: starts, taps: taps)
    }
    for layer in 0..<layers {
      let found = try #require(taps[.block(layer, .attentionPattern)])
      let expected = try sites.file.tensor("padded.\(layer).attention.pattern")
      for (row, start) in starts.enumerated() {
        let real = { (x: Tensor) in x[row].narrow(1, start: start, length: x.dim(2) - start) }
        #expect(maxDifference(real(found), real(expected)) < 1e-4, "block \(layer), row \(row)")
        #expect(
          real(found).narrow(2, start: 0, length: start).count == 0
            || real(found).narrow(2, start: 0, length: start).amax().item() == 0)
      }
    }
  }

  @Test(arguments: cases)
  func `gradients at sites agree with transformers within 1e-3`(_ name: String) throws {
    let sites = try Sites(name)
    let expected = try sites.expected("gradient.")
    #expect(expected.count == 5)
    let batch = TokenBatch(tokens: try sites.file.tensor("tokens"))
    for (site, value) in expected {
      // One at a time: a site is differentiated from where recording begins.
      let taps = Taps()
      taps.readGradient(site)
      let logits = sites.model.logits(batch.tokens, taps: taps)
      #expect(taps.gradient(at: site) == nil)
      let (T, V) = (logits.dim(1), logits.dim(2))
      Tensor.crossEntropy(
        logits.narrow(1, start: 0, length: T - 1).reshape([-1, V]), batch.targets.flatten()
      ).backward()
      let found = try #require(taps.gradient(at: site), "\(site)")
      #expect(found.shape == value.shape)
      #expect(maxDifference(found, value) < 1e-3 * value.abs().amax().item(), "\(site)")
    }
    #expect(sites.model.parameters.allSatisfy { $0.tensor.grad == nil })
  }

  @Test(arguments: cases)
  func `gradients at all sites of one pass are those of each alone`(_ name: String) throws {
    let sites = try Sites(name)
    let tokens = try sites.file.tensor("tokens")
    let all = sites.model.configuration.activationSites
    let together = Taps()
    for site in all { together.readGradient(site) }
    sites.model.logits(tokens, taps: together).sin().sum().backward()
    // Training weights are recorded themselves, so that nothing is where recording begins.
    for parameter in sites.model.parameters { parameter.tensor.requiresGrad = true }
    let training = Taps()
    for site in all { training.readGradient(site) }
    sites.model.withTrainingWeights(dtype: .float32) {
      sites.model.logits(tokens, taps: training).sin().sum().backward()
    }
    for site in all {
      let (one, other) = (
        try #require(together.gradient(at: site), "\(site)"),
        try #require(training.gradient(at: site), "\(site)")
      )
      #expect(maxDifference(one, other) < 1e-4 * (1 + other.abs().amax().item()), "\(site)")
    }
  }

  @Test func `the gradient at a site is that of what depends on the site alone`() throws {
    // OLMo 2 norms what attention and MLP write: what they read is the residual stream itself.
    let sites = try Sites("olmo2")
    let parts: [ActivationSite.Part] = [
      .residualBefore, .attentionIn, .residualMid, .mlpIn, .residualAfter,
    ]
    let taps = Taps()
    for part in parts { taps.readGradient(.block(1, part)) }
    taps.readGradient(.embed)
    sites.model.logits(try sites.file.tensor("tokens"), taps: taps).sin().sum().backward()
    let found = try parts.map { try #require(taps.gradient(at: .block(1, $0))) }
    #expect(maxDifference(found[0], found[1] + found[2]) < 1e-4)
    #expect(maxDifference(found[2], found[3] + found[4]) < 1e-4)
    #expect(found[1].abs().amax().item() > 1e-3 && found[3].abs().amax().item() > 1e-3)
  }
}
