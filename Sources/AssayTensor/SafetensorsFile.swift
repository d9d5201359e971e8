import AssayCore
import CTorch
import Foundation

/// A safetensors file, memory-mapped: tensors are views of the file, read when they are touched.
///
/// The whole header is checked on opening, so that a damaged or hostile file gives an error and
/// never a wrong tensor. Format: huggingface/safetensors.
public struct SafetensorsFile: Sendable {
  /// The file that was opened.
  public let url: URL
  /// Names of the tensors, sorted.
  public let names: [String]
  /// Free text that the writer left, such as `format: pt`.
  public let metadata: [String: String]

  let file: MappedFile
  let entries: [String: SafetensorsHeader.Entry]
  let dataStart: Int

  /// Opens and checks `url`.
  ///
  /// Throws `AssayError`: `.notFound`, `.unreadable`, `.corrupt` (with what is wrong), or
  /// `.unsupported` for a pickle or a dtype that is not read here.
  public init(_ url: URL) throws {
    let file = try MappedFile(url)
    let header = try SafetensorsHeader(
      file: UnsafeRawBufferPointer(file.bytes), path: url.lastPathComponent)
    self.url = url
    self.file = file
    names = header.entries.keys.sorted()
    metadata = header.metadata
    entries = header.entries
    dataStart = header.dataStart
  }

  /// Bytes of the whole file.
  public var byteCount: Int { file.bytes.count }

  /// Shape of the tensor called `name`; nil if there is none.
  public func shape(_ name: String) -> [Int]? { entries[name]?.shape }

  /// dtype of the tensor called `name`; nil if there is none.
  public func dtype(_ name: String) -> DType? { entries[name]?.dtype }

  /// Whether there is a tensor called `name`.
  public func contains(_ name: String) -> Bool { entries[name] != nil }

  /// The tensor called `name`, as a view of the mapping where its bytes are aligned for its dtype.
  ///
  /// Writing into the view changes private copies of its pages and never the file. The mapping lives
  /// as long as the last such tensor. Throws `.notFound` for an unknown name.
  public func tensor(_ name: String) throws -> Tensor {
    let entry = try entry(name)
    if entry.range.isEmpty { return .zeros(entry.shape, dtype: entry.dtype) }
    let range = dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound
    let bytes = UnsafeMutableRawBufferPointer(rebasing: file.bytes[range])
    guard let start = bytes.baseAddress, Int(bitPattern: start) % entry.dtype.size == 0,
      entry.dtype != .bool
    else {
      // Not aligned, or bools, of which only 0 and 1 are valid: a copy, which can be repaired.
      let copy = Tensor(
        bytes: UnsafeRawBufferPointer(bytes), shape: entry.shape,
        dtype: entry.dtype == .bool ? .uint8 : entry.dtype)
      return entry.dtype == .bool ? copy.ne(0) : copy
    }
    let owner = Unmanaged.passRetained(file)
    return Tensor.withInts(entry.shape) { sizes, rank in
      Tensor.make("SafetensorsFile.tensor", [], note: name) {
        atx_from_memory(
          start, sizes, rank, entry.dtype.rawValue,
          { context in
            if let context { Unmanaged<MappedFile>.fromOpaque(context).release() }
          }, owner.toOpaque(), $0)
      }
    }
  }

  func entry(_ name: String) throws -> SafetensorsHeader.Entry {
    if let entry = entries[name] { return entry }
    let near = names.prefix(3).joined(separator: ", ")
    throw AssayError(
      .notFound, "'\(url.lastPathComponent)' has no tensor '\(name)'",
      hint: names.isEmpty ? "the file is empty" : "it holds \(names.count), such as \(near)")
  }

  /// All tensors by name.
  public func tensors() throws -> [String: Tensor] {
    try Dictionary(uniqueKeysWithValues: names.map { ($0, try tensor($0)) })
  }
}
