import ArgumentParser
import Foundation
import Gateway

extension Alerts {
  /// `ganglion alerts silence`: nobody is called for some alerts, for a time.
  struct Silence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have nobody called for some alerts, for a time.",
      discussion: """
        Alerts go on to fire and to end, and stand in the list. What was called before is told of its end; what fires \
        in a silence and is still open when it ends is called then.

          ganglion alerts silence --rule turbidity-high --tag site=north --for 2h --note "the filter is being flushed"
        """)

    @OptionGroup var location: GatewayLocation
    @Option(help: "Only alerts of this rule; may be repeated.")
    var rule: [String] = []
    @Option(help: "Only alerts of this severity: info, warning or critical; may be repeated.")
    var severity: [String] = []
    @Option(help: "Only alerts about this device; may be repeated.")
    var device: [String] = []
    @Option(help: "Only alerts with this tag, as NAME=VALUE; of several all must hold.")
    var tag: [String] = []
    @Flag(help: "All alerts, where none of the former says which.")
    var all = false
    @Option(name: .customLong("for"), help: "How long, such as 30m, 2h or 7d.")
    var length: String?
    @Option(parsing: .unconditional, help: "Until when, in place of --for: RFC 3339, a date, or Unix seconds.")
    var until: String?
    @Option(parsing: .unconditional, help: "From when on (default: now).")
    var from: String?
    @Option(help: "Why.")
    var note: String
    @Flag(help: "One JSON document, as the API answers it.")
    var json = false

    func validate() throws {
      guard (length == nil) != (until == nil) else {
        throw ValidationError("one of --for and --until says how long it lasts")
      }
      let isNamed = !(rule.isEmpty && severity.isEmpty && device.isEmpty && tag.isEmpty)
      guard isNamed != all else {
        throw ValidationError(
          isNamed
            ? "--all goes with none of --rule, --severity, --device and --tag"
            : "name the alerts with --rule, --severity, --device or --tag; --all is for all of them")
      }
    }

    func run() async throws {
      try await reporting {
        let answer = try await location.perform(.silence(QueryParameters(pairs())))
        if json { return Output.write(answer) }
        let silence = try JSONDecoder().decode(SilenceView.self, from: answer)
        print("silence \(silence.id): \(silence.matchText), from \(silence.from) until \(silence.until)")
      }
    }

    private func pairs() throws -> [(name: String, value: String)] {
      var pairs: [(name: String, value: String)] = rule.map { ("rule", $0) }
      pairs += severity.map { ("severity", $0) }
      pairs += device.map { ("device", $0) }
      for word in tag {
        guard let sign = word.firstIndex(of: "="), sign != word.startIndex else {
          throw explain("--tag '\(word)': expected NAME=VALUE, such as district=luojiang", .usage)
        }
        pairs.append(("tag.\(word[..<sign])", String(word[word.index(after: sign)...])))
      }
      if let from { pairs.append(("from", from)) }
      if let until { pairs.append(("until", until)) }
      if let length { pairs.append(("for", length)) }
      pairs.append(("note", note))
      return pairs
    }
  }

  /// `ganglion alerts unsilence ID`: a silence is over before its time.
  struct Unsilence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a silence before its time.",
      discussion: "What is open and was not called because of it is called now.")

    @OptionGroup var location: GatewayLocation
    @Flag(help: "One JSON document, as the API answers it.")
    var json = false
    @Argument(help: "Its number; `ganglion alerts silences` lists them.")
    var id: String

    func run() async throws {
      try await reporting {
        let answer = try await location.perform(.endSilence(id))
        if json { return Output.write(answer) }
        let silence = try JSONDecoder().decode(SilenceView.self, from: answer)
        print("silence \(silence.id) has ended: \(silence.matchText)")
      }
    }
  }
}
