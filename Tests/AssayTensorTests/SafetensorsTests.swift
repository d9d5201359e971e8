import AssayCore
import Foundation
import Testing

@testable import AssayTensor

@Suite struct SafetensorsTests {
  struct Expected: Codable {
    var shape: [Int]
    var values: [Double]
  }

  /// A file from its parts, with the header's true length unless another is given.
  private func file(header: String, data: Int, length: UInt64? = nil) -> Data {
    var bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Data($0) }
    bytes.append(Data(header.utf8))
    bytes.append(Data(repeating: 1, count: data))
    return bytes
  }

  /// Opens `data` as a file and gives the error.
  private func refusal(_ data: Data, name: String = "model.safetensors") throws -> AssayError {
    try withFolder { folder in
      let url = folder.appendingPathComponent(name)
      try data.write(to: url)
      return try #require(throws: AssayError.self) { try SafetensorsFile(url) }
    }
  }

  @Test func `a file of the reference writer is read, every dtype and every name`() throws {
    let expected = try JSONDecoder().decode(
      [String: Expected].self, from: Data(contentsOf: fixture("every-dtype.json")))
    let file = try SafetensorsFile(fixture("every-dtype.safetensors"))
    #expect(file.names == expected.keys.sorted())
    #expect(file.metadata == ["format": "pt"])
    for (name, values) in expected {
      let tensor = try file.tensor(name)
      #expect(tensor.shape == values.shape && file.shape(name) == values.shape)
      #expect(tensor.dtype == file.dtype(name))
      #expect(tensor.doubles() == values.values)
    }
    #expect(throws: AssayError.self) { try file.tensor("no such tensor") }
  }

  @Test func `what is written is read again, and written to the same bytes`() throws {
    try withFolder { folder in
      let generator = Generator(seed: 1)
      let tensors = [
        "b.weight": Tensor.randn([3, 5], generator: generator, dtype: .bfloat16),
        "a.weight": Tensor.randn([4, 2], generator: generator).T, "flags": Tensor([true, false]),
        "odd \"näme\"\n/": Tensor([1, 2, 3]).to(dtype: .uint8), "empty": Tensor.zeros([2, 0]),
        "scalar": Tensor.scalar(4, dtype: .float64),
      ]
      let metadata = ["format": "pt", "by": "assay/1"]
      let urls = ["one", "two"].map { folder.appendingPathComponent("\($0).safetensors") }
      for url in urls { try Safetensors.write(tensors, metadata: metadata, to: url) }
      let bytes = try urls.map { try Data(contentsOf: $0) }
      #expect(bytes[0] == bytes[1])
      let length = bytes[0].withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
      #expect(length % 8 == 0)
      let file = try SafetensorsFile(urls[0])
      #expect(file.metadata == metadata)
      #expect(file.names == tensors.keys.sorted())
      for (name, tensor) in tensors { #expect(try file.tensor(name).isEqual(to: tensor)) }
      try Safetensors.write(file.tensors(), metadata: metadata, to: urls[1])
      #expect(try Data(contentsOf: urls[1]) == bytes[0])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
    }
  }

  @Test func `a tensor outlives its file, and writing into it leaves the file alone`() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      try Safetensors.write(["x": Tensor.arange(4)], to: url)
      let before = try Data(contentsOf: url)
      let tensor = try SafetensorsFile(url).tensor("x")
      tensor.add_(10)
      #expect(try Data(contentsOf: url) == before)
      try FileManager.default.removeItem(at: url)
      #expect(tensor.ints() == [10, 11, 12, 13])
    }
  }

  @Test func `a tensor that is not aligned is read through a copy`() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      let header = #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
      #expect((8 + header.utf8.count) % 4 != 0)
      try file(header: header, data: 8).write(to: url)
      let value = Float(bitPattern: 0x0101_0101)
      #expect(try SafetensorsFile(url).tensor("x").floats() == [value, value])
    }
  }

  @Test(
    arguments: [
      (#"[]"#, 0, "not an object"),
      (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, 8, "expected '}'"),
      (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x"#, 8, "closing brace"),
      (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}"#, 8, "ends at byte 12 of 8"),
      (#"{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, "takes 12 bytes"),
      (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9, "follow the last tensor"),
      (#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "nothing covers"),
      (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "data_offsets"),
      (#"{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, "whole number"),
      (#"{"x":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#, 8, "expected ']'"),
      (#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}"#, 8, "whole"),
      (#"{"x":{"dtype":"F32","shape":[4611686018427387904,8],"data_offsets":[0,0]}}"#, 0, "large"),
      (#"{"x":{"dtype":"F32","shape":[0,4611686018427387904],"data_offsets":[0,0]}}"#, 0, "large"),
      (#"{"x":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, 8, "'F31'"),
      (#"{"x":{"dtype":"F32","shape":[2]}}"#, 8, "lacks"),
      (#"{"x":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 8, "repeated"),
      (
        #"{"x":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"I8","shape":[1],"data_offsets":[1,2]}}"#,
        2, "twice"
      ),
      (
        #"{"x":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"I8","shape":[2],"data_offsets":[1,3]}}"#,
        3, "overlaps"
      ),
      (#"{"__metadata__":{"a":1}}"#, 0, "expected '\"'"),
      (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, "twice"),
      (#"{"\ud800":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#, 1, "not valid"),
    ] as [(String, Int, String)])
  func `a damaged header is named as what it is`(
    _ header: String, _ data: Int, _ reason: String
  ) throws {
    let error = try refusal(file(header: header, data: data))
    #expect(error.code == .corrupt)
    #expect(error.message.contains(reason), "\(error)")
    #expect(error.message.contains("model.safetensors") && error.hint != nil)
  }

  @Test func `impossible lengths, missing files, folders and pickles are refused`() throws {
    #expect(try refusal(Data()).message.contains("at least 8 bytes"))
    #expect(try refusal(Data(repeating: 0, count: 7)).code == .corrupt)
    #expect(try refusal(file(header: "{}", data: 0, length: 3)).message.contains("only 2"))
    #expect(try refusal(file(header: "{}", data: 0, length: .max)).message.contains("is over"))
    let zip = Data("PK\u{3}\u{4}archive/data.pkl".utf8)
    for pickle in [zip, Data([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20])] {
      let error = try refusal(pickle, name: "pytorch_model.bin")
      #expect(error.code == .unsupported)
      #expect(error.hint?.contains("safetensors.torch.save_file") == true)
    }
    let eight = #"{"x":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#
    #expect(try refusal(file(header: eight, data: 1)).code == .unsupported)
    try withFolder { folder in
      let missing = #expect(throws: AssayError.self) {
        try SafetensorsFile(folder.appendingPathComponent("none.safetensors"))
      }
      #expect(missing?.code == .notFound)
      let directory = #expect(throws: AssayError.self) { try SafetensorsFile(folder) }
      #expect(directory?.code == .unreadable)
    }
  }

  @Test func `thousands of damaged files give errors or tensors, and never end the process`() throws
  {
    let valid = try Data(contentsOf: fixture("every-dtype.safetensors"))
    let headerEnd = 8 + Int(valid.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    var random = SplitMix64(seed: 11)
    var refused = 0
    try withFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      for round in 0..<4000 {
        var bytes = valid
        for _ in 0...random.below(3) {
          // Most damage goes into the header: damaged numbers are just other numbers.
          let place = random.below(random.below(8) == 0 ? bytes.count : min(headerEnd, bytes.count))
          switch random.below(5) {
          case 0: bytes[place] ^= UInt8(1 << random.below(8))
          case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
          case 2: bytes[place] = Array("0123456789{}[]\",:-\\".utf8)[random.below(19)]
          case 3: bytes.remove(at: place)
          default: bytes.insert(Array("0123456789{}[]\",:-\\".utf8)[random.below(19)], at: place)
          }
        }
        if random.below(10) == 0 { bytes = bytes.prefix(random.below(bytes.count)) }
        do {
          // Most headers are read from memory; some go the whole way through a file.
          if round % 16 == 0 {
            try bytes.write(to: url)
            for (_, tensor) in try SafetensorsFile(url).tensors() { _ = tensor.doubles() }
          } else {
            try bytes.withUnsafeBytes { _ = try SafetensorsHeader(file: $0, path: "memory") }
          }
        } catch is AssayError {
          refused += 1
        }
      }
    }
    #expect(refused > 2000 && refused < 4000)
  }

  @Test func `a full disk leaves the old file, nothing half-written, and an error`() throws {
    try #require(FileManager.default.fileExists(atPath: "/dev/full"))
    try withFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      try Safetensors.write(["x": Tensor.ones([3])], to: url)
      let error = #expect(throws: AssayError.self) {
        try Safetensors.write(["x": Tensor.zeros([5])], metadata: [:], to: url) { temporary in
          // The temporary file exists, and every write to it fails with "no space left".
          _ = FileManager.default.createFile(atPath: temporary, contents: nil)
          return open("/dev/full", O_WRONLY)
        }
      }
      #expect(error?.code == .io && error?.message.contains("no space left") == true)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.safetensors"])
      #expect(try SafetensorsFile(url).tensor("x").floats() == [1, 1, 1])
      let nowhere = folder.appendingPathComponent("no/such/folder.safetensors")
      let second = #expect(throws: AssayError.self) {
        try Safetensors.write(["x": Tensor.ones([1])], to: nowhere)
      }
      #expect(second?.code == .io)
      #expect(throws: AssayError.self) {
        try Safetensors.write(["__metadata__": Tensor.ones([1])], to: url)
      }
    }
  }

  @Test func `tensors are read into their places, converted and transposed`() throws {
    try withFolder { folder in
      let generator = Generator(seed: 3)
      // Larger than what is read at a time, so that it comes in pieces.
      let large = Tensor.randn([1_201, 2_003], generator: generator)
      let tensors = [
        "large": large, "half": large.narrow(0, start: 0, length: 7).to(dtype: .bfloat16),
        "flags": Tensor([true, false, true]), "scalar": Tensor.scalar(4), "empty": .zeros([2, 0]),
      ]
      let url = folder.appendingPathComponent("model.safetensors")
      try Safetensors.write(tensors, to: url)
      let file = try SafetensorsFile(url)
      for name in file.names {
        let tensor = try #require(tensors[name])
        let same = Tensor.empty(tensor.shape, dtype: tensor.dtype)
        try file.read(name, into: same)
        #expect(same.isEqual(to: tensor), "\(name)")
        let wide = Tensor.empty(tensor.shape, dtype: .float64)
        try file.read(name, into: wide)
        #expect(wide.isEqual(to: tensor.to(dtype: .float64)), "\(name)")
      }
      let joined = Tensor.zeros([2_003, 1_300])
      try file.read("large", into: joined.narrow(1, start: 50, length: 1_201).transpose(0, 1))
      #expect(joined.narrow(1, start: 50, length: 1_201).T.isEqual(to: large))
      #expect(joined.narrow(1, start: 0, length: 50).amax().item() == 0)
      #expect(throws: AssayError.self) { try file.read("none", into: Tensor.scalar(0)) }
    }
  }

  @Test func `tensors are converted while they are written`() throws {
    try withFolder { folder in
      let large = Tensor.randn([1_201, 2_003], generator: Generator(seed: 4))
      let tensors = ["large": large.T, "ids": Tensor([1, 2, 3]), "scalar": Tensor.scalar(0.3)]
      let url = folder.appendingPathComponent("model.safetensors")
      try Safetensors.write(tensors, as: .bfloat16, to: url)
      let file = try SafetensorsFile(url)
      #expect(try file.tensor("large").isEqual(to: large.T.to(dtype: .bfloat16)))
      #expect(file.dtype("scalar") == .bfloat16 && file.dtype("ids") == .int64)
    }
  }

  @Test func `a file that becomes shorter while it is read is an error`() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      try Safetensors.write(["a": Tensor.zeros([4_096])], to: url)
      let file = try SafetensorsFile(url)
      let handle = try FileHandle(forWritingTo: url)
      try handle.truncate(atOffset: 4_096)
      try handle.close()
      let error = try #require(throws: AssayError.self) {
        try file.read("a", into: Tensor.empty([4_096]))
      }
      #expect(error.code == .corrupt && error.message.contains("shorter"))
    }
  }
}
