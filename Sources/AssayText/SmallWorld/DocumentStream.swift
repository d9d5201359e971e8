import AssayCore

/// An endless, deterministic sequence of documents in a mixture of registers.
public struct DocumentStream: Sequence, IteratorProtocol, Sendable {
  private let world: SmallWorld
  private let split: Split
  private let registers: [Register]
  /// Running sums of the weights, the last one being the total.
  private let bounds: [Double]
  private var generator: SplitMix64
  private var positions: [Int]

  init(world: SmallWorld, weights: [Register: Double], split: Split, seed: UInt64) {
    self.world = world
    self.split = split
    registers = SmallWorld.registers.filter { (weights[$0] ?? 0) > 0 }
    precondition(
      !registers.isEmpty, "stream: expected a positive weight for some register, got \(weights)")
    var total = 0.0
    bounds = registers.map { register in
      total += weights[register] ?? 0
      return total
    }
    generator = SplitMix64(seed: seed).fork("stream")
    // Streams of different seeds read different stretches of each register.
    let start = Int(generator.next() >> 24)
    positions = registers.map { _ in start }
  }

  /// The next document; never nil.
  public mutating func next() -> Document? {
    let draw = generator.unit() * (bounds.last ?? 1)
    let place = bounds.firstIndex { draw < $0 } ?? bounds.count - 1
    let index = positions[place]
    positions[place] += 1
    return world.document(registers[place], index: index, split: split)
  }
}
