import Simulator
import TestSupport
import WireFormats

/// Feeds a format what no device should send: examples cut off at every byte, and with some of their bytes changed.
///
/// A format that trapped would end the tests; that it reads no byte too many is for the fuzzer to see.
func readHostile(_ format: some WireFormat, examples: [[UInt8]], changes: Int = 200, seed: UInt64) {
  var random = RandomSource(seed: seed)
  let records = FieldRecords()
  func read(_ bytes: some Collection<UInt8>) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    records.removeAll()
    if let refusal = format.read(UnsafeRawBufferPointer(memory), into: records) {
      precondition(!refusal.detail.isEmpty)
    }
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
}
