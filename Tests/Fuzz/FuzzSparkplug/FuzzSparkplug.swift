import FuzzDriver
import Sparkplug
import Telemetry
import WireFormats

// libFuzzer feeds bytes: messages of two nodes, each a byte for its topic, one for its length, and its payload. Whatever
// they are, the host application answers with records or a reason; and one that was restored from what the first has
// stored says the same of the last message.

private let topics: [SparkplugTopic] = [
  "NBIRTH/n", "NDATA/n", "NDEATH/n", "NCMD/n", "DBIRTH/n/d", "DDATA/n/d", "DDEATH/n/d", "NDATA/n/e", "DBIRTH/n/e",
  "NBIRTH/m", "NDATA/m",
].compactMap { text in
  let levels = text.split(separator: "/", maxSplits: 1)
  return Array("spBv1.0/g/\(levels[0])/\(levels[1])".utf8).withUnsafeBytes(SparkplugTopic.init)
}

private struct Message {
  let topic: SparkplugTopic
  let payload: UnsafeRawBufferPointer
  let receivedAt: Timestamp
}

private func messages(_ bytes: UnsafeRawBufferPointer) -> [Message] {
  var messages: [Message] = []
  var rest = bytes[...]
  while let kind = rest.popFirst(), let count = rest.popFirst() {
    // In memory of just its size, so that the address sanitizer sees each byte too many.
    let part = rest.prefix(Int(count))
    let payload = UnsafeMutableRawBufferPointer.allocate(byteCount: part.count, alignment: 1)
    payload.copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
    messages.append(
      Message(
        topic: topics[Int(kind) % topics.count], payload: UnsafeRawBufferPointer(payload),
        receivedAt: Timestamp(seconds: 1_763_700_000 + Int64(messages.count))))
    rest = rest.dropFirst(Int(count))
  }
  return messages
}

private func take(_ message: Message, _ host: inout HostApplication, _ records: FieldRecords) -> SparkplugOutcome {
  records.removeAll()
  guard let node = host.node(of: message.topic) else { fatalError("no room for two nodes") }
  let outcome = host.take(
    message.payload, message.topic, node: node, receivedAt: message.receivedAt, into: records)
  if case .death(let devices, _) = outcome {
    for device in devices { host.readStale(device, ofNode: node, into: records) }
  }
  return outcome
}

/// What was read, in words.
private func text(_ records: FieldRecords) -> [String] {
  var end = 0
  var lines: [String] = []
  for record in records.records {
    precondition(record.fields.lowerBound == end)
    end = record.fields.upperBound
    if case .at(let moment) = record.time { precondition(Timestamp.accepted.contains(moment), "\(moment)") }
    for field in records.fields[record.fields] {
      let value = field.value.text.map { "\(Array($0))" } ?? "\(field.value)"
      lines.append("\(record.time) \(Array(field.name)) \(value) \(field.quality)")
    }
  }
  precondition(end == records.fields.count)
  return lines
}

// The name is the one that libFuzzer's library looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSparkplug(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let messages = messages(UnsafeRawBufferPointer(start: start, count: count))
  defer { for message in messages { message.payload.deallocate() } }
  guard let last = messages.last else { return 0 }
  var host = HostApplication()
  let (records, others) = (FieldRecords(), FieldRecords())
  for message in messages.dropLast() {
    _ = take(message, &host, records)
    _ = text(records)
  }
  var restored = HostApplication()
  do { for stored in host.unsaved() where stored.births != nil { try restored.restore(stored) } } catch {
    fatalError("\(error)")
  }
  precondition(take(last, &host, records) == take(last, &restored, others))
  // Names that are no UTF-8 are no names of a metric, before and after.
  if records.fields.allSatisfy({ $0.name.isUTF8 }) { precondition(text(records) == text(others)) }
  _ = host.rebirthRequests(at: last.receivedAt)
  return 0
}

@main
enum FuzzSparkplug {
  static func main() {
    fuzz({ fuzzSparkplug($0, $1) })
  }
}
