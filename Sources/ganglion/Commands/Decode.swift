import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway
import Sparkplug
import StrictYAML
import Telemetry

/// `ganglion decode`: what one payload means.
struct Decode: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decode one payload, from a file or standard input; print its readings, or why it is refused.",
    discussion: """
      On a terminal it tells which profile has the message and why, where each value was looked for and what stood \
      there, and each step to its reading. In a pipe, and with --no-explain, it prints one JSON object a reading. A \
      message that would be a dead letter prints its reason and exits with 65. Its time stamp may be of any age: limits \
      of the future and past count from the receipt, which there is none of.

        echo '{"ts":1763700000000,"soc":81.5}' | ganglion decode --topic factory/mill-3/agv/agv-07/telemetry
      """)

  @OptionGroup var options: CatalogueOptions

  @Option(help: "The topic that the payload came on.")
  var topic: String

  @Option(help: "Decode by this profile, whichever claims the topic.")
  var profile: String?

  @Option(
    name: .customLong("after"),
    help: ArgumentHelp(
      "A message that came before, as TOPIC=FILE: a Sparkplug birth. May be repeated.", valueName: "message"))
  var earlier: [String] = []

  @Flag(
    name: .customLong("explain"), inversion: .prefixedNo,
    help: "Tell how it comes to its readings (default: on a terminal).")
  var explains: Bool?

  @Argument(help: "The payload; standard input where none is named.")
  var file: String?

  func run() async throws {
    try await reporting {
      let (catalogue, decoder, _) = try options.load()
      let given = try profile.map { name in
        guard let profile = catalogue.profiles.first(where: { $0.name == name }) else {
          let hint = nearestHint(to: name, among: catalogue.profiles.map(\.name))
          throw explain("--profile '\(name)': there is no such profile\(hint)", .usage)
        }
        return profile
      }
      var host = HostApplication()
      for message in earlier {
        guard let sign = message.lastIndex(of: "=") else {
          throw explain("--after '\(message)': expected TOPIC=FILE", .usage)
        }
        let payload = try InputFile.bytes(of: String(message[message.index(after: sign)...]))
        _ = decoder.decode(topic: Array(message[..<sign].utf8), payload: Array(payload), host: &host)
      }
      let (topic, payload) = (Array(topic.utf8), Array(try InputFile.bytes(of: file)))
      if explains ?? TerminalStyle.isTerminal {
        let explanation = decoder.explain(topic: topic, payload: payload, profile: given, host: &host)
        print(explanation.text())
        if case .failure = explanation.outcome { throw ExitCode.badData }
      } else {
        try writeLines(decoder.decode(topic: topic, payload: payload, profile: given, host: &host), catalogue)
      }
    }
  }

  private func writeLines(
    _ outcome: Result<MessageDecoder.Message, MessageDecoder.Refused>, _ catalogue: Catalogue
  ) throws {
    switch outcome {
    case .success(let message):
      let now = Timestamp.now
      for reading in message.readings { Output.write(try Answer.json(ReadingLine(reading, receivedAt: now))) }
    case .failure(let refused): throw try report(refused, catalogue)
    }
  }

  private struct Refusal: Encodable {
    let reason: String
    let detail: String
    let profile: String?
  }

  private func report(_ refused: MessageDecoder.Refused, _ catalogue: Catalogue) throws -> ExitCode {
    let refusal = refused.refusal
    Output.write(
      try Answer.json(
        Refusal(reason: refusal.reason.rawValue, detail: refusal.detail, profile: refused.profile?.name)))
    var message = "refused: \(refusal.reason.rawValue): \(refusal.detail)"
    if refusal.reason == .noProfile { message += NearestTopic.hint(for: topic, in: catalogue) }
    return explain(message, .badData)
  }
}
