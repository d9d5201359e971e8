import AssayTensor
import Foundation

/// On which grid of numbers a matrix lies, and what is left when it is put on a coarser one.
///
/// A base that was stored in bfloat16 lies on bfloat16's grid. What somebody added in float32 afterwards is
/// the distance from that grid, as long as it is smaller than half a step; beyond that it wraps around. The
/// distance of a matrix that was never rounded is noise without structure. Once its rows and columns are
/// brought to one length the greatest singular value of such noise is known (Marchenko and Pastur 1967); low
/// rank stands above it.
struct StorageGrid {
  /// The narrowest of bfloat16, float16 and float32 that holds every element.
  let dtype: DType
  /// Share of elements that bfloat16 does not hold.
  let offShare: Double
  /// Singular values of the distance from bfloat16's grid that noise of its size would not have.
  let rank: Int
  /// Share of the distance's energy in those.
  let energy: Double

  /// Looks at `matrix` [m, n], float32.
  init(_ matrix: Tensor) {
    let rounded = matrix.to(dtype: .bfloat16).to(dtype: .float32)
    let distance = matrix - rounded
    offShare = distance.ne(0).to(dtype: .float32).mean().item()
    guard offShare > 0 else {
      (dtype, rank, energy) = (.bfloat16, 0, 0)
      return
    }
    let half = matrix.to(dtype: .float16).to(dtype: .float32)
    dtype = half.isEqual(to: matrix) ? .float16 : .float32
    let rows = distance / distance.norm(1, keep: true).clamp(min: 1e-30)
    let even = rows / rows.norm(0, keep: true).clamp(min: 1e-30)
    let spectrum = Spectrum(even)
    let total = spectrum.values.reduce(0) { $0 + $1 * $1 }
    let (m, n) = (Double(matrix.dim(0)), Double(matrix.dim(1)))
    let deviation = (total / (m * n)).squareRoot()
    let edge = deviation * (m.squareRoot() + n.squareRoot())
    // The edge of finite matrices scatters by the two-thirds power of their size (Johnstone 2001).
    let above = spectrum.values.filter { $0 > edge * (1 + 4 * pow(min(m, n), -2.0 / 3)) }
    rank = above.count
    energy = total > 0 ? above.reduce(0) { $0 + $1 * $1 } / total : 0
  }
}
