import Simulator
import TestSupport
import Testing
import WireFormats

/// Feeds a format what no device should send: examples cut off at every byte, and with some of their bytes changed.
///
/// A format that trapped would end the tests; that it reads no byte too many is for the fuzzer to see.
func readHostile(
  _ format: some WireFormat, examples: [[UInt8]], changes: Int = 200, seed: UInt64,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var random = RandomSource(seed: seed)
  let records = FieldRecords()
  var (answers, unexplained) = (0, 0)
  func read(_ bytes: some Collection<UInt8>) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    records.removeAll()
    let refusal = format.read(UnsafeRawBufferPointer(memory), into: records)
    answers += 1
    if refusal?.detail.isEmpty == true { unexplained += 1 }
  }
  for example in examples {
    for length in 0...example.count { read(example[..<length]) }
    for _ in 0..<changes where !example.isEmpty {
      var bytes = example
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      read(bytes)
    }
  }
  #expect(answers > examples.count && unexplained == 0, sourceLocation: sourceLocation)
}
