/// Makes a program of a definition, and finds what cannot be right in it.
struct LayoutCompiler {
  var blocks: [Range<Int>] = []
  var steps: [CompiledStep] = []
  var fields: [CompiledField] = []
  var slices: [CompiledSlice] = []
  var times: [CompiledTime] = []
  var pieces: [NamePiece] = []
  var patterns: [UInt64] = []
  var constants: [CompiledConstant] = []
  var checksums: [LayoutChecksum] = []
  var selects: [CompiledSelect] = []
  var repeats: [CompiledRepeat] = []
  var streams: [CompiledStream] = []
  var heads: [LayoutStream.Head] = []
  var cases: [CompiledCase] = []
  var nameBytes: [UInt8] = []
  var slots: [String: Int] = [:]

  /// Of the step that is compiled.
  var origin = 0
  /// Names that a step behind them may ask for, with their fields.
  var numbers: [String: [Int]] = [:]
  var needsRoundNumber = false
  private var depth = 0
  private var stepCount = 0
  var isInRepeat = false
  var isInChannel = false

  static func compile(_ definition: LayoutDefinition) throws(LayoutFault) -> LayoutProgram {
    var compiler = LayoutCompiler()
    var standard: Int?
    if let steps = definition.standard { standard = try compiler.topBlock(steps) }
    var ports: [UInt8: Int] = [:]
    for (port, steps) in definition.ports.sorted(by: { $0.key < $1.key }) {
      ports[port] = try compiler.topBlock(steps)
    }
    guard standard != nil || !ports.isEmpty else {
      throw LayoutFault(0, "a layout has fields, for all ports or for some")
    }
    return LayoutProgram(compiler, standard: standard, ports: ports)
  }

  /// A block that knows nothing of the fields of the one before.
  private mutating func topBlock(_ steps: [LayoutStep]) throws(LayoutFault) -> Int {
    numbers = [:]
    return try block(steps)
  }

  /// The steps of a block stand together: those of blocks within it come before.
  mutating func block(_ definition: [LayoutStep]) throws(LayoutFault) -> Int {
    depth += 1
    defer { depth -= 1 }
    guard depth <= BinaryLayout.deepestNesting else {
      throw fault("blocks of fields are at most \(BinaryLayout.deepestNesting) deep in each other")
    }
    stepCount += definition.count
    guard stepCount <= BinaryLayout.mostSteps else {
      throw fault("a layout has at most \(BinaryLayout.mostSteps) steps")
    }
    var compiled: [CompiledStep] = []
    for step in definition {
      origin = step.origin
      compiled.append(try self.step(step.action))
    }
    steps += compiled
    blocks.append(steps.count - compiled.count..<steps.count)
    return blocks.count - 1
  }

  private mutating func step(_ action: LayoutStep.Action) throws(LayoutFault) -> CompiledStep {
    switch action {
    case .field(let field): .field(try self.field(field))
    case .skip(let bits):
      .skip(bits: try within(bits, 1...BinaryLayout.mostBytes * 8, "what is skipped has"))
    case .constant(let bytes, let place): .constant(try constant(bytes, place))
    case .checksum(let sum): .checksum(try checksum(sum))
    case .select(let select): .select(try self.select(select))
    case .repeats(let repeats): .repeats(try self.repeats(repeats))
    case .stream(let stream): .stream(try self.stream(stream))
    }
  }

  private mutating func constant(_ bytes: [UInt8], _ place: LayoutPlace) throws(LayoutFault) -> Int {
    guard !bytes.isEmpty else { throw fault("a constant has at least one byte") }
    constants.append(CompiledConstant(bytes: bytes, place: try self.place(place)))
    return constants.count - 1
  }

  private mutating func checksum(_ sum: LayoutChecksum) throws(LayoutFault) -> Int {
    _ = try place(sum.at)
    for edge in [sum.from, sum.to ?? sum.from] {
      guard edge != .next, edge != .same else { throw fault("the range of a checksum has places of their own") }
      _ = try place(edge)
    }
    guard sum.order == .big || sum.order == .little else { throw fault("a checksum is big or little endian") }
    checksums.append(sum)
    return checksums.count - 1
  }

  func place(_ place: LayoutPlace) throws(LayoutFault) -> LayoutPlace {
    switch place {
    case .next, .same: break
    case .bits(let offset): _ = try within(offset, 0...BinaryLayout.mostBytes * 8, "a place in bits is")
    case .beforeEnd(let bytes): _ = try within(bytes, 1...BinaryLayout.mostBytes, "a place before the end is")
    }
    return place
  }

  func within(_ number: Int, _ range: ClosedRange<Int>, _ what: String) throws(LayoutFault) -> Int {
    guard range.contains(number) else {
      throw fault("\(what) \(range.lowerBound) to \(range.upperBound), not \(number)")
    }
    return number
  }

  func fault(_ message: String) -> LayoutFault { LayoutFault(origin, message) }

  /// The slot of a number that stands before the step that asks for it; every field of that name fills it.
  mutating func slot(of name: String) throws(LayoutFault) -> Int {
    guard let sources = numbers[name] else {
      throw LayoutFault(
        origin, "no field '\(name)' with a whole number stands before this", unknown: name, known: numbers.keys.sorted()
      )
    }
    let slot = slots[name] ?? slots.count
    slots[name] = slot
    for index in sources { fields[index].slot = slot }
    return slot
  }
}
