import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway
import Sparkplug
import Telemetry

/// `ganglion bench decode`: what it costs to make readings of a payload.
struct BenchDecode: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Measure the decoding of each format.",
    discussion: """
      Messages of set sizes, then the first good example of each profile: topic matched and parsers warm, one thread, \
      payload to values in canonical units. Medians of the runs.
      """)

  @OptionGroup var catalogue: CatalogueOptions

  @Option(help: "Runs of which the median is printed.")
  var runs = 9

  @Option(help: "Messages in a run.")
  var messages = 100_000

  @Flag(help: "One JSON document.")
  var json = false

  private struct Row: Encodable {
    let name: String
    let bytes: Int
    let readings: Int
    let nanosecondsPerMessage: Double
    let nanosecondsPerReading: Double
  }

  func run() async throws {
    try await reporting {
      let catalogue = try catalogue.load().catalogue
      let decoders = DecoderSet(catalogue.profiles, zone: .utc, maxPayloadBytes: 1 << 20)
      let rows = payloads(catalogue).compactMap { measure($0, catalogue, decoders) }
      if json { return Output.write(try Answer.json(rows)) }
      print(
        Table(
          ["", "bytes", "readings", "ns/message", "ns/reading"],
          rows.map { row in
            [
              row.name, "\(row.bytes)", "\(row.readings)", Table.number(row.nanosecondsPerMessage, decimals: 0),
              Table.number(row.nanosecondsPerReading, decimals: 0),
            ]
          }
        ).text)
    }
  }

  private func payloads(_ catalogue: Catalogue) -> [BenchPayloads.Payload] {
    BenchPayloads.all
      + catalogue.profiles.compactMap { profile in
        profile.examples.first { $0.refused == nil }.map { example in
          BenchPayloads.Payload(
            name: profile.name, topic: example.message.topic, bytes: example.message.payload,
            earlier: example.earlier.map { ($0.topic, $0.payload) })
        }
      }
  }

  /// Nil for a message that the catalogue does not decode.
  private func measure(
    _ payload: BenchPayloads.Payload, _ catalogue: Catalogue, _ decoders: DecoderSet
  ) -> Row? {
    let profiles = Array(payload.topic.utf8).withUnsafeBytes { catalogue.matches($0).map(\.profile) }
    guard !profiles.isEmpty else { return nil }
    let padded = payload.bytes + [UInt8](repeating: 0, count: DecoderSet.padding)
    return padded.withUnsafeBytes { memory in
      let bytes = UnsafeRawBufferPointer(rebasing: memory[..<payload.bytes.count])
      let decode =
        catalogue.profiles[profiles[0]].isSparkplug
        ? sparkplugDecoding(payload, bytes, profiles[0], decoders) : { decoders.decode(bytes, by: profiles) }
      let (profile, refusal) = decode()
      guard refusal == nil else { return nil }
      let readings = decoders.decoders[profile].values.count
      let times = (0..<runs).map { _ in
        let began = ContinuousClock.now
        for _ in 0..<messages { _ = decode() }
        return (ContinuousClock.now - began).seconds * 1e9 / Double(messages)
      }
      let median = times.sorted()[times.count / 2]
      return Row(
        name: payload.name, bytes: payload.bytes.count, readings: readings, nanosecondsPerMessage: median,
        nanosecondsPerReading: median / Double(readings))
    }
  }

  /// The way of a Sparkplug message: the host application reads what the decoder makes readings of.
  private func sparkplugDecoding(
    _ payload: BenchPayloads.Payload, _ bytes: UnsafeRawBufferPointer, _ profile: Int, _ decoders: DecoderSet
  ) -> () -> (profile: Int, refusal: PayloadDecoder.Refusal?) {
    var host = HostApplication()
    func take(_ topic: SparkplugTopic, _ bytes: UnsafeRawBufferPointer) -> SparkplugOutcome {
      decoders.fields.removeAll()
      guard let node = host.node(of: topic) else { return .nothing }
      return host.take(bytes, topic, node: node, receivedAt: Timestamp(seconds: 0), into: decoders.fields)
    }
    for message in payload.earlier {
      guard let topic = Array(message.topic.utf8).withUnsafeBytes(SparkplugTopic.init) else { continue }
      _ = message.bytes.withUnsafeBytes { take(topic, $0) }
    }
    guard let topic = Array(payload.topic.utf8).withUnsafeBytes(SparkplugTopic.init) else {
      return { decoders.decode(bytes, by: [profile]) }
    }
    return {
      switch take(topic, bytes) {
      case .values, .birth: (profile, decoders.decodeFields(by: profile))
      case .refused(let refusal): (profile, refusal)
      case .nothing, .death: (profile, PayloadDecoder.Refusal(.noMetric, "no values"))
      }
    }
  }
}
