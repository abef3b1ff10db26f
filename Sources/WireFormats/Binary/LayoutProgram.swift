/// A layout made ready for reading: flat tables without references, its names in memory of their own.
///
/// Invariants
/// - Indices in the tables are of the tables: the compiler made them.
/// - Immutable, and so safe to share.
final class LayoutProgram: @unchecked Sendable {
  let standard: Int?
  let ports: [UInt8: Int]
  let blocks: [Range<Int>]
  let steps: [CompiledStep]
  let fields: [CompiledField]
  let slices: [CompiledSlice]
  let times: [CompiledTime]
  let pieces: [NamePiece]
  let patterns: [UInt64]
  let constants: [CompiledConstant]
  let checksums: [LayoutChecksum]
  let selects: [CompiledSelect]
  let repeats: [CompiledRepeat]
  let streams: [CompiledStream]
  let heads: [LayoutStream.Head]
  /// Of selections and streams, sorted by key within the range of each.
  let cases: [CompiledCase]
  let slotCount: Int
  private let names: UnsafeRawBufferPointer

  init(_ compiler: LayoutCompiler, standard: Int?, ports: [UInt8: Int]) {
    self.standard = standard
    self.ports = ports
    blocks = compiler.blocks
    steps = compiler.steps
    fields = compiler.fields
    slices = compiler.slices
    times = compiler.times
    pieces = compiler.pieces
    patterns = compiler.patterns
    constants = compiler.constants
    checksums = compiler.checksums
    selects = compiler.selects
    repeats = compiler.repeats
    streams = compiler.streams
    heads = compiler.heads
    cases = compiler.cases
    slotCount = compiler.slots.count
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: compiler.nameBytes.count, alignment: 1)
    memory.copyBytes(from: compiler.nameBytes)
    names = UnsafeRawBufferPointer(memory)
  }

  deinit { names.deallocate() }

  func name(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: names[range]) }

  /// The block of a key among cases sorted by it.
  func block(of key: UInt64, among range: Range<Int>) -> Int? {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = low + (high - low) / 2
      if cases[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low < range.upperBound && cases[low].key == key ? cases[low].block : nil
  }
}

/// Each with its index in its table.
enum CompiledStep {
  case field(Int)
  case skip(bits: Int)
  case constant(Int)
  case checksum(Int)
  case select(Int)
  case repeats(Int)
  case stream(Int)
}

/// A length with its slot in place of a name.
enum CompiledLength {
  case bytes(Int)
  case rest
  case slot(Int)
}

enum CompiledCoding {
  case unsigned, signed, signMagnitude, float, bcd, boolean
  case text(CompiledLength)
  case hexText(CompiledLength)
  case digits(CompiledLength)
  case time(Int)
}

struct CompiledSlice {
  let place: LayoutPlace
  let coding: CompiledCoding
  let order: LayoutOrder
  let bits: Int
  /// The lowest bit within the word; nil where the bits begin at the place.
  let bit: Int?
  /// What is taken from the payload: `bits`, or the bits of the word.
  let taken: Int
}

struct CompiledField {
  let name: Range<Int>
  let slice: CompiledSlice
  /// Among `slices`; empty where the field is one slice.
  let parts: Range<Int>
  let radix: Int64?
  /// Among `patterns`.
  let missing: Range<Int>
  let isOptional: Bool
  let epochSeconds: Int64
  /// Where its value is kept for later steps; nil where none asks for it.
  var slot: Int?
}

/// A stretch of a name.
enum NamePiece {
  /// In the memory of the names.
  case literal(Range<Int>)
  case round
  case channel
}

struct CompiledConstant {
  let bytes: [UInt8]
  let place: LayoutPlace
}

struct CompiledCase {
  let key: UInt64
  let block: Int
}

struct CompiledSelect {
  enum Source {
    case slot(Int)
    case length
    case port
  }

  let source: Source
  let shift: UInt64
  let mask: UInt64
  let cases: Range<Int>
  /// Nil where the payload is refused.
  let otherwise: Int?
}

struct CompiledRepeat {
  enum Count {
    case fixed(Int)
    case slot(Int)
    case untilEnd
  }

  struct History {
    let step: Int64?
    let isOldestFirst: Bool
    let fromSlot: Int?
  }

  let count: Count
  /// Nil where the rounds are numbered in the record around.
  let history: History?
  let firstNumber: Int
  let roundBits: Int?
  let leaveBits: Int
  let block: Int
}

struct CompiledStream {
  /// Among `heads`.
  let head: Range<Int>
  let order: LayoutOrder
  let types: Range<Int>
  let unknown: LayoutStream.Unknown
  let leaveBits: Int
}

/// The value of a field that a later step asks for.
struct LayoutSlot {
  var value: Int64?
}
