import AssayTensor

/// Where the tokens of a pass stand: their rotations, and what each may look at.
struct Places {
  /// Cosines and sines, [T, R] or [B, 1, T, R].
  struct Rotation {
    var cos: Tensor
    var sin: Tensor
  }

  /// What one kind of layer sees.
  struct View {
    var rotation: Rotation?
    /// True where a query may look, [B or 1, 1, T, S]; nil if `causal` says it all.
    var mask: Tensor?
    var causal: Bool
    private let length: Int
    private let device: Device

    init(rotation: Rotation?, mask: Tensor?, causal: Bool, length: Int, device: Device) {
      self.rotation = rotation
      self.mask = mask
      self.causal = causal
      self.length = length
      self.device = device
    }

    /// The mask that `causal` stands for, [1, 1, T, T].
    var causalMask: Tensor? {
      guard causal else { return nil }
      let key = Tensor.arange(length).to(device: device).reshape([1, 1, 1, length])
      return key.le(key.reshape([1, 1, length, 1]))
    }
  }

  private let whole: View
  private let sliding: View
  private let positions: [Int]
  private let rows: Int
  private let count: Int

  /// Places of `T` tokens in each of `B` rows that follow `past` others.
  ///
  /// `starts` gives for each row the index of its first real token, which stands at position 0.
  init(
    _ model: DecoderModel, _ device: Device, _ dtype: DType, _ B: Int, _ T: Int, past: Int,
    starts: [Int]?
  ) {
    let S = past + T
    (rows, count) = (starts == nil ? 1 : B, T)
    // A row's first real token stands at position 0.
    positions = (starts ?? [0]).flatMap { start in (past..<S).map { max(0, $0 - start) } }
    let index = starts == nil ? nil : Tensor(positions, shape: [B * T]).to(device: device)
    func rotation(_ table: RotaryTable?) -> Rotation? {
      guard let table else { return nil }
      let (cos, sin) = table.upTo(S, dtype: dtype, device: device)
      guard let index else {
        return Rotation(
          cos: cos.narrow(0, start: past, length: T), sin: sin.narrow(0, start: past, length: T))
      }
      let R = cos.dim(1)
      return Rotation(
        cos: cos.indexSelect(0, index: index).reshape([B, 1, T, R]),
        sin: sin.indexSelect(0, index: index).reshape([B, 1, T, R]))
    }
    func view(_ table: RotaryTable?, window: Int?) -> View {
      let narrow = window.flatMap { S > $0 ? $0 : nil }
      let isCausal = starts == nil && narrow == nil && past == 0 && T > 1
      let needsMask = starts != nil || narrow != nil || (past > 0 && T > 1)
      return View(
        rotation: rotation(table),
        mask: needsMask
          ? Self.mask(T, past: past, starts: starts, window: narrow, device: device) : nil,
        causal: isCausal, length: T, device: device)
    }
    whole = view(model.rotary, window: nil)
    let form = model.configuration.form
    let differs = form.slidingLayers.contains(true) && form.slidingWindow != nil
    sliding = differs ? view(model.slidingRotary, window: form.slidingWindow) : whole
  }

  /// What a layer sees that looks back on everything, or on a window.
  func view(sliding isSliding: Bool) -> View { isSliding ? sliding : whole }

  /// Positions of the tokens, [1, T] or [B, T].
  func index(device: Device) -> Tensor {
    Tensor(positions, shape: [rows, count]).to(device: device)
  }

  /// True where a query may look, [B or 1, 1, T, S].
  private static func mask(
    _ T: Int, past: Int, starts: [Int]?, window: Int?, device: Device
  ) -> Tensor {
    let S = past + T
    let key = Tensor.arange(S).to(device: device).reshape([1, 1, 1, S])
    let first = starts.map { Tensor($0, shape: [$0.count, 1, 1, 1]).to(device: device) }
    // One new token looks at all real ones: nothing lies after it.
    if T == 1, window == nil, let first { return key.ge(first) }  // [B, 1, 1, S]
    let query = key.narrow(3, start: past, length: T).reshape([1, 1, T, 1])
    var mask = key.le(query)  // [1, 1, T, S]
    if let window { mask = mask.logicalAnd(key.gt(query - Double(window))) }
    guard let first else { return mask }
    // Padding looks at itself, so that its softmax has something to sum over.
    return mask.logicalAnd(key.ge(first)).logicalOr(key.eq(query))  // [B, 1, T, S]
  }
}
