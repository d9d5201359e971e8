import CTorch
import Foundation

/// An n-dimensional array of numbers with automatic differentiation, backed by libtorch.
///
/// A `Tensor` is a reference: `copy_`, `add_` and the other methods that end in an underscore change
/// the elements for everyone who holds the same tensor or a view of it; everything else gives a new
/// tensor. Memory is freed when the last reference goes.
///
/// Wrong shapes and dtypes are programmer errors: they trap with a message that names the operation,
/// the operands' shapes and what libtorch expected. A dimension may be negative and then counts from
/// the end. Two tasks may read one tensor at the same time; writing needs exclusion by the caller.
public final class Tensor: @unchecked Sendable {
  let handle: OpaquePointer

  /// Takes over one reference that the C side handed out.
  init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { atx_free(handle) }

  /// Runs one C call that gives one tensor; traps with a full explanation where it fails.
  @inline(__always)
  static func make(
    _ operation: StaticString, _ operands: @autoclosure () -> [Tensor],
    note: @autoclosure () -> String? = nil,
    _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) -> Tensor {
    var out: OpaquePointer?
    if body(&out) == 0, let out { return Tensor(owning: out) }
    tensorFailure(operation, operands(), note: note())
  }

  /// The same for a call that gives two tensors.
  @inline(__always)
  static func makeTwo(
    _ operation: StaticString, _ operands: @autoclosure () -> [Tensor],
    _ body: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) -> (Tensor, Tensor) {
    var first: OpaquePointer?
    var second: OpaquePointer?
    if body(&first, &second) == 0, let first, let second {
      return (Tensor(owning: first), Tensor(owning: second))
    }
    tensorFailure(operation, operands())
  }

  /// The same for a call that gives no tensor.
  @inline(__always)
  static func run(
    _ operation: StaticString, _ operands: @autoclosure () -> [Tensor],
    note: @autoclosure () -> String? = nil, _ body: () -> Int32
  ) {
    if body() != 0 { tensorFailure(operation, operands(), note: note()) }
  }

  /// The same for a call that answers yes or no.
  @inline(__always)
  static func ask(
    _ operation: StaticString, _ operands: @autoclosure () -> [Tensor],
    _ body: (UnsafeMutablePointer<Bool>) -> Int32
  ) -> Bool {
    var answer = false
    if body(&answer) != 0 { tensorFailure(operation, operands()) }
    return answer
  }

  /// Calls `body` with `values` as the C side wants them, without a heap allocation.
  @inline(__always)
  static func withInts<R>(_ values: [Int], _ body: (UnsafePointer<Int64>?, Int64) -> R) -> R {
    values.withUnsafeBytes { raw in
      body(raw.assumingMemoryBound(to: Int64.self).baseAddress, Int64(values.count))
    }
  }

  /// Calls `body` with the handles of `tensors`, which stay alive meanwhile.
  @inline(__always)
  static func withHandles<R>(
    _ tensors: [Tensor], _ body: (UnsafePointer<OpaquePointer?>?, Int64) -> R
  ) -> R {
    let handles = tensors.map { Optional($0.handle) }
    return withExtendedLifetime(tensors) {
      handles.withUnsafeBufferPointer { body($0.baseAddress, Int64(tensors.count)) }
    }
  }
}

/// Traps, naming the operation, its operands and libtorch's reason.
func tensorFailure(
  _ operation: StaticString, _ operands: [Tensor], note: String? = nil
) -> Never {
  // Copied first: describing the operands calls into C as well.
  let reason = lastTensorError()
  var text = "\(operation): \(reason)"
  if !operands.isEmpty {
    text += "\n  got: " + operands.map(\.signature).joined(separator: ", ")
  }
  if let note { text += "\n  with \(note)" }
  fatalError(text)
}

/// libtorch's reason for this thread's last failure, first line only.
func lastTensorError() -> String {
  guard let text = atx_error() else { return "unknown failure" }
  let whole = String(cString: text)
  let line = whole.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
  return line.isEmpty ? "unknown failure" : line
}
