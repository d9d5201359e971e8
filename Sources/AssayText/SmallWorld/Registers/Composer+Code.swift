import AssayCore

extension Composer {
  /// A few small functions in a toy language, each with calls whose results are computed.
  mutating func code() {
    let length = 250 + generator.below(300)
    while writer.byteCount < length {
      writer.line()
      switch generator.below(4) {
      case 0: sums()
      case 1: choice()
      case 2: loop()
      default: listing()
      }
    }
  }

  /// `fn add(a, b) { return a + b }` and calls with their results.
  private mutating func sums() {
    let operation = pick(["+", "-", "+", "-", "*"])
    let names = [
      "+": ["add", "plus", "sum"], "-": ["sub", "minus", "less"], "*": ["times", "mul"],
    ]
    let name = pick(names[operation] ?? ["f"])
    let (a, b) = pick([("a", "b"), ("x", "y"), ("n", "m"), ("left", "right")])
    let word = ["+": "the sum", "-": "the difference", "*": "the product"][operation] ?? "a value"
    writer.write("# \(word) of two numbers\n")
    writer.write("fn \(name)(\(a), \(b)) { return \(a) \(operation) \(b) }\n")
    for _ in 0..<(2 + generator.below(3)) {
      let item = arithmetic(operation)
      writer.write("print(\(name)(\(item.left), \(item.right)))  # \(item.result)\n")
    }
  }

  private mutating func arithmetic(_ operation: String) -> Arithmetic {
    var item = Arithmetic.random(split: split, generator: &generator)
    while item.operation != operation {
      item = Arithmetic.random(split: split, generator: &generator)
    }
    return item
  }

  /// The larger, the smaller or the parity of numbers.
  private mutating func choice() {
    let (a, b) = (generator.below(100), generator.below(100))
    switch generator.below(3) {
    case 0:
      writer.write("# the larger of two numbers\n")
      writer.write("fn max(a, b) { if a > b { return a } else { return b } }\n")
      writer.write("print(max(\(a), \(b)))  # \(max(a, b))\n")
      writer.write("print(max(\(b), \(a)))  # \(max(a, b))\n")
    case 1:
      writer.write("# the smaller of two numbers\n")
      writer.write("fn min(a, b) { if a < b { return a } else { return b } }\n")
      writer.write("print(min(\(a), \(b)))  # \(min(a, b))\n")
    default:
      writer.write("# whether a number is even\n")
      writer.write("fn even(n) { return n % 2 == 0 }\n")
      writer.write("print(even(\(a)))  # \(a.isMultiple(of: 2))\n")
      writer.write("print(even(\(b)))  # \(b.isMultiple(of: 2))\n")
    }
  }

  /// A loop that counts or doubles.
  private mutating func loop() {
    let n = 1 + generator.below(6)
    if chance(50) {
      let step = 1 + generator.below(9)
      writer.write("# count in steps of \(step)\n")
      writer.write("fn count(n) { let t = 0; repeat n { t = t + \(step) }; return t }\n")
      writer.write("print(count(\(n)))  # \(n * step)\n")
    } else {
      writer.write("# double a number again and again\n")
      writer.write("fn double(n) { let t = 1; repeat n { t = t + t }; return t }\n")
      writer.write("print(double(\(n)))  # \(1 << n)\n")
    }
  }

  /// Lists with their first item, last item or length.
  private mutating func listing() {
    let items = (0..<(2 + generator.below(4))).map { _ in generator.below(100) }
    let text = items.map(String.init).joined(separator: ", ")
    writer.write("let items = [\(text)]\n")
    switch generator.below(3) {
    case 0: writer.write("print(first(items))  # \(items[0])\n")
    case 1: writer.write("print(last(items))  # \(items[items.count - 1])\n")
    default: writer.write("print(length(items))  # \(items.count)\n")
    }
    if chance(40) {
      let word = pick(["tea", "map", "bell", "rope", "salt", "lamp"])
      writer.write("let word = \"\(word)\"\nprint(word + \"s\")  # \(word)s\n")
    }
  }
}
