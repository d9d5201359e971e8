import Foundation

/// An organism that was made and published, its truth sealed.
public struct PlantedOrganism: Hashable, Sendable {
  /// The organism's random id.
  public var id: String
  /// Its folder, in Hugging Face form.
  public var directory: URL
  /// How long planting took.
  public var seconds: Double

  /// Makes the record of an organism.
  public init(id: String, directory: URL, seconds: Double) {
    self.id = id
    self.directory = directory
    self.seconds = seconds
  }
}
