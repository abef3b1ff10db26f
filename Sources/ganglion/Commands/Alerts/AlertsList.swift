import ArgumentParser
import Foundation
import Gateway

extension Alerts {
  /// `ganglion alerts list`: the alerts there are, the newest first.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List alerts, the newest first; the open ones where nothing else is asked for.",
      discussion: QueryHelp.alerts)

    @OptionGroup var location: StoreLocation
    @Flag(help: "Titles in Chinese.")
    var zh = false
    @Flag(help: "One JSON document, as the API answers it.")
    var json = false
    @Argument(help: "NAME=VALUE, as above.")
    var parameters: [String] = []

    private struct Listing: Decodable {
      let alerts: [AlertView]
    }

    func run() async throws {
      try await reporting {
        let answer = try await location.answer(.alerts(QueryParameters(words: parameters)))
        if json || parameters.contains(where: { $0.hasPrefix("format=") || $0.hasPrefix("lang=") }) {
          return Output.write(answer)
        }
        let alerts = try JSONDecoder().decode(Listing.self, from: answer).alerts
        guard !alerts.isEmpty else { return print("There are no such alerts.") }
        let rows = alerts.map { alert in
          [
            alert.acknowledged == nil ? alert.state : "\(alert.state), taken on", alert.severity, alert.since,
            alert.place.shown(atMost: 40), (zh ? alert.title.zh : alert.title.en).shown(atMost: 80), alert.id,
          ]
        }
        print(Table(["state", "severity", "since", "device", "title", "id"], rows).text)
      }
    }
  }
}
