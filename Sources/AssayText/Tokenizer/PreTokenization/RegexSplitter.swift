import AssayCore
import CPCRE2

/// A Unicode regular expression that cuts text into the pieces it matches and the gaps between them.
///
/// Compiled once by PCRE2 with its just-in-time compiler; matching is safe from many threads. Patterns
/// mean what they mean to Oniguruma, which the `tokenizers` library uses (see `RegexSpelling`).
final class RegexSplitter: @unchecked Sendable {
  /// GPT-2's pattern: contractions, then letters, digits or signs with one space before, then spaces.
  static let gpt2Pattern =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  // Immutable once compiled, and PCRE2 keeps what a match changes in the match data: hence Sendable.
  private let code: OpaquePointer

  /// Compiles `pattern`; throws `AssayError(.unsupported)` with PCRE2's reason where it cannot.
  init(_ pattern: String) throws {
    let bytes = Array(try RegexSpelling.pcre2(pattern).utf8)
    var error: Int32 = 0
    var offset = 0
    guard
      let code = pcre2_compile_8(
        bytes, bytes.count,
        PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | UInt32(PCRE2_NEVER_BACKSLASH_C), &error,
        &offset, nil)
    else {
      var message = [UInt8](repeating: 0, count: 256)
      let length = max(0, Int(pcre2_get_error_message_8(error, &message, message.count)))
      let reason = String(decoding: message.prefix(length), as: UTF8.self)
      throw AssayError(
        .unsupported, "cannot compile the split pattern '\(pattern.prefix(200))': \(reason)",
        hint: "only patterns in the syntax of PCRE2 can be used")
    }
    self.code = code
    // Without the just-in-time compiler (it may be missing on a platform) matching is slower, not other.
    _ = pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE)
  }

  deinit { pcre2_code_free_8(code) }

  /// Calls `body(start, end, isMatch)` for each piece of `text` (valid UTF-8), in order, without gaps.
  ///
  /// An empty match is given as one, with equal ends. Where a pattern backtracks beyond PCRE2's
  /// limits, the rest of the text is one piece.
  func forEachPiece(
    in text: UnsafeBufferPointer<UInt8>, _ body: (Int, Int, Bool) throws -> Void
  ) rethrows {
    if let known = RegexStandIns.shared.replacing(in: text) {
      try known.withUnsafeBufferPointer { try forEachMatch(in: $0, body) }
    } else {
      try forEachMatch(in: text, body)
    }
  }

  private func forEachMatch(
    in text: UnsafeBufferPointer<UInt8>, _ body: (Int, Int, Bool) throws -> Void
  ) rethrows {
    guard let base = text.baseAddress, !text.isEmpty else { return }
    // One match data per call: this is what makes concurrent use safe.
    guard let match = pcre2_match_data_create_8(1, nil) else {
      return try body(0, text.count, false)
    }
    defer { pcre2_match_data_free_8(match) }
    let pair = pcre2_get_ovector_pointer_8(match)
    var done = 0
    var search = 0
    var hasMatched = false
    while search <= text.count {
      var found = pcre2_match_8(
        code, base, text.count, search, UInt32(PCRE2_NO_UTF_CHECK), match, nil)
      if found == PCRE2_ERROR_JIT_STACKLIMIT {
        let options = UInt32(PCRE2_NO_UTF_CHECK) | PCRE2_NO_JIT
        found = pcre2_match_8(code, base, text.count, search, options, match, nil)
      }
      guard found >= 0, let pair else { break }
      let (start, end) = (pair[0], pair[1])
      // `\K` in a look-ahead can make a match end before it starts, or start where another was.
      guard end >= start, start >= done, !(hasMatched && start == end && end == done) else {
        // An empty match right after another match does not count: look on from the next character.
        search = max(search, end) + 1
        while search < text.count, text[search] & 0xC0 == 0x80 { search += 1 }
        continue
      }
      if start > done { try body(done, start, false) }
      try body(start, end, true)
      (done, search, hasMatched) = (end, end, true)
    }
    if done < text.count { try body(done, text.count, false) }
  }

  /// `text` as a pattern that matches just itself.
  static func quote(_ text: String) -> String {
    text.unicodeScalars.map { "\\x{" + String($0.value, radix: 16) + "}" }.joined()
  }
}
