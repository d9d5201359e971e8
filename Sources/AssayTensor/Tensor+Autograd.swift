import CTorch

extension Tensor {
  /// Whether gradients are recorded for this tensor; set it on leaves only.
  public var requiresGrad: Bool {
    get { Tensor.ask("requiresGrad", [self]) { atx_requires_grad(handle, $0) } }
    set { Tensor.run("requiresGrad", [self]) { atx_set_requires_grad(handle, newValue) } }
  }

  /// The gradient that `backward` left here, if any.
  public var grad: Tensor? {
    get {
      var out: OpaquePointer?
      Tensor.run("grad", [self]) { atx_grad(handle, &out) }
      return out.map(Tensor.init(owning:))
    }
    set {
      Tensor.run("grad", [self] + (newValue.map { [$0] } ?? [])) {
        atx_set_grad(handle, newValue?.handle)
      }
    }
  }

  /// Makes `backward` leave the gradient here too, although this is no leaf.
  ///
  /// Traps for a tensor that takes part in no recorded computation.
  public func retainGrad() {
    Tensor.run("retainGrad", [self]) { atx_retain_grad(handle) }
  }

  /// Whether operations on this thread are recorded for gradients now.
  public static var recordsGradients: Bool {
    Tensor.ask("recordsGradients", []) { atx_grad_enabled($0) }
  }

  /// Drops the gradient.
  public func zeroGrad() { grad = nil }

  /// Adds to `grad` of every leaf the gradient of this scalar.
  ///
  /// - Parameters:
  ///   - seed: for a tensor that is not a scalar, the factor of each element.
  ///   - keepGraph: keeps what is needed to call this a second time.
  public func backward(seed: Tensor? = nil, keepGraph: Bool = false) {
    Tensor.run("backward", [self] + (seed.map { [$0] } ?? [])) {
      atx_backward(handle, seed?.handle, keepGraph)
    }
  }

  /// Gradients of the scalar `output` for each of `inputs`, without touching any `grad`.
  ///
  /// Zeros where an input plays no part. `differentiable` records the gradients themselves, for
  /// second derivatives.
  public static func gradient(
    of output: Tensor, wrt inputs: [Tensor], seed: Tensor? = nil, keepGraph: Bool = false,
    differentiable: Bool = false
  ) -> [Tensor] {
    var out = [OpaquePointer?](repeating: nil, count: inputs.count)
    withHandles(inputs) { handles, count in
      run("gradient", [output] + inputs) {
        atx_gradients(
          output.handle, seed?.handle, handles, count, keepGraph, differentiable, &out)
      }
    }
    return zip(out, inputs).map { $0.map(Tensor.init(owning:)) ?? $1.zerosLike() }
  }

  /// Gradient of the scalar `output` for one input.
  public static func gradient(of output: Tensor, wrt input: Tensor) -> Tensor {
    gradient(of: output, wrt: [input])[0]
  }

  /// The same elements (shared), cut off from the recorded graph.
  public func detach() -> Tensor {
    Tensor.make("detach", [self]) { atx_detach(handle, $0) }
  }
}

/// Runs `body` without recording for gradients, on this thread.
///
/// What comes out may be used anywhere afterwards; use this for updates of weights.
public func withoutGrad<T>(_ body: () throws -> T) rethrows -> T {
  var before = true
  Tensor.run("withoutGrad", []) { atx_grad_mode(false, &before) }
  defer {
    var ignored = false
    Tensor.run("withoutGrad", []) { atx_grad_mode(before, &ignored) }
  }
  return try body()
}

/// Runs `body` in inference mode, on this thread: no recording, no bookkeeping for views.
///
/// The fastest way to run a model forward. Tensors made inside cannot take part in a recorded
/// computation later, and cannot be changed in place outside.
public func withInference<T>(_ body: () throws -> T) rethrows -> T {
  var scope: UnsafeMutableRawPointer?
  Tensor.run("withInference", []) { atx_inference_begin(&scope) }
  defer { Tensor.run("withInference", []) { atx_inference_end(scope) } }
  return try body()
}
