import AssayModels
import Testing

@Suite struct TransformerLensNameTests {
  @Test func `every part but two has a hook, and the hook leads back`() throws {
    var missing: [String] = []
    for part in ActivationSite.Part.allCases {
      let text = part.isInBlock ? "blocks.11.\(part.rawValue)" : part.rawValue
      let site = try #require(ActivationSite(text))
      guard let name = site.transformerLensName else {
        missing.append(part.rawValue)
        continue
      }
      #expect(name.hasPrefix("blocks.11.") == part.isInBlock)
      #expect(ActivationSite(transformerLens: name) == site)
    }
    // What enters the first block is `blocks.0.hook_resid_pre`; the gate alone has no hook.
    #expect(missing == ["embed", "mlp.gate"])
  }

  @Test(arguments: [
    ("blocks.0.attn.hook_pattern", "blocks.0.attention.pattern"),
    ("blocks.12.hook_resid_post", "blocks.12.residual.after"),
    ("blocks.3.attn.hook_rot_k", "blocks.3.attention.k"),
    ("blocks.3.mlp.hook_pre_linear", "blocks.3.mlp.up"),
    ("hook_pos_embed", "embed.positions"), ("unembed.hook_out", "logits"),
  ])
  func `names that users know are found`(_ hook: String, _ site: String) {
    #expect(ActivationSite(transformerLens: hook)?.description == site)
  }

  @Test(arguments: [
    "", "blocks.0.hook_mlp_in", "blocks.x.hook_resid_pre", "blocks.01.hook_resid_pre",
    "blocks.{}.hook_resid_pre", "hook_resid_pre", "blocks.0.hook_embed", "blocks",
    "blocks.0.ln1.hook_normalized",
  ])
  func `other names are no sites`(_ hook: String) {
    #expect(ActivationSite(transformerLens: hook) == nil)
  }
}
