import AssayCore
import CTorch
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension SafetensorsFile {
  /// Bytes that are read at a time where they cannot go straight to their place.
  static let pieceSize = 8 << 20

  /// Reads the tensor called `name` into `destination`, which has its shape, in `destination`'s dtype.
  ///
  /// The mapping is left alone: its pages would stay in memory beside the copy. Bytes go straight to
  /// their place where dtype and layout agree, otherwise through a buffer of 8 MB (at least one entry of
  /// the outermost dimension), so that a model that is loaded so costs its own size. Throws `.notFound`
  /// for an unknown name and `.corrupt` where the file has become shorter. Call it outside of recorded
  /// computations.
  public func read(_ name: String, into destination: Tensor) throws {
    let entry = try entry(name)
    precondition(
      destination.shape == entry.shape,
      "SafetensorsFile.read: expected \(entry.shape) for \(name), got \(destination.shape)")
    guard !entry.range.isEmpty else { return }
    let start = dataStart + entry.range.lowerBound
    if destination.dtype == entry.dtype, entry.dtype != .bool, destination.isContiguous,
      destination.device == .cpu
    {
      try fill(destination, from: start, count: entry.range.count)
      return
    }
    let rows = entry.shape.first ?? 1
    let rowSize = entry.range.count / rows
    let step = max(1, SafetensorsFile.pieceSize / rowSize)
    // Of the bytes of bools, only 0 and 1 are valid: they are read as numbers.
    let dtype = entry.dtype == .bool ? .uint8 : entry.dtype
    for row in stride(from: 0, to: rows, by: step) {
      let count = min(step, rows - row)
      let rest = entry.shape.dropFirst()
      let piece = Tensor.empty(entry.shape.isEmpty ? [] : [count] + rest, dtype: dtype)
      try fill(piece, from: start + row * rowSize, count: count * rowSize)
      let place =
        entry.shape.isEmpty ? destination : destination.narrow(0, start: row, length: count)
      place.copy_(entry.dtype == .bool ? piece.ne(0) : piece)
    }
  }

  /// Reads `count` bytes of the file from `offset` on into the memory of `tensor`.
  private func fill(_ tensor: Tensor, from offset: Int, count: Int) throws {
    var memory: UnsafeMutableRawPointer?
    Tensor.run("SafetensorsFile.read", [tensor]) { atx_data(tensor.handle, &memory) }
    guard let memory else { return }
    var done = 0
    while done < count {
      let got = pread(file.descriptor, memory + done, count - done, off_t(offset + done))
      if got > 0 {
        done += got
      } else if got == 0 {
        throw AssayError(
          .corrupt, "'\(url.path)' became shorter while it was read",
          hint: "do not write to a model that is being loaded; copy or download it again")
      } else if errno != EINTR {
        let reason = String(cString: strerror(errno)).lowercased()
        throw AssayError(.unreadable, "cannot read '\(url.path)': \(reason)")
      }
    }
    withExtendedLifetime(tensor) {}
  }
}
