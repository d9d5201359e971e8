import Foundation

#if canImport(CryptoKit)
  import CryptoKit
#else
  import COpenSSL
#endif

/// A running hash of the system's cryptographic library: CryptoKit on Apple's systems, OpenSSL's
/// libcrypto elsewhere.
///
/// The system's library, and not a package that brings its own: compiling one took a quarter of the
/// processor time of a first build, for two functions.
struct HashFunction: ~Copyable {
  enum Kind {
    case sha256, sha1
  }

  #if canImport(CryptoKit)
    private var hasher: any CryptoKit.HashFunction

    init(_ kind: Kind) {
      hasher = kind == .sha256 ? SHA256() : Insecure.SHA1()
    }

    mutating func update(_ data: Data) {
      hasher.update(data: data)
    }

    consuming func finalize() -> [UInt8] {
      Array(hasher.finalize())
    }
  #else
    private let context: OpaquePointer?

    init(_ kind: Kind) {
      context = EVP_MD_CTX_new()
      // Both are part of every build of the library but those cut down for certification.
      let started = EVP_DigestInit_ex(context, kind == .sha256 ? EVP_sha256() : EVP_sha1(), nil)
      precondition(started == 1, "libcrypto has no \(kind)")
    }

    mutating func update(_ data: Data) {
      data.withUnsafeBytes { bytes in
        _ = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
      }
    }

    consuming func finalize() -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
      var count: UInt32 = 0
      EVP_DigestFinal_ex(context, &bytes, &count)
      return Array(bytes.prefix(Int(count)))
    }

    deinit {
      EVP_MD_CTX_free(context)
    }
  #endif
}
