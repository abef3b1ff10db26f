import Foundation
import FuzzDriver

@testable import DurableSQLite
@testable import Ingest
@testable import Storage
@testable import Telemetry

// libFuzzer feeds bytes: the first chooses what they stand for in a file of the gateway's, `F` a journal row's frames,
// `S` a sample block, `W` a window's detail. What can be read is read again from what is written of it, what cannot is
// refused, and nothing is read beyond the bytes.

/// The bytes in memory of just their size, so that the address sanitizer sees each byte too many.
private func inOwnMemory(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
  defer { memory.deallocate() }
  memory.copyMemory(from: bytes)
  body(UnsafeRawBufferPointer(memory))
}

// MARK: Frames

private func checkFrames(_ bytes: UnsafeRawBufferPointer) {
  var offset = 0
  var count: Int64 = 0
  while let length = MessageFrame.length(at: offset, in: bytes) {
    check(MessageFrame(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])))
    offset += length
    count += 1
  }
  let checksum = Int64(bitPattern: ContentHash.of(bytes))
  let batch = try? JournalBatch(first: 7, last: 6 + max(1, count), checksum: checksum, bytes: Data(bytes), path: "")
  precondition((batch != nil) == (count > 0 && offset == bytes.count))
  precondition((try? JournalBatch(first: 7, last: 7 + count, checksum: checksum, bytes: Data(bytes), path: "")) == nil)
  var next: UInt64 = 7
  batch?.forEachFrame(trailingBytes: 64) { sequence, frame in
    precondition(sequence == next && !frame.bytes.isEmpty)
    next += 1
  }
  precondition(batch == nil || next == 7 + UInt64(count))
}

private func check(_ frame: MessageFrame) {
  let message = IncomingMessage(
    topic: frame.topic, payload: frame.payload, receivedAt: frame.receivedAt, contentHash: frame.contentHash,
    packetID: frame.packetID, flags: frame.flags)
  precondition(message.frameBytes == frame.bytes.count)
  let written = UnsafeMutableRawBufferPointer.allocate(byteCount: message.frameBytes, alignment: 8)
  defer { written.deallocate() }
  message.write(to: written)
  // Three bytes behind the flags mean nothing.
  precondition(written[..<29].elementsEqual(frame.bytes[..<29]) && written[32...].elementsEqual(frame.bytes[32...]))
}

// MARK: Samples

private func checkSamples(_ bytes: UnsafeRawBufferPointer) {
  for series in (0..<4).map({ SeriesID(rawValue: $0) }) {
    guard let samples = SampleBlock.samples(of: series, start: 60, in: bytes), !samples.isEmpty else { continue }
    var builder = SampleBlock.Builder(start: 60, bucket: 0)
    builder.beginRun(of: series, count: samples.count)
    for sample in samples { builder.append(sample) }
    guard let block = builder.finish() else { preconditionFailure() }
    block.bytes.withUnsafeBytes { written in
      let again = SampleBlock.samples(of: series, start: 60, in: written) ?? []
      precondition(again.map(\.time) == samples.map(\.time))
      precondition(again.map(\.value.bitPattern) == samples.map(\.value.bitPattern))
      let other = SampleBlock.samples(of: SeriesID(rawValue: series.rawValue + 1), start: 60, in: written)
      precondition(other?.isEmpty == true)
    }
  }
}

// MARK: Windows

private func readWindow(_ bytes: UnsafeRawBufferPointer) -> WindowState? {
  var state = WindowState()
  do {
    try WindowDetail.read(bytes, into: &state)
    return state
  } catch {
    guard case .damaged(let sentence)? = error as? DatabaseFailure, !sentence.isEmpty else {
      preconditionFailure("\(error)")
    }
    return nil
  }
}

private func checkWindow(_ bytes: UnsafeRawBufferPointer) {
  guard let state = readWindow(bytes) else { return }
  var (written, again): ([UInt8], [UInt8]) = ([], [])
  WindowDetail.write(state, to: &written)
  guard let second = written.withUnsafeBytes(readWindow) else { preconditionFailure("\(written)") }
  WindowDetail.write(second, to: &again)
  precondition(written == again)
  precondition(second.aggregate.sketch == state.aggregate.sketch && second.badCounts == state.badCounts)
  // What the store does with windows: make longer ones of them, and ask them.
  for kind in MetricKind.allCases {
    let rule = SeriesRule(kind: kind, wantsQuantiles: true)
    var whole = WindowState(aggregate: Aggregate(TimedValue(time: Timestamp(seconds: 1), value: 1), rule))
    for _ in 0..<3 { whole.join(state, rule) }
  }
  if let sketch = state.aggregate.sketch {
    let quantiles = [0, 0.5, 0.99, 1].compactMap(sketch.quantile)
    precondition(quantiles == quantiles.sorted() && quantiles.isEmpty == (sketch.count == 0), "\(quantiles)")
  }
}

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzStored(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start, count > 0 else { return 0 }
  inOwnMemory(UnsafeRawBufferPointer(start: start + 1, count: count - 1)) { bytes in
    switch start[0] {
    case UInt8(ascii: "F"): checkFrames(bytes)
    case UInt8(ascii: "S"): checkSamples(bytes)
    case UInt8(ascii: "W"): checkWindow(bytes)
    default: break
    }
  }
  return 0
}

@main
enum FuzzStored {
  static func main() {
    fuzz({ fuzzStored($0, $1) })
  }
}
