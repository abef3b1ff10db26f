import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway
import Telemetry

/// `ganglion dead-letters`: the messages that could not be decoded.
struct DeadLetters: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dead-letters",
    abstract: "List and show the messages that could not be decoded, and have them read again.",
    subcommands: [List.self, Show.self, Replay.self])

  /// Which letters are meant.
  struct Selection: ParsableArguments {
    @Option(help: "Only those with this reason; may be repeated.")
    var reason: [String] = []
    @Option(help: "Only those that this profile refused; may be repeated.")
    var profile: [String] = []
    @Option(help: "Only those on the topics of this filter, such as 'city/+/waste/#'; may be repeated.")
    var topic: [String] = []

    var pairs: [(name: String, value: String)] {
      reason.map { ("reason", $0) } + profile.map { ("profile", $0) } + topic.map { ("topic", $0) }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List dead letters, the newest first.")

    @OptionGroup var location: StoreLocation
    @OptionGroup var selection: Selection
    @Option(help: "Only those with a smaller id: the next page.")
    var before: UInt64?
    @Option(help: "At most this many.")
    var limit = 100
    @Flag(help: "One JSON document, as the API answers it.")
    var json = false

    private struct Listing: Decodable {
      struct Letter: Decodable {
        let id: UInt64
        let received_at: String
        let reason: String
        let detail: String
        let topic: String
      }

      let dead_letters: [Letter]
    }

    func run() async throws {
      try await reporting {
        var pairs = selection.pairs + [(name: "limit", value: "\(limit)")]
        if let before { pairs.append(("before", "\(before)")) }
        let answer = try await location.answer(.deadLetters(QueryParameters(pairs)))
        if json { return Output.write(answer) }
        let letters = try JSONDecoder().decode(Listing.self, from: answer).dead_letters
        guard let last = letters.last else { return print("There are no such dead letters.") }
        let rows = letters.map {
          ["\($0.id)", $0.received_at, $0.reason, $0.topic.shown(atMost: 60), $0.detail.shown(atMost: 80)]
        }
        print(Table(["id", "received", "reason", "topic", "detail"], rows).text)
        if letters.count == limit { print("There may be more: --before \(last.id)") }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a dead letter with its payload, and what today's profiles make of it.")

    @OptionGroup var location: StoreLocation
    @Option(help: "A directory of profiles to decode it by, in place of those of --config.")
    var devices: String?
    @Flag(help: "One JSON document, as the API answers it.")
    var json = false
    @Argument(help: "Its id.")
    var id: String

    private struct Letter: Decodable {
      let received_at: String
      let reason: String
      let detail: String
      let topic: String
      let profile: String?
      let payload_bytes: Int
      let qos: Int
      let retained: Bool
      let payload: String?
      let payload_base64: Data
      let topic_base64: Data
    }

    func run() async throws {
      try await reporting {
        let answer = try await location.answer(.deadLetter(id))
        if json { return Output.write(answer) }
        let letter = try JSONDecoder().decode(Letter.self, from: answer)
        let retained = letter.retained ? ", retained" : ""
        print(
          """
          received  \(letter.received_at), QoS \(letter.qos)\(retained)
          topic     \(letter.topic.shown(atMost: 1024))
          profile   \(letter.profile ?? "-")
          reason    \(letter.reason): \(letter.detail)
          payload   \(letter.payload_bytes) bytes
          \(letter.payload?.shown(atMost: 16384, keepsLines: true) ?? HexDump(letter.payload_base64.prefix(1024)).text)
          """)
        try showDecoding(letter)
      }
    }

    private func showDecoding(_ letter: Letter) throws {
      if letter.reason == DeadLetterReason.oversize.rawValue { return }
      let configuration = try location.configuration()
      let directory = devices ?? configuration?.devices
      let catalogue = try Catalogue(.forDirectory(directory))
      let decoder =
        try configuration?.messageDecoder(catalogue) ?? MessageDecoder(catalogue, zone: Zone(location.timeZone()))
      let which = directory == nil ? "Today's built-in profiles (--devices names yours)" : "Today's profiles"
      print("\n\(which) make of it, its time not compared with the receipt:")
      print(decoder.explain(topic: Array(letter.topic_base64), payload: Array(letter.payload_base64)).text())
    }
  }
}
