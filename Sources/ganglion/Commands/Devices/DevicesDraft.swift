import ArgumentParser
import DeviceCatalog
import Foundation
import Gateway
import Glibc
import Ingest
import Simulator

extension Devices {
  /// `ganglion devices draft`: a profile to start from, out of what a device says.
  struct Draft: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Propose a profile from sample payloads, of files or of a live topic.",
      discussion: """
        Prints a profile as YAML that `check` takes and whose examples pass. What is guessed is marked as a guess, with \
        its ground. A file holds one payload, or one JSON document a line. Without a file and a broker, --config means \
        the broker of that configuration where --for is given, the topic has wildcards, or standard input is a terminal; \
        else the payloads are read from standard input.

          ganglion devices draft sample.json --topic plant/hall-2/compressor/k-17/up > devices/compressor.yaml
          ganglion devices draft --broker mqtt://127.0.0.1 --topic 'plant/+/compressor/+/up' --for 30s
          ganglion devices draft --config ganglion.yaml --topic 'plant/#'
        """)

    @OptionGroup var options: CatalogueOptions

    @Option(help: "The topic that the payloads came on; of a broker a filter, such as plant/+/compressor/#.")
    var topic: String

    @Option(help: ArgumentHelp("Listen to this broker, in place of that of --config.", valueName: "url"))
    var broker: String?

    @Option(
      name: .customLong("for"),
      help: ArgumentHelp("How long to listen to the broker (default: 10s).", valueName: "span"))
    var span: Span?

    @Option(help: "The profile's name (default: from the topic).")
    var name: String?

    @Argument(help: "The payloads; standard input where no file is named and no broker listened to.")
    var files: [String] = []

    /// Where payloads are piped in for one topic, a configuration has no more than its profiles to say.
    private var isLive: Bool {
      if broker != nil || span != nil { return true }
      return options.config != nil && files.isEmpty && (hasWildcards || isatty(STDIN_FILENO) == 1)
    }

    private var hasWildcards: Bool { topic.contains { "+#".contains($0) } }

    func validate() throws {
      if isLive {
        if !files.isEmpty { throw ValidationError("samples come from files or from a broker; name one of them") }
        if broker == nil, options.config == nil { throw ValidationError("--for needs --broker, or --config with one") }
      }
      if let problem = TopicFilters.problem(with: topic) { throw ValidationError("--topic '\(topic)': \(problem)") }
      if !isLive, hasWildcards {
        let hint = files.isEmpty ? "; --broker or --config listens to many" : ""
        throw ValidationError("--topic '\(topic)': a file's payload came on one topic, without '+' and '#'\(hint)")
      }
    }

    func run() async throws {
      try await reporting {
        let (catalogue, _, zone) = try options.load()
        let samples = try await isLive ? heard(catalogue) : read()
        do throws(ProfileDraft.Failure) {
          let draft = try ProfileDraft(samples, name: name, catalogue: catalogue, zone: zone)
          for note in draft.notes { _ = explain(note, .success) }
          Output.write(Data(draft.text.utf8))
        } catch {
          throw explain(error.description, .badData)
        }
      }
    }

    // MARK: Files

    private func read() throws -> [DraftSample] {
      if files.isEmpty { return samples(of: try InputFile.bytes(of: nil)) }
      return try files.flatMap { samples(of: try InputFile.bytes(of: $0)) }
    }

    private func samples(of bytes: Data) -> [DraftSample] {
      DraftSample.payloads(ofFile: Array(bytes)).map { DraftSample(topic: topic, payload: $0) }
    }

    // MARK: A broker

    /// Those of the kind of which most came.
    private func heard(_ catalogue: Catalogue) async throws -> [DraftSample] {
      let stop = await StopSignals()
      let samples = SampleCollector()
      let listener = TopicListener(try listenerSettings(catalogue), report: samples.take)
      let listening = Task { try await onThread { listener.run() } }
      let span = span?.duration ?? .seconds(10)
      _ = explain("listening to \(topic) for \(span)", .success)
      await stop.wait(atMost: span, orEndOf: listening, or: listening)
      listener.stop()
      try await listening.value
      if samples.all.isEmpty {
        throw explain(samples.problem ?? "nothing came on \(topic) within \(span)", .unavailable)
      }
      return chosen(SampleGroups(samples.all))
    }

    private func listenerSettings(_ catalogue: Catalogue) throws -> SessionSettings {
      guard let broker else {
        let configuration = try GatewayConfiguration(file: options.config ?? GatewayConfiguration.standardPath)
        return try configuration.listenerSettings(for: catalogue, filters: [topic])
      }
      let url = try BrokerURL(broker)
      let tls = url.usesTLS ? SessionSettings.TLS(caFile: nil, certFile: nil, keyFile: nil) : nil
      var settings = SessionSettings(
        host: url.host, port: url.port, tls: tls, clientID: "ganglion-draft-\(UInt32.random(in: 0...UInt32.max))",
        filters: [topic], sessionExpiry: .zero)
      settings.isCleanStart = true
      return settings
    }

    private func chosen(_ groups: SampleGroups) -> [DraftSample] {
      for group in groups.groups.dropFirst() {
        let topic = group[0].topic.shown(atMost: 80)
        _ = explain("left out, of another kind: \(counted(group.count, "message")) such as on \(topic)", .success)
      }
      if let first = groups.unrecognized.first {
        _ = explain(
          "left out, of no format that the bytes tell: \(counted(groups.unrecognized.count, "message")) such as on \(first.topic.shown(atMost: 80))",
          .success)
      }
      return groups.groups.first ?? groups.unrecognized
    }
  }
}
