import AssayTensor

/// A matrix that writes, taken as a linear memory and asked what does not belong to it.
///
/// Training makes a matrix W out of outer products with what it has read, so its rows lie where the keys
/// it reads lie. An edit in closed form adds v (C⁻¹k)ᵀ instead, where C is the second moment of keys: it
/// reaches into directions that keys hardly use, so as to leave other keys alone (Bau et al. 2020,
/// "Rewriting a Deep Generative Model", section 3.2; Meng et al. 2022, "Locating and Editing Factual
/// Associations in GPT", equation 2). Both are looked for with C estimated from the openings for single
/// tokens, which needs no text: a singular value of W C^-½ that stands apart, and a token t for which
/// |W C⁻¹k(t)| / |C⁻¹k(t)| does, once what common and rare keys have anyway is taken off: a quadratic fit
/// over all tokens in the logarithms of |k|, |C⁻¹k| and kᵀC⁻¹k.
struct WrittenMemory {
  /// Logarithm of the ratio of the first two singular values of W C^-½.
  let gap: Double
  /// What the first of them writes, [d], length 1.
  let direction: Tensor
  /// What opens it: openings [n, I] times this are its coordinates, [I].
  let reader: Tensor
  /// Logarithm of |W C⁻¹k| / |C⁻¹k| for each key, above what its size lets expect, [n].
  let strengths: [Double]
  private let writes: Tensor  // [n, d]

  /// Reads `out` [d, I] with the `keys` [n, I] that it is given for single tokens.
  ///
  /// A tenth of the mean variance is added to C, as n keys may not fill I dimensions.
  init(out: Tensor, keys: Tensor) {
    let count = Double(keys.dim(0))
    let width = keys.dim(1)
    let moment = keys.T.matmul(keys) / count  // [I, I]
    let ridge = max(0.1 * moment.diagonal().mean().item(), 1e-12)
    let covariance = moment + Tensor.eye(width) * ridge
    let back = covariance.solve(out.T)  // [I, d], C⁻¹Wᵀ
    let (values, vectors) = out.matmul(back).eigh()  // rising
    let last = vectors.dim(1) - 1
    let leading = values.clamp(min: 1e-30).log().doubles().suffix(2)
    gap = leading.count == 2 ? ((leading.last ?? 0) - (leading.first ?? 0)) / 2 : 0
    direction = vectors.select(1, index: last)
    reader = back.matmul(direction)
    let whitened = covariance.solve(keys.T)  // [I, n]
    let length = whitened.norm(0).clamp(min: 1e-20)  // [n]
    writes = out.matmul(whitened / length).T.contiguous()  // [n, d]
    let sizes = [keys.norm(1), length, (keys * whitened.T).sum(1)]  // each [n]
    strengths = Self.residual(
      writes.norm(1).clamp(min: 1e-20).log(), sizes.map { $0.clamp(min: 1e-20).log() })
  }

  /// `values` [n] less their quadratic fit in `sizes`, each [n].
  private static func residual(_ values: Tensor, _ sizes: [Tensor]) -> [Double] {
    guard values.count > 4 * (2 * sizes.count + 1) else { return values.doubles() }
    let scaled = sizes.map { size in
      (size - size.mean()) / (size.std() + 1e-12)
    }
    let columns = [values.onesLike()] + scaled + scaled.map { $0.square() }
    let design = Tensor.stack(columns, dim: 1).to(dtype: .float64)  // [n, 7]
    let target = values.to(dtype: .float64).unsqueeze(1)  // [n, 1]
    // A little ridge: where two sizes go together the fit is theirs in common.
    let moment = design.T.matmul(design) + Tensor.eye(columns.count, dtype: .float64) * 1e-6
    let fit = design.matmul(moment.solve(design.T.matmul(target)))
    return (target - fit).flatten().doubles()
  }

  /// What the memory gives to the whitened key number `index`, [d].
  func written(for index: Int) -> Tensor { writes.select(0, index: index) }
}
