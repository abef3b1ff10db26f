import DeviceCatalog
import FuzzDriver
import Telemetry

// libFuzzer feeds bytes: the first chooses a profile, the rest is a payload. Whatever it is, the decoder answers with
// readings or a reason, reads nothing beyond the padding it asks for, and leaves nothing behind for the next payload.

private let extraProfile = """
  profile: fuzz
  topics: ["fuzz/{site}"]
  payload: json
  device: /id
  time: { at: /ts, as: iso8601 }
  tags: { line: /line }
  metrics:
    - { name: fuzz_temperature, at: /a/0/t, kind: gauge, unit: "[degF]", scale: 0.1, missing: [-999, 9007199254740993] }
    - { name: fuzz_amount, at: /b~1c/d~0, kind: event, unit: kg, range: [-1e200, 1e200] }
    - { name: fuzz_mode, at: /mode, kind: state, states: { "": none, "1": one, "true": yes, "全": all } }
  """

private let catalogue: Catalogue = {
  let files =
    CatalogueFiles.builtIn.all + [CatalogueFiles.File(name: "fuzz.yaml", text: extraProfile, isBuiltIn: false)]
  do { return try Catalogue(CatalogueFiles(files)) } catch { fatalError("\(error)") }
}()

// libFuzzer calls on one thread.
nonisolated(unsafe) private let decoders = catalogue.profiles.map {
  PayloadDecoder($0, zone: .utc, maxPayloadBytes: 1 << 20)
}

private let goodPayload = Array(#"{"id":"x","ts":"2025-11-21T04:40:00Z","mode":1}"#.utf8)

/// A payload in memory of just its size and padding, so that the address sanitizer sees each byte too many.
private func decode(_ payload: UnsafeRawBufferPointer, _ decoder: PayloadDecoder) -> PayloadDecoder.Refusal? {
  let memory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: payload.count + PayloadDecoder.padding, alignment: 1)
  defer { memory.deallocate() }
  memory.copyMemory(from: payload)
  return decoder.decode(UnsafeRawBufferPointer(rebasing: memory[..<payload.count]))
}

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDecoder(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start, count > 0 else { return 0 }
  let decoder = decoders[Int(start[0]) % decoders.count]
  let refusal = decode(UnsafeRawBufferPointer(start: start + 1, count: count - 1), decoder)
  precondition(refusal == nil || !refusal!.detail.isEmpty)
  for value in decoder.values {
    let metric = decoder.profile.metrics[value.metric]
    guard value.quality == .good else { continue }
    precondition(abs(value.value) <= 1e150, "\(value)")
    if metric.kind == .state { precondition(metric.states.names.indices.contains(Int(value.value)), "\(value)") }
    if let range = metric.range, metric.scale == 1, metric.unit?.factor == 1, metric.unit?.offset == 0 {
      precondition(range.contains(value.value), "\(value)")
    }
  }
  for tag in decoder.tags(captures: [:]) { precondition(Identifier.isValid(tag.value)) }
  _ = decoder.tagFingerprint(seed: 1)
  _ = decoder.deviceInPayload
  // The next payload is decoded as if nothing had been before.
  precondition(goodPayload.withUnsafeBytes { decode($0, decoders.last!) } == nil)
  precondition(decoders.last!.values.count == 1 && decoders.last!.values[0].value == 1)
  return 0
}

@main
enum FuzzDecoder {
  static func main() {
    fuzz({ fuzzDecoder($0, $1) })
  }
}
