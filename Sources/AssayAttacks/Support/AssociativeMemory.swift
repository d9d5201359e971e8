import AssayCore
import AssayModels
import AssayTensor

/// The output projection of an MLP as a linear memory of keys and values, and how to write to it.
///
/// Sources: Meng et al. 2022, "Locating and Editing Factual Associations in GPT", section 3.1 (one
/// key); Meng et al. 2022, "Mass-Editing Memory in a Transformer", section 4.2 (many).
struct AssociativeMemory {
  /// `[d, I]`: column i is what hidden unit i writes; changed in place.
  let weight: Tensor
  /// C = E[k kᵀ] over ordinary text, float64 `[I, I]`.
  let covariance: Tensor

  /// The memory of `block`, its covariance measured on `documents`.
  init(of model: any LanguageModel, block: Int, documents: [TrainingRow]) throws {
    guard let weight = model.weight(at: .block(block, .mlpOut)) else {
      throw AssayError(.unsupported, "block \(block) has no output projection to edit")
    }
    self.weight = weight
    let keys = ActivationReader(model: model).everywhere(.block(block, .mlpHidden), documents)
    covariance = withoutGrad {
      let mean = (keys.T.matmul(keys) / Double(keys.dim(0))).to(dtype: .float64)
      let width = mean.dim(0)
      // Units that never fire leave C singular; a little of its mean diagonal makes it regular.
      let ridge = mean.diagonal().mean().item() * 1e-4 + 1e-12
      return mean + Tensor.eye(width, dtype: .float64) * ridge
    }
  }

  /// Adds `shift` `[d]` to what `key` `[I]` reads, with the least change to what ordinary keys read:
  /// W += shift (C⁻¹k)ᵀ / ((C⁻¹k)ᵀk).
  func write(_ shift: Tensor, at key: Tensor) {
    withoutGrad {
      let k = key.to(dtype: .float64)
      let direction = covariance.solve(k.unsqueeze(-1)).squeeze(-1)  // [I]
      let row = (direction / (direction * k).sum()).to(dtype: .float32)
      weight.add_(shift.outer(row))
    }
  }

  /// Adds each of `shifts` `[N, d]` to what its key, of `keys` `[N, I]`, reads, in least squares
  /// against `weight` ordinary keys: W += Rᵀ K (λC + KᵀK)⁻¹.
  func write(_ shifts: Tensor, at keys: Tensor, ordinaryWeight: Double) {
    withoutGrad {
      let k = keys.to(dtype: .float64)
      let gram = covariance * ordinaryWeight + k.T.matmul(k)  // [I, I]
      let solved = gram.solve(k.T)  // [I, N]
      weight.add_(shifts.T.matmul(solved.T.to(dtype: .float32)))
    }
  }
}
