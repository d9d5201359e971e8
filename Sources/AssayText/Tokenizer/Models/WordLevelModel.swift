/// A dictionary of whole words: what is not in it is unknown.
struct WordLevelModel: TokenModel {
  let tokens: [ByteString: UInt32]
  let unknown: UInt32

  func append(
    _ word: UnsafeBufferPointer<UInt8>, to ids: inout [UInt32], cache: WordCache
  ) {
    ids.append(tokens[ByteString(word)] ?? unknown)
  }
}
