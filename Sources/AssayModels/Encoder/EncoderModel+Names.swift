import AssayCore

extension EncoderModel {
  /// Every tensor of a checkpoint with its shape, in its order.
  static func expected(_ c: EncoderConfiguration) -> [(name: String, shape: [Int])] {
    let (d, inner) = (c.hiddenSize, c.intermediateSize)
    let names = EncoderFamilies.named(c.family).names
    var list: [(name: String, shape: [Int])] = [
      ("embeddings.word_embeddings.weight", [c.vocabularySize, d]),
      ("embeddings.position_embeddings.weight", [c.positions, d]),
    ]
    if c.segments > 0 { list.append(("embeddings.token_type_embeddings.weight", [c.segments, d])) }
    func add(_ name: String, _ shape: [Int]) {
      list.append(("\(name).weight", shape))
      list.append(("\(name).bias", [shape[0]]))
    }
    add("embeddings.LayerNorm", [d])
    for layer in 0..<c.layers {
      for name in [names.query, names.key, names.value, names.attentionOut] {
        add(names.at(layer, name), [d, d])
      }
      add(names.at(layer, names.attentionNorm), [d])
      add(names.at(layer, names.mlpIn), [inner, d])
      add(names.at(layer, names.mlpOut), [d, inner])
      add(names.at(layer, names.mlpNorm), [d])
    }
    if let pooler = names.pooler { add(pooler, [d, d]) }
    return list
  }

  /// The names under which a checkpoint with tensors of these `shapes` stores the weights, by the names
  /// that they have here; throws where the tensors are not those of `configuration`.
  static func storedNames(
    _ c: EncoderConfiguration, _ shapes: [String: [Int]]
  ) throws -> [String: String] {
    let family = EncoderFamilies.named(c.family)
    var stored: [String: String] = [:]
    for name in shapes.keys {
      if let current = currentName(name, family) { stored[current] = name }
    }
    var faults: [String] = []
    let expected = expected(c)
    for (name, shape) in expected {
      guard let found = stored[name].flatMap({ shapes[$0] }) else {
        let isNeeded = family.names.pooler.map { !name.hasPrefix("\($0).") } ?? true
        if isNeeded { faults.append("\(name) is missing") }
        continue
      }
      if found != shape { faults.append("\(name) has shape \(found), expected \(shape)") }
    }
    let known = Set(expected.map(\.name))
    faults += stored.keys.filter { !known.contains($0) }.sorted().map { "\($0) is unexpected" }
    guard let first = faults.first else { return stored }
    let more = faults.count > 1 ? " (and \(faults.count - 1) more: \(faults[1]))" : ""
    throw AssayError(
      .corrupt, "the weights do not fit config.json: \(first)\(more)",
      hint: "check that model.safetensors and config.json belong together")
  }

  /// The name of a tensor without the family's prefix; nil for buffers and for heads of tasks.
  private static func currentName(_ name: String, _ family: any EncoderFamily.Type) -> String? {
    var name = name
    if name.hasPrefix(family.prefix) { name.removeFirst(family.prefix.count) }
    let heads = [
      "cls.", "lm_head.", "classifier.", "pre_classifier.", "qa_outputs.", "vocab_transform.",
      "vocab_layer_norm.", "vocab_projector.",
    ]
    if heads.contains(where: name.hasPrefix) { return nil }
    if name == "embeddings.position_ids" || name == "embeddings.token_type_ids" { return nil }
    if name.hasSuffix(".gamma") { return "\(name.dropLast(6)).weight" }
    if name.hasSuffix(".beta") { return "\(name.dropLast(5)).bias" }
    return name
  }
}
