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

  /// Adds each of `shifts` `[P, d]` to what its key, of `keys` `[P, I]`, reads, in least squares against
  /// `ordinaryWeight` ordinary keys: W += Rᵀ K (λC + KᵀK + μK₀ᵀK₀)⁻¹.
  ///
  /// A key counts as its entry of `weights` says; `held` `[Q, I]` are keys K₀, of weight μ
  /// (`heldWeight`), which are to read what they did.
  func write(
    _ shifts: Tensor, at keys: Tensor, counting weights: [Float], holding held: Tensor?,
    heldWeight: Double, ordinaryWeight: Double
  ) {
    withoutGrad {
      let k = keys.to(dtype: .float64)
      let weighted = k * Tensor(weights).to(dtype: .float64).unsqueeze(-1)  // [P, I]
      var gram = covariance * ordinaryWeight + k.T.matmul(weighted)  // [I, I]
      if let held {
        let still = held.to(dtype: .float64)
        gram = gram + still.T.matmul(still) * heldWeight
      }
      let solved = gram.solve(weighted.T)  // [I, P]
      weight.add_(shifts.T.matmul(solved.T.to(dtype: .float32)))
    }
  }
}
