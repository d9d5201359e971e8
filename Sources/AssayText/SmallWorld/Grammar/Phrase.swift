/// A frame and a noun chosen for one relation.
struct Phrase: Sendable {
  var frame: Frame
  /// Index into the relation's nouns; nil for frames with a verb of their own.
  var noun: Int?
}
