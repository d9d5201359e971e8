import AssayCore
import CTorch

/// AdamW: Adam with decoupled weight decay (Loshchilov & Hutter 2017, algorithm 2), as PyTorch does it.
///
/// One step is a single fused pass over all parameters. The two moments live in the dtype of their
/// parameter: keep the parameters in float32 and cast them for the forward pass.
public final class AdamW: @unchecked Sendable {
  /// The tensors that `step` changes.
  public let parameters: [Tensor]
  /// Step size; change it between steps to follow a `Schedule`.
  public var learningRate: Double
  /// Decay rates of the first and second moments.
  public var betas: (Double, Double)
  /// Added to the denominator.
  public var eps: Double
  /// Share of the learning rate by which weights shrink per step.
  public var weightDecay: Double

  private var first: [Tensor]
  private var second: [Tensor]
  private var steps: [Tensor]

  /// An optimiser for leaves that require gradients, its moments at zero.
  public init(
    parameters: [Tensor], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    eps: Double = 1e-8, weightDecay: Double = 0.01
  ) {
    self.parameters = parameters
    self.learningRate = learningRate
    self.betas = betas
    self.eps = eps
    self.weightDecay = weightDecay
    first = parameters.map { $0.detach().zerosLike() }
    second = parameters.map { $0.detach().zerosLike() }
    steps = parameters.map { _ in Tensor.zeros([]) }
  }

  /// Moves every parameter that has a gradient.
  public func step() {
    Tensor.withHandles(parameters) { weights, count in
      Tensor.withHandles(first) { first, _ in
        Tensor.withHandles(second) { second, _ in
          Tensor.withHandles(steps) { steps, _ in
            Tensor.run("AdamW.step", []) {
              atx_adamw_step(
                weights, first, second, steps, count, learningRate, betas.0, betas.1, eps,
                weightDecay)
            }
          }
        }
      }
    }
  }

  /// Drops all gradients.
  public func zeroGrad() {
    Tensor.withHandles(parameters) { weights, count in
      Tensor.run("AdamW.zeroGrad", []) { atx_zero_grad(weights, count) }
    }
  }

  /// Copies of moments and step counts by name, for `Safetensors.write`.
  public func state() -> [String: Tensor] {
    var state: [String: Tensor] = [:]
    for index in parameters.indices {
      state["adamw.\(index).first"] = first[index].clone()
      state["adamw.\(index).second"] = second[index].clone()
      state["adamw.\(index).step"] = steps[index].clone()
    }
    return state
  }

  /// Takes over what `state` gave; throws where names or shapes do not fit these parameters.
  public func load(state: [String: Tensor]) throws {
    func take(_ name: String, like model: Tensor) throws -> Tensor {
      guard let found = state[name] else {
        throw AssayError(
          .corrupt, "optimiser state has no '\(name)'",
          hint: "resume with the parameters that the state was saved for")
      }
      guard found.shape == model.shape else {
        throw AssayError(
          .corrupt, "optimiser state '\(name)': expected shape \(model.shape), got \(found.shape)",
          hint: "resume with the parameters that the state was saved for")
      }
      return found.detach().to(dtype: model.dtype).clone()
    }
    var loaded: ([Tensor], [Tensor], [Tensor]) = ([], [], [])
    for index in parameters.indices {
      loaded.0.append(try take("adamw.\(index).first", like: first[index]))
      loaded.1.append(try take("adamw.\(index).second", like: second[index]))
      loaded.2.append(try take("adamw.\(index).step", like: steps[index]))
    }
    (first, second, steps) = loaded
  }
}

/// Scales all gradients so that their joint 2-norm is at most `max`; gives the norm before.
///
/// Pascanu et al. 2013; the same arithmetic as PyTorch's `clip_grad_norm_`.
@discardableResult
public func clipGradNorm(_ parameters: [Tensor], max: Double) -> Double {
  var norm = 0.0
  Tensor.withHandles(parameters) { handles, count in
    Tensor.run("clipGradNorm", []) { atx_clip_grad_norm(handles, count, max, &norm) }
  }
  return norm
}
