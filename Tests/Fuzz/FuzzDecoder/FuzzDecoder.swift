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
nonisolated(unsafe) private let decoders = DecoderSet(catalogue.profiles, zone: .utc, maxPayloadBytes: 1 << 20)

private let goodPayload = Array(#"{"id":"x","ts":"2025-11-21T04:40:00Z","mode":1}"#.utf8)

/// A payload in memory of just its size and padding, so that the address sanitizer sees each byte too many.
private func decode(
  _ payload: UnsafeRawBufferPointer, _ profile: Int, _ body: (PayloadDecoder, PayloadDecoder.Refusal?) -> Void
) {
  let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: payload.count + DecoderSet.padding, alignment: 1)
  defer { memory.deallocate() }
  memory.copyMemory(from: payload)
  let bytes = UnsafeRawBufferPointer(rebasing: memory[..<payload.count])
  let (found, refusal) = decoders.decode(bytes, by: [profile])
  body(decoders.decoders[found], refusal)
}

private func check(_ value: DecodedValue, of metric: Metric) {
  guard value.quality == .good else { return }
  precondition(abs(value.value) <= 1e150, "\(value)")
  if metric.kind == .state { precondition(metric.states.names.indices.contains(Int(value.value)), "\(value)") }
  if let range = metric.range, metric.scale == 1, metric.unit?.factor == 1, metric.unit?.offset == 0 {
    precondition(range.contains(value.value), "\(value)")
  }
}

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDecoder(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start, count > 0 else { return 0 }
  let payload = UnsafeRawBufferPointer(start: start + 1, count: count - 1)
  decode(payload, Int(start[0]) % decoders.decoders.count) { decoder, refusal in
    precondition(refusal == nil || !refusal!.detail.isEmpty)
    for value in decoder.values { check(value, of: decoder.profile.metrics[value.metric]) }
    for record in decoder.records {
      precondition(!record.values.isEmpty)
      for tag in decoder.tags(of: record, captures: [:]) { precondition(Identifier.isValid(tag.value)) }
      _ = decoder.tagFingerprint(of: record, seed: 1)
      _ = decoder.device(of: record, captures: [:])
      _ = decoder.messageIdentity(of: record)
    }
  }
  // The next payload is decoded as if nothing had been before.
  goodPayload.withUnsafeBytes { payload in
    decode(payload, decoders.decoders.count - 1) { decoder, refusal in
      precondition(refusal == nil && decoder.values.count == 1 && decoder.values[0].value == 1)
    }
  }
  return 0
}

@main
enum FuzzDecoder {
  static func main() {
    fuzz({ fuzzDecoder($0, $1) })
  }
}
